"""The metrics of the job queues: those that SQS publishes, and those that the queue's workers publish."""

from modules.data.job_queues import JobQueues
from modules.terraform.metric import Metric

WORKER_NAMESPACE = "HospupVideo"
"""Namespace of the workers' metrics: METRICS_NAMESPACE of worker/telemetry/metrics.py. A test compares the two."""

PEAK_JOBS = "PeakJobs"
"""Metric of worker/telemetry/peak_jobs.py, which workers send every 10 s: most jobs at once, waiting and rendering,
within the last `scale_in_after_seconds`."""


def worker(queue: JobQueues, name: str) -> Metric:
    """A metric that the workers of a queue publish: a name in METRICS of worker/telemetry/metrics.py, or PEAK_JOBS."""
    return Metric(WORKER_NAMESPACE, name, (("QueueName", queue.name),))


def waiting(queue: JobQueues) -> Metric:
    """Jobs that no worker has received. Published as long as the queue is active: while it holds a job or anything
    accesses it, and for six hours after that."""
    return _sqs("ApproximateNumberOfMessagesVisible", queue.name)


def in_flight(queue: JobQueues) -> Metric:
    """Jobs that a worker has received and not yet deleted."""
    return _sqs("ApproximateNumberOfMessagesNotVisible", queue.name)


def oldest(queue: JobQueues) -> Metric:
    """Age of the oldest job that isn't done, in seconds. Published while there is one."""
    return _sqs("ApproximateAgeOfOldestMessage", queue.name)


def deleted(queue: JobQueues) -> Metric:
    """Jobs that are done: their messages were deleted. SQS may publish nothing for a minute without one."""
    return _sqs("NumberOfMessagesDeleted", queue.name)


def dead_letters(queue: JobQueues) -> Metric:
    """Jobs in the dead-letter queue."""
    return _sqs("ApproximateNumberOfMessagesVisible", queue.dead_letter_name)


def _sqs(name: str, queue: str) -> Metric:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    return Metric("AWS/SQS", name, (("QueueName", queue),))
