"""Where jobs wait, and where those end that failed at every try."""

from typing import Any

from constructs import Construct

from modules.account import Account
from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.config import Queue as QueueConfig
from modules.documents import document
from modules.names import Names
from modules.policies import Statement, deny_without_tls, policy

_DAY = 24 * 60 * 60
# The longest that SQS allows for either.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_LONG_POLL_SECONDS = 20
_DEAD_LETTER_RETENTION_SECONDS = 14 * _DAY
# How long a data key is used before KMS is asked for another: an hour makes 24 requests a day of millions.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_DATA_KEY_REUSE_SECONDS = 3600


class Queue(Component):
    """The job queue and its dead-letter queue.

    SQS is the retry engine: a job that isn't deleted comes back after the visibility timeout, and after
    `max_receive_count` tries it goes to the dead-letter queue, where it waits 14 days for a person. Long polling of
    20 s makes an idle worker cost nothing and a sent job arrive within milliseconds.

    The two queues name each other in their policies, so each is told the other's ARN as computed from its name. As
    resources of their own the policies would be a circle's way out too, and 20 s more of every deployment: the provider
    waits for each change of a queue by itself.

    Params:
        account: whose queues.
        config: lease, tries, retention and senders.
        key_arn: KMS key that encrypts messages; none: SQS' own.
        protect_data: refuse to destroy the queues.

    Attributes:
        url, arn, name: of the job queue.
        dead_letter_url, dead_letter_arn, dead_letter_name: of the dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        account: Account,
        config: QueueConfig,
        *,
        key_arn: str | None,
        protect_data: bool,
    ) -> None:
        super().__init__(scope, "queue")
        jobs_arn = account.arn("sqs", names.queue)
        dead_letters_arn = account.arn("sqs", names.dead_letter_queue)
        common: dict[str, Any] = {
            "receive_wait_time_seconds": _LONG_POLL_SECONDS,
            **_encryption(key_arn),
            "tags": self.tags,
            "lifecycle": TerraformResourceLifecycle(prevent_destroy=protect_data),
        }
        dead_letters = aws.sqs_queue.SqsQueue(
            self,
            "dead_letters",
            name=names.dead_letter_queue,
            message_retention_seconds=_DEAD_LETTER_RETENTION_SECONDS,
            # Written by Terraform itself: the provider compares this one letter by letter.
            redrive_allow_policy=(
                f'${{jsonencode({{redrivePermission = "byQueue", sourceQueueArns = ["{jobs_arn}"]}})}}'
            ),
            policy=policy(deny_without_tls(["sqs:*"], [dead_letters_arn])),
            **common,
        )
        jobs = aws.sqs_queue.SqsQueue(
            self,
            "jobs",
            name=names.queue,
            visibility_timeout_seconds=config.visibility_timeout_seconds,
            message_retention_seconds=config.retention_days * _DAY,
            redrive_policy=document(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": config.max_receive_count}
            ),
            policy=policy(*_senders(config, jobs_arn), deny_without_tls(["sqs:*"], [jobs_arn])),
            **common,
        )
        self.url: str = jobs.url
        self.arn: str = jobs.arn
        self.name = names.queue
        self.dead_letter_url: str = dead_letters.url
        self.dead_letter_arn: str = dead_letters.arn
        self.dead_letter_name = names.dead_letter_queue


def _encryption(key_arn: str | None) -> dict[str, Any]:
    if key_arn is None:
        return {"sqs_managed_sse_enabled": True}
    return {"kms_master_key_id": key_arn, "kms_data_key_reuse_period_seconds": _DATA_KEY_REUSE_SECONDS}


def _senders(config: QueueConfig, queue_arn: str) -> list[Statement]:
    if not config.sender_arns:
        return []
    return [
        Statement(
            sid="TheBackendSends",
            reason="The principals that the environment names, of this account or another: they send.",
            actions=["sqs:SendMessage", "sqs:GetQueueUrl"],
            resources=[queue_arn],
            principals={"AWS": list(config.sender_arns)},
        )
    ]
