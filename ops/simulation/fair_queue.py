"""SQS's fair queue: while one tenant is noisy, the others' messages are delivered first.

A tenant is a `MessageGroupId`. It becomes noisy with more than a tenth of the messages in flight and at least 30 of
them, or with more than a tenth of the recent processing time. Then waiting messages of quiet tenants are delivered
first, and among noisy tenants those of the one with fewest in flight; each tenant's own messages in the order of their
arrival. A tenant is quiet again when none of its messages wait, or when it has sent none for five minutes; it becomes
noisy once more if the measures still say so.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from ops.simulation.jobs import Job, JobQueue

NOISY_SHARE = 0.10
"""Share of the messages in flight, and of the processing time, above which a tenant is noisy."""

NOISY_IN_FLIGHT = 30
"""Least messages in flight of a tenant that is noisy by their share."""

SILENCE_SECONDS = 300.0
"""Time without a new message after which a noisy tenant is quiet again, in seconds."""

RECENT_SECONDS = 300.0
"""Processing time is recent with a weight that falls by e in this time, in seconds. AWS documents no figure: ours."""


@dataclass(slots=True)
class _InFlight:
    """A number of messages in flight, and the recent processing time that it makes."""

    count: int = 0
    _processed: float = 0.0
    _at: float = 0.0

    def add(self, change: int, now: float) -> None:
        self._processed, self._at = self.processed(now), now
        self.count += change

    def processed(self, now: float) -> float:
        """Recent processing time, in seconds."""
        decay = math.exp((self._at - now) / RECENT_SECONDS)
        return self._processed * decay + self.count * RECENT_SECONDS * (1 - decay)


@dataclass(slots=True)
class _Tenant:
    waiting: deque[Job] = field(default_factory=deque)
    in_flight: _InFlight = field(default_factory=_InFlight)
    is_noisy: bool = False
    sent: float = 0.0
    """When its latest message arrived."""


class FairJobQueue(JobQueue):
    """A job queue that is fair between the tenants of its jobs.

    Params:
        max_receives: receives after which a job is lost.
        is_quiet_when_silent: AWS's page read as unfavourably as it can be: a tenant that has sent nothing for five
            minutes doesn't become noisy before it sends again, whatever is still in flight.
    """

    def __init__(self, max_receives: int, *, is_quiet_when_silent: bool = False) -> None:
        super().__init__(max_receives)
        self._is_quiet_when_silent = is_quiet_when_silent
        self._tenants: dict[str, _Tenant] = {}
        self._all = _InFlight()

    def __len__(self) -> int:
        return sum(len(tenant.waiting) for tenant in self._tenants.values())

    def __iter__(self) -> Iterator[Job]:
        return chain.from_iterable(tenant.waiting for tenant in self._tenants.values())

    def send(self, job: Job) -> None:
        """Add a new job."""
        tenant = self._tenants.setdefault(job.tenant, _Tenant())
        tenant.waiting.append(job)
        tenant.sent = job.arrived

    def delete(self, job: Job, now: float) -> None:
        """Delete a received job: it is done, or lost."""
        self._count(job, -1, now)

    def _next(self, now: float) -> Job | None:
        waiting = [tenant for tenant in self._tenants.values() if tenant.waiting]
        if not waiting:
            return None
        for tenant in waiting:
            tenant.is_noisy = self._is_noisy(tenant, now)
        chosen = min(waiting, key=_order)
        job = chosen.waiting.popleft()
        chosen.is_noisy &= bool(chosen.waiting)
        self._count(job, +1, now)
        return job

    def _put_back(self, job: Job, now: float) -> None:
        self._tenants[job.tenant].waiting.appendleft(job)
        self._count(job, -1, now)

    def _is_noisy(self, tenant: _Tenant, now: float) -> bool:
        is_silent = now - tenant.sent >= SILENCE_SECONDS
        if is_silent and self._is_quiet_when_silent:
            return False
        count, processed = tenant.in_flight.count, tenant.in_flight.processed(now)
        return (
            (tenant.is_noisy and not is_silent)
            or (count >= NOISY_IN_FLIGHT and count > NOISY_SHARE * self._all.count)
            or processed > NOISY_SHARE * self._all.processed(now)
        )

    def _count(self, job: Job, change: int, now: float) -> None:
        for in_flight in (self._tenants[job.tenant].in_flight, self._all):
            in_flight.add(change, now)


def _order(tenant: _Tenant) -> tuple[bool, int, float]:
    """Quiet tenants before noisy ones; the oldest message among quiet ones, the fewest in flight among noisy ones."""
    return tenant.is_noisy, tenant.in_flight.count if tenant.is_noisy else 0, tenant.waiting[0].arrived
