"""The queue of parts, by which idle workers help with other workers' jobs."""

from modules.data.queue_encryption import queue_encryption
from modules.iam.policies import deny_without_tls, policy
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# An offer is of use only while its job is rendered; the shortest retention that SQS allows is 60 s.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_RETENTION_SECONDS = 300
# A helper deletes an offer when it receives it, so this holds only for a helper that dies in between.
_VISIBILITY_SECONDS = 30
_LONG_POLL_SECONDS = 20


class PartsQueue(Component):
    """The queue in which a job's worker offers parts of it, and from which idle workers take them.

    It has no dead-letter queue and no protection from destruction: the job's worker renders each part that no other
    takes, so a lost offer costs time only.

    Attributes:
        url, arn: the queue's.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "parts")
        name = context.names.parts_queue
        queue = aws.sqs_queue.SqsQueue(
            self,
            "parts",
            name=name,
            visibility_timeout_seconds=_VISIBILITY_SECONDS,
            message_retention_seconds=_RETENTION_SECONDS,
            receive_wait_time_seconds=_LONG_POLL_SECONDS,
            policy=policy(deny_without_tls(["sqs:*"], [context.account.arn("sqs", name)])),
            **queue_encryption(context.environment.encryption.queue_key_arn),
            tags=self.tags,
        )
        self.url: str = queue.url
        self.arn: str = queue.arn
