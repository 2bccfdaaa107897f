"""What scaling goes by: every ten seconds each worker says how busy the queue has lately been.

The metric PeakJobs is the most jobs, waiting and rendering, that the queue held at once within the last minutes. It
rises at once, and falls when the busy moment is `remember_seconds` ago: out fast, in slowly, without a second rule.
Workers read the queue themselves, since AWS/SQS' own metrics come once a minute and late; each reads for all, so one
suffices. Take this out, and the fleet stays as large as it is (docs/scale.md, with what it costs).
"""

import logging
import random
import threading
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BEAT_SECONDS = 10.0
"""The shortest period of a CloudWatch alarm.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""

NAMESPACE, METRIC, DIMENSION = "HospupVideo", "PeakJobs", "QueueName"

logger = logging.getLogger(__name__)
_metrics = logging.getLogger("metrics.heartbeat")
_metrics.setLevel(logging.INFO)  # whatever LOG_LEVEL says: a fleet that logs warnings alone must scale as well


class Peak:
    """The largest of the numbers noted within the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._noted: deque[tuple[float, int]] = deque()

    def note(self, now: float, number: int) -> int:
        """Note a number; the largest of those that are remembered, this one included."""
        # What is smaller than a later number can never be the largest again: the rest descends.
        while self._noted and self._noted[-1][1] <= number:
            self._noted.pop()
        self._noted.append((now, number))
        while self._noted[0][0] < now - self._seconds:
            self._noted.popleft()
        return self._noted[0][1]


class Heartbeat:
    """A context manager: inside, a thread publishes PeakJobs.

    Params:
        sqs, queue_url: the job queue.
        remember_seconds: how long a busy moment counts.
        beat_seconds: from one publication to the next.
    """

    def __init__(
        self, sqs: "SQSClient", queue_url: str, remember_seconds: float, beat_seconds: float = BEAT_SECONDS
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._peak = Peak(remember_seconds)
        self._beat_seconds = beat_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=1.0)

    def _beat(self) -> None:
        # Workers that start together don't ask together: SQS is then read every second or so.
        pause = random.uniform(0, self._beat_seconds)  # noqa: S311  no secret
        while not self._ended.wait(pause):
            try:
                publish(self._queue_url, self._peak.note(time.monotonic(), self._jobs()))
            except (BotoCoreError, ClientError) as error:
                logger.warning("The queue's depth could not be read.", extra={"reason": str(error)})
            pause = self._beat_seconds

    def _jobs(self) -> int:
        """Jobs that wait, and jobs that some worker has."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(number) for number in answer.get("Attributes", {}).values())


def publish(queue_url: str, peak_jobs: int) -> None:
    """One line of CloudWatch's embedded metric format, kept at a resolution of one second, with the queue's name as its
    dimension: environments share an account, and none may scale by another's jobs.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    _metrics.info(
        "heartbeat",
        extra={
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [[DIMENSION]],
                        "Metrics": [{"Name": METRIC, "Unit": "Count", "StorageResolution": 1}],
                    }
                ],
            },
            DIMENSION: queue_url.rpartition("/")[2],
            METRIC: peak_jobs,
        },
    )
