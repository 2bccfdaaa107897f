"""Starts the probe (child.py) in the sandbox.

Starting it and loading PyAV takes 0.1 s, in which the caller can do something else. Standard library only, so that the
probe can be started before anything else is loaded; inspection.py sends it requests.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.sandbox.client import ChildProcess, ChildProgram, child_process, python_command
from worker.sandbox.process import SandboxLimits

_LIMITS = SandboxLimits(memory_bytes=2 * 1024**3, file_bytes=0)
"""The first frames of an 8K video take 1 GiB."""

_WALL_SECONDS = 120.0

ProbeProcess = ChildProcess
"""A running probe."""


@contextmanager
def probe_process(readable: Iterable[Path]) -> Iterator[ProbeProcess]:
    """A probe of files in `readable` (files or folders), which loads PyAV while the block begins; it is killed when the
    block is left."""
    command = python_command("worker.probe.child", ["av"])
    with child_process(ChildProgram(command, "source", _LIMITS, _WALL_SECONDS), readable=readable) as process:
        yield process
