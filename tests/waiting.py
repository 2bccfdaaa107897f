"""Waiting for what another process does."""

import time
from collections.abc import Callable

from embedded.receiver import Delivery


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as `holds()`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it never came true in {seconds:g} s"
        time.sleep(0.1)


def ends(job_id: str) -> Callable[[Delivery], bool]:
    """Whether a delivery tells the end of a job."""

    def is_final(delivery: Delivery) -> bool:
        body = delivery.json()
        return bool(body["job_id"] == job_id and body["status"] != "PROGRESSING")

    return is_final
