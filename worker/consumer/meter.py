"""Measures what one try of a job uses."""

import resource
import time

from worker.aws.ledger import Claim
from worker.aws.usage import Used, begin_try


class Meter:
    """Measures a try from its claim on. A worker has one job at a time: what its process uses is that job's."""

    def __init__(self, claim: Claim, property_id: str) -> None:
        self.one = begin_try(claim, property_id)
        self.bytes_fetched = 0
        """Bytes of sources so far."""
        self.helpers_cpu_seconds = 0.0
        """CPU seconds of other workers so far."""
        self._began = time.monotonic()
        self._cpu_before = cpu_seconds()

    def read(self) -> Used:
        """What the try has used so far."""
        cpu = cpu_seconds() - self._cpu_before + self.helpers_cpu_seconds
        return Used(cpu, time.monotonic() - self._began, self.bytes_fetched)


def cpu_seconds() -> float:
    """CPU seconds that this process, and those of its children that have ended, have used so far."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
