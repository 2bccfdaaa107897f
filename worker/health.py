"""Whether a worker is well: it has lately reached its queue.

The worker touches a file whenever SQS has answered; the container's health check looks at the file's age. A worker
that can't reach SQS, or that hangs, is replaced by ECS.
"""

import tempfile
import time
from pathlib import Path

ALIVE_FILE = Path(tempfile.gettempdir()) / "worker.alive"

STALE_SECONDS = 120.0
"""An idle worker hears from SQS every 20 s, a busy one every 30 s: four renewals may fail."""


def note_alive() -> None:
    """SQS has answered."""
    ALIVE_FILE.touch()


def is_alive() -> bool:
    """Whether SQS has answered within `STALE_SECONDS`."""
    try:
        return time.time() - ALIVE_FILE.stat().st_mtime < STALE_SECONDS
    except FileNotFoundError:
        return False
