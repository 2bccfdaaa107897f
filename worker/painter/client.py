"""Starts the painter (child.py) in the sandbox.

Starting it and loading Skia takes 0.2 s, in which the caller can do something else. Standard library only, so that the
painter can be started before anything else is loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.sandbox.client import ChildProcess, ChildProgram, child_process, python_command
from worker.sandbox.process import SandboxLimits

_LIMITS = SandboxLimits(memory_bytes=3 * 1024**3 // 2, file_bytes=2 * 1024**3, cpu_seconds=300)
"""A picture of 3840 x 3840 pixels takes 60 MB, and painting it ten times that. The painter keeps to its budget by
itself; code that took it over couldn't raise this limit."""

_WALL_SECONDS = 900.0

_ANSWER_CHARACTERS = 2_000_000
"""A hundred texts in each of seven shapes, with up to 1,000 characters each for costs, places and warnings."""


@contextmanager
def painter_process(workdir: Path) -> Iterator[ChildProcess]:
    """A painter, which may write into `workdir`, and loads Skia while the block begins; it is killed when the block is
    left."""
    command = python_command("worker.painter.child", ["skia", "pydantic", "regex", "tinycss2"])
    program = ChildProgram(command, "text", _LIMITS, _WALL_SECONDS, _ANSWER_CHARACTERS)
    with child_process(program, workdir) as process:
        yield process
