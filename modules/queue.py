"""Where jobs wait, and where those end that failed at every try."""

import json

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.config import Queue as QueueConfig
from modules.names import Names
from modules.policies import deny_without_tls, policy

_DAY = 24 * 60 * 60
# The longest that SQS allows for either.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_LONG_POLL_SECONDS = 20
_DEAD_LETTER_RETENTION_SECONDS = 14 * _DAY


class Queue(Component):
    """The job queue and its dead-letter queue.

    SQS is the retry engine: a job that isn't deleted comes back after the visibility timeout, and after
    `max_receive_count` tries it goes to the dead-letter queue, where it waits 14 days for a person. Long polling of
    20 s makes an idle worker cost nothing and a sent job arrive within milliseconds.

    Params:
        config: lease, tries and retention.
        protect_data: refuse to destroy the queues.

    Attributes:
        url, arn, name: of the job queue.
        dead_letter_url, dead_letter_arn, dead_letter_name: of the dead-letter queue.
    """

    def __init__(self, scope: Construct, names: Names, config: QueueConfig, *, protect_data: bool) -> None:
        super().__init__(scope, "queue")
        lifecycle = TerraformResourceLifecycle(prevent_destroy=protect_data)
        dead_letters = aws.sqs_queue.SqsQueue(
            self,
            "dead_letters",
            name=names.dead_letter_queue,
            message_retention_seconds=_DEAD_LETTER_RETENTION_SECONDS,
            receive_wait_time_seconds=_LONG_POLL_SECONDS,
            sqs_managed_sse_enabled=True,
            tags=self.tags,
            lifecycle=lifecycle,
        )
        jobs = aws.sqs_queue.SqsQueue(
            self,
            "jobs",
            name=names.queue,
            visibility_timeout_seconds=config.visibility_timeout_seconds,
            message_retention_seconds=config.retention_days * _DAY,
            receive_wait_time_seconds=_LONG_POLL_SECONDS,
            sqs_managed_sse_enabled=True,
            redrive_policy=json.dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": config.max_receive_count}
            ),
            tags=self.tags,
            lifecycle=lifecycle,
        )
        # A resource of its own, since the two queues name each other.
        aws.sqs_queue_redrive_allow_policy.SqsQueueRedriveAllowPolicy(
            self,
            "redrive.dead_letters",
            queue_url=dead_letters.url,
            redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn]}),
        )
        for noun, queue in (("jobs", jobs), ("dead_letters", dead_letters)):
            aws.sqs_queue_policy.SqsQueuePolicy(
                self, f"policy.{noun}", queue_url=queue.url, policy=policy(deny_without_tls(["sqs:*"], [queue.arn]))
            )
        self.url: str = jobs.url
        self.arn: str = jobs.arn
        self.name = names.queue
        self.dead_letter_url: str = dead_letters.url
        self.dead_letter_arn: str = dead_letters.arn
        self.dead_letter_name = names.dead_letter_queue
