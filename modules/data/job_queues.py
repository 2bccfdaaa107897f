"""The job queue and its dead-letter queue."""

from typing import Any

from modules.config import QueueConfig
from modules.data.queue_encryption import queue_encryption
from modules.iam.policies import Statement, deny_without_tls, policy
from modules.terraform.bindings import TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext
from modules.terraform.json_document import json_document

_DAY = 24 * 60 * 60
# The longest long poll and the longest retention that SQS allows.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_LONG_POLL_SECONDS = 20
_DEAD_LETTER_RETENTION_SECONDS = 14 * _DAY


class JobQueues(Component):
    """The job queue and its dead-letter queue.

    SQS retries jobs: a message that isn't deleted becomes visible again after the visibility timeout, and moves to the
    dead-letter queue after `max_receive_count` receives. It stays there for 14 days for an operator to handle. With
    long polling of 20 s, an idle worker costs nothing and receives a new job within milliseconds.

    Each queue's policy names the other queue, so both use ARNs that are computed from the names. Policies as separate
    resources would also avoid that cycle, but make every deployment 20 s slower: the provider waits for each change of
    a queue separately.

    Attributes:
        url, arn, name: of the job queue.
        dead_letter_url, dead_letter_arn, dead_letter_name: of the dead-letter queue.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "queue")
        names, config = context.names, context.environment.queue
        jobs_arn = context.account.arn("sqs", names.queue)
        dead_letters_arn = context.account.arn("sqs", names.dead_letter_queue)
        common: dict[str, Any] = {
            "receive_wait_time_seconds": _LONG_POLL_SECONDS,
            **queue_encryption(context.environment.encryption.queue_key_arn),
            "tags": self.tags,
            "lifecycle": TerraformResourceLifecycle(
                prevent_destroy=context.environment.protect_data,
                # The provider knows SQS' old limit of 256 KiB only, and would lower the 1 MiB of an imported queue.
                # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
                ignore_changes=["max_message_size"],
            ),
        }
        dead_letters = aws.sqs_queue.SqsQueue(
            self,
            "dead_letters",
            name=names.dead_letter_queue,
            message_retention_seconds=_DEAD_LETTER_RETENTION_SECONDS,
            # Written by Terraform's own jsonencode, because the provider compares this argument as text.
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
            redrive_policy=json_document(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": config.max_receive_count}
            ),
            policy=policy(*_allow_senders(config, jobs_arn), deny_without_tls(["sqs:*"], [jobs_arn])),
            **common,
        )
        self.url: str = jobs.url
        self.arn: str = jobs.arn
        self.name = names.queue
        self.dead_letter_url: str = dead_letters.url
        self.dead_letter_arn: str = dead_letters.arn
        self.dead_letter_name = names.dead_letter_queue


def _allow_senders(config: QueueConfig, queue_arn: str) -> list[Statement]:
    if not config.sender_arns:
        return []
    return [
        Statement(
            sid="TheBackendSends",
            reason="The principals that `sender_arns` lists, of any account, send jobs.",
            actions=["sqs:SendMessage", "sqs:GetQueueUrl"],
            resources=[queue_arn],
            principals={"AWS": list(config.sender_arns)},
        )
    ]
