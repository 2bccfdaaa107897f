"""Jobs, and the queue that holds them by SQS's rules.

A received job is hidden for the length of its lease; if its worker dies, it stays hidden until the lease ends. A job
that becomes visible again after `max_receives` receives goes to the dead-letter queue.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Job:
    """One job. From its arrival, `waited` is the time to the start of the render that finished, `took` the time to that
    render's end; both are -1 before it.
    """

    arrived: float
    render_seconds: float
    tenant: str = ""
    """Its `MessageGroupId`."""
    receives: int = 0
    started: float = 0.0
    waited: float = -1.0
    took: float = -1.0


class JobQueue:
    """The job queue: waiting jobs, hidden jobs without a worker, and lost jobs. The oldest is delivered first."""

    def __init__(self, max_receives: int) -> None:
        self._max_receives = max_receives
        self._waiting: deque[Job] = deque()
        self.hidden = 0
        self.lost: list[Job] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._waiting)

    def send(self, job: Job) -> None:
        """Add a new job."""
        self._waiting.append(job)

    def receive(self, now: float) -> Job | None:
        """Take a waiting job, if any; its lease begins."""
        job = self._next(now)
        if job is not None:
            job.receives += 1
            job.started = now
        return job

    def delete(self, job: Job, now: float) -> None:
        """Delete a received job: it is done, or lost."""

    def make_visible(self, job: Job, now: float) -> bool:
        """Make a job visible again. Returns False where it was received too often, and is lost."""
        if job.receives >= self._max_receives:
            self.lost.append(job)
            return False
        self._put_back(job, now)
        return True

    def _next(self, now: float) -> Job | None:  # noqa: ARG002  for queues with a choice
        return self._waiting.popleft() if self._waiting else None

    def _put_back(self, job: Job, now: float) -> None:  # noqa: ARG002
        self._waiting.appendleft(job)
