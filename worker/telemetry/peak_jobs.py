"""Publishes PeakJobs, the metric that the fleet scales by, every ten seconds.

PeakJobs is the most jobs, waiting and rendering, that the queue held at once within the last minutes. It rises at once,
and falls when the busy moment is `remember_seconds` ago: fast scale-out and slow scale-in by one rule. Workers read the
queue themselves, since AWS/SQS' own metrics come once per minute and late; each reads for all, so one suffices. Without
this metric the fleet keeps its size (docs/design/scale.md, with its cost). In a pause waiting jobs don't count, as no
worker may take them: the fleet shrinks to its pool.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from worker.telemetry.metrics import emit_metrics

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

INTERVAL_SECONDS = 10.0
"""Time between two publications, in seconds: the shortest period of a CloudWatch alarm.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""

logger = logging.getLogger(__name__)


class SlidingMaximum:
    """The largest of the numbers that were added within the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._candidates: deque[tuple[float, int]] = deque()

    def add(self, now: float, number: int) -> int:
        """Add a number. Returns the largest within the window, this one included."""
        # A number that is not larger than a later one can never be the maximum again: the rest descends.
        while self._candidates and self._candidates[-1][1] <= number:
            self._candidates.pop()
        self._candidates.append((now, number))
        while self._candidates[0][0] < now - self._seconds:
            self._candidates.popleft()
        return self._candidates[0][1]


class PeakJobsPublisher:
    """A context manager: inside, a thread publishes PeakJobs.

    Params:
        sqs, queue_url: the job queue.
        remember_seconds: how long a busy moment counts.
        interval_seconds: time between two publications.
        is_paused: whether the fleet is paused.
    """

    def __init__(
        self,
        sqs: "SQSClient",
        queue_url: str,
        remember_seconds: float,
        interval_seconds: float = INTERVAL_SECONDS,
        *,
        is_paused: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._peak = SlidingMaximum(remember_seconds)
        self._interval_seconds = interval_seconds
        self._is_paused = is_paused
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peak-jobs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        # Workers that start together must not read together: a fleet then reads SQS about once per second.
        pause = random.uniform(0, self._interval_seconds)  # noqa: S311  no secret
        while not self._ended.wait(pause):
            try:
                emit_metrics({"PeakJobs": self._peak.add(time.monotonic(), self._count_jobs())})
            except (BotoCoreError, ClientError) as error:
                logger.warning("The queue's depth could not be read.", extra={"reason": str(error)})
            except Exception:  # without this thread the fleet would not be scaled by this worker
                logger.exception("The queue's depth could not be read.")
                emit_metrics({"UnexpectedErrors": 1})
            pause = self._interval_seconds

    def _count_jobs(self) -> int:
        """Jobs that wait, unless the fleet is paused, and jobs that a worker has received."""
        waiting: list[QueueAttributeNameType] = [] if self._is_paused() else ["ApproximateNumberOfMessages"]
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=[*waiting, "ApproximateNumberOfMessagesNotVisible"]
        )
        return sum(int(number) for number in answer.get("Attributes", {}).values())
