"""Kills what a sandboxed process left behind: descendants that outlived it, whichever group or session they are in.

A subreaper becomes the parent of its descendants' orphans. Of the worker's children, those are leftovers that
process.py didn't start, and that carry a mark which no process can take off: no new privileges, or more seccomp filters
than the worker has. Other children of the same process, of a test say, have neither.

The filter refuses to start processes (system_calls.py), so there should be none: this wall stands behind that one.
https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36

_lock = threading.Lock()
_running: set[int] = set()


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans, so that `kill` finds them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def while_starting() -> Iterator[None]:
    """A block in which a sandboxed process starts, and its id is given to `started`."""
    with _lock:
        yield


def started(pid: int) -> None:
    """Note a sandboxed process: it is no leftover until it has ended."""
    _running.add(pid)


def kill(pid: int) -> None:
    """Kill the leftovers of the sandboxed process of that id, which has ended."""
    with _lock:
        _running.discard(pid)
        while orphans := _orphans():
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
            for orphan in orphans:
                os.waitpid(orphan, 0)  # its own children are now this process's, for the next round


def _orphans() -> list[int]:
    children: list[str] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            children += file.read_text(encoding="ascii").split()
    unknown = [int(child) for child in children if int(child) not in _running]
    return [child for child in unknown if _mark(str(child)) > _mark("self")]


def _mark(process: str) -> tuple[int, int]:
    """Whether a process can't gain privileges, and how many seccomp filters it has; of none, if it is gone."""
    try:
        status = Path("/proc", process, "status").read_text(encoding="utf-8")
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields.get("NoNewPrivs", 0)), int(fields.get("Seccomp_filters", 0))
