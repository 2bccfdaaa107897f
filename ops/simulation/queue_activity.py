"""When SQS publishes a queue's metrics.

A queue counts as active while it holds messages or anything accesses it, and for six hours after that. CloudWatch shows
the metrics of active queues only, and begins up to 15 minutes after a queue became active again.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
"""

ACTIVE_SECONDS = 6 * 3600.0
RESUMED_SECONDS = 15 * 60.0


class QueueActivity:
    """Whether the queue's metrics are published; it is active at first."""

    def __init__(self) -> None:
        self._used = 0.0
        self._published_from = 0.0

    def is_published(self, now: float, *, in_use: bool) -> bool:
        """Whether the metrics of this minute are published, where the queue is in use now or not."""
        if in_use:
            if now - self._used > ACTIVE_SECONDS:
                self._published_from = now + RESUMED_SECONDS
            self._used = now
        return self._published_from <= now <= self._used + ACTIVE_SECONDS
