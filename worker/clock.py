"""The time of day without jumps: the wall clock at the process's start, continued by the monotonic clock.

A wall clock that is set back or forward while a job runs would shift leases, and webhooks' timestamps beyond what their
receivers accept.
"""

import time

_OFFSET = time.time() - time.monotonic()


def now() -> float:
    """Seconds since 1970."""
    return time.monotonic() + _OFFSET
