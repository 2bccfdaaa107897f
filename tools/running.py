"""What `make demo KEEP=1` left running: remembered by process id, and ended by it."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

_FILE = "running.pids"


def remember(folder: Path, pids: Iterable[int]) -> None:
    """Note processes that shall outlive this one."""
    (folder / _FILE).write_text("\n".join(map(str, pids)) + "\n", encoding="utf-8")


def any_left(folder: Path) -> bool:
    """Whether an earlier demo was kept and not yet stopped."""
    return (folder / _FILE).exists()


def stop(folder: Path, console: Console) -> None:
    """End what was remembered; a process id that belongs to something else by now is left alone."""
    if not any_left(folder):
        console.print("Nothing is running.")
        return
    for pid in map(int, (folder / _FILE).read_text(encoding="utf-8").split()):
        if _is_ours(pid):
            for _ in range(2):  # a second one tells a worker to wait for nothing
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                time.sleep(0.2)
            console.print(f"ended process {pid}")
    (folder / _FILE).unlink()


def _is_ours(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(part == b"worker" or part.startswith(b"embedded") for part in command)
