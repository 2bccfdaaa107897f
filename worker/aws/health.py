"""The container's health check: a worker is healthy if it has recently reached its queue, or waits for AWS to answer.

The worker touches a file whenever SQS has answered; the health check reads the file's age. ECS replaces a worker that
hangs, or that can't write the file, since it could not write a video either. It also replaces one that can't reach AWS
for half an hour, but not before: in an outage a new worker would reach as little, and the jobs in hand would be lost.

File and folder are read-only, which doesn't hinder their owner from setting the file's time. Code in the sandbox runs
as the same user, but may change neither modes nor times nor names (worker/sandbox/system_calls.py): it can't feign
health, nor plant anything in the file's place.
"""

import errno
import logging
import os
import stat
import time
from pathlib import Path

ALIVE_FILE = Path(os.environ.get("TMPDIR") or "/tmp") / "worker-health" / "alive"  # noqa: S108
"""Not below `tempfile.gettempdir()`, which raises where no folder can be written."""

OUTAGE_SECONDS = 1800.0
"""Longest time without an answer from AWS for which a worker that still asks counts as healthy, in seconds."""

STALE_SECONDS = 120.0
"""Age from which the file counts as stale, in seconds. SQS answers an idle worker every 20 s and a busy one every 30 s:
three renewals may fail."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""A link in the file's place is not followed, and a pipe without a reader doesn't block.
https://man7.org/linux/man-pages/man2/open.2.html"""

logger = logging.getLogger(__name__)


_answered_at = time.monotonic()


def mark_alive() -> None:
    """Touch the file: SQS has answered."""
    global _answered_at  # noqa: PLW0603  one worker per process
    _answered_at = time.monotonic()
    _touch()


def mark_waiting() -> None:
    """Touch the file unless AWS hasn't answered for `OUTAGE_SECONDS`: the worker lives, and asks again."""
    if time.monotonic() - _answered_at < OUTAGE_SECONDS:
        _touch()


def _touch() -> None:
    """Touch the file. Where that is impossible the worker goes on, and its health check fails."""
    try:
        if not os.path.lexists(ALIVE_FILE):
            _create()
        descriptor = os.open(ALIVE_FILE, _FLAGS)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EEXIST, "Something else is in its place")
            os.utime(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        logger.warning("The health file can't be written: ECS will replace this worker.", extra={"reason": str(error)})


def _create() -> None:
    ALIVE_FILE.parent.mkdir(mode=0o700, exist_ok=True)
    ALIVE_FILE.touch(mode=0o400, exist_ok=False)
    ALIVE_FILE.parent.chmod(0o500)


def is_alive() -> bool:
    """Whether SQS has answered within `STALE_SECONDS`. Anything but a file in its place says nothing."""
    try:
        status = ALIVE_FILE.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime < STALE_SECONDS
