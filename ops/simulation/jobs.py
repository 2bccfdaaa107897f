"""Jobs and the queue that holds them, by SQS's rules.

A received job is hidden for the length of its lease; a worker that dies leaves it hidden until then. One that was
received `max_receives` times and comes back goes to the dead-letter queue.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Job:
    """One job; `waited` is from its arrival to the begin of the render that was finished."""

    arrived: float
    render_seconds: float
    receives: int = 0
    started: float = 0.0
    waited: float = -1.0


class JobQueue:
    """The queue: what waits, and how many are hidden though no worker has them."""

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
        """A new job."""
        self._waiting.append(job)

    def receive(self, now: float) -> Job | None:
        """The oldest job, if any waits; its lease begins."""
        if not self._waiting:
            return None
        job = self._waiting.popleft()
        job.receives += 1
        job.started = now
        return job

    def comes_back(self, job: Job) -> bool:
        """A job is seen again; False where it was tried too often, and is lost."""
        if job.receives >= self._max_receives:
            self.lost.append(job)
            return False
        self._waiting.appendleft(job)
        return True

    def oldest_age(self, now: float) -> float:
        """`ApproximateAgeOfOldestMessage`: seconds that the oldest waiting job has been there."""
        return max((now - job.arrived for job in self._waiting), default=0.0)
