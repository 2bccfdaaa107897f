"""The processes that `make demo KEEP=1` keeps running: records their ids, and stops them."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

_FILE = "running.pids"


def remember(folder: Path, pids: Iterable[int]) -> None:
    """Record processes that outlive this one."""
    (folder / _FILE).write_text("\n".join(map(str, pids)) + "\n", encoding="utf-8")


def any_left(folder: Path) -> bool:
    """Whether an earlier demo was kept and not yet stopped."""
    return (folder / _FILE).exists()


def stop(folder: Path, console: Console) -> None:
    """Stop the recorded processes. A process id that another program has by now is left alone."""
    if not any_left(folder):
        console.print("Nothing is running.")
        return
    for pid in map(int, (folder / _FILE).read_text(encoding="utf-8").split()):
        if _is_ours(pid):
            for _ in range(2):  # a worker stops at once on the second signal
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
