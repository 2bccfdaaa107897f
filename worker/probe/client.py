"""Starts the probe (child.py) in the sandbox.

Starting it and loading PyAV takes 0.1 s, in which the caller can do something else. Standard library only, so that the
probe can be started before anything else is loaded; inspection.py sends it requests.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from worker.sandbox.client import ChildProcess, ChildProgram, child_process, python_command
from worker.sandbox.process import SandboxLimits

_MEMORY_BYTES = 2 * 1024**3
"""Memory of all probes of a job. The first frames of an 8K video take 1 GiB, the first alone less, and the largest
picture 0.6 GiB (tests/worker/test_pending_probe.py)."""

_PROCESSES = 2
"""Probes of a job: the first frame of a phone's 4K video takes 0.2 s, and others are fetched meanwhile."""

_WALL_SECONDS = 120.0

ProbeProcess = ChildProcess
"""A running probe."""


@contextmanager
def probe_process(readable: Iterable[Path], memory_bytes: int = _MEMORY_BYTES) -> Iterator[ProbeProcess]:
    """A probe of files in `readable` (files or folders), which loads PyAV while the block begins; it is killed when the
    block is left."""
    limits = SandboxLimits(memory_bytes=memory_bytes, file_bytes=0)
    command = python_command("worker.probe.child", ["av"])
    with child_process(ChildProgram(command, "source", limits, _WALL_SECONDS), readable=readable) as process:
        yield process


@contextmanager
def probe_processes(readable: Iterable[Path]) -> Iterator[list[ProbeProcess]]:
    """The probes of a job. They share the memory that a single one has."""
    with ExitStack() as stack:
        each = _MEMORY_BYTES // _PROCESSES
        yield [stack.enter_context(probe_process(readable, each)) for _ in range(_PROCESSES)]
