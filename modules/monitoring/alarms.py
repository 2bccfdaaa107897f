"""The SNS topic that alarms notify, and the alarm on the dead-letter queue."""

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.iam.policies import Statement, deny_without_tls, policy
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.bindings import aws
from modules.terraform.context import StackContext


class Alarms(MetricAlarms):
    """The SNS topic that alarms notify, and the alarm on the dead-letter queue, which rolls back a bad release.

    The topic is encrypted with a KMS key, by default a new one ($1 per month): CloudWatch has no permission on AWS' own
    `alias/aws/sns`, and an alarm whose message can't be encrypted is lost silently.
    https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger

    Params:
        queue: its dead-letter queue is watched.

    Attributes:
        topic_arn: the topic's ARN.
        own_key_arn: the new key's ARN; None if one is configured.
        dead_letter_alarm, dead_letter_alarm_arn: the alarm's name and ARN.
    """

    def __init__(self, context: StackContext, queue: JobQueues) -> None:
        super().__init__(context, "alarms")
        self._context = context
        self._same_account = {"StringEquals": {"aws:SourceAccount": context.account.id}}
        self._senders = ["cloudwatch.amazonaws.com"]
        if context.environment.observability.budget:
            self._senders.append("budgets.amazonaws.com")
        configured_key = context.environment.encryption.topic_key_arn
        self.own_key_arn = None if configured_key else self._key()
        self.topic_arn = self._topic(configured_key or self.own_key_arn)
        subscription = aws.sns_topic_subscription.SnsTopicSubscription(
            self, "email", topic_arn=self.topic_arn, protocol="email", endpoint=context.variables.alarm_email
        )
        # An override, because the binding's count takes a number, and this one is known only to Terraform.
        subscription.add_override("count", '${var.alarm_email == "" ? 0 : 1}')
        alarm = self._condition(
            "dead_letters",
            context.names.dead_letter_alarm,
            "A job failed at every try and waits in the dead-letter queue, at most 14 days.",
            **queue_metrics.dead_letters(queue).alarm_arguments(),
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )
        self.dead_letter_alarm: str = alarm.alarm_name
        self.dead_letter_alarm_arn: str = alarm.arn

    def _key(self) -> str:
        account = self._context.account
        key = aws.kms_key.KmsKey(
            self,
            "alarms",
            description="Encrypts the alarm topic's messages",
            enable_key_rotation=True,
            # Days; the shortest that KMS allows. The key encrypts messages in transit only, so nothing is lost with it.
            deletion_window_in_days=7,
            policy=policy(
                Statement(
                    sid="TheAccountRulesTheKey",
                    reason="Without it, no principal could ever change or delete the key.",
                    actions=["kms:*"],
                    resources=["*"],
                    principals={"AWS": f"arn:{account.partition}:iam::{account.id}:root"},
                ),
                Statement(
                    sid="AlarmsAreEncrypted",
                    reason="Services that publish to the topic encrypt their messages.",
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],
                    principals={"Service": self._senders},
                    conditions=self._same_account,
                ),
            ),
            tags=self.tags,
        )
        aws.kms_alias.KmsAlias(self, "alias.alarms", name=self._context.names.alarm_key_alias, target_key_id=key.key_id)
        arn: str = key.arn
        return arn

    def _topic(self, key_arn: str | None) -> str:
        topic = aws.sns_topic.SnsTopic(
            self, "topic.alarms", name=self._context.names.alarm_topic, kms_master_key_id=key_arn, tags=self.tags
        )
        aws.sns_topic_policy.SnsTopicPolicy(
            self,
            "policy.alarms",
            arn=topic.arn,
            policy=policy(
                Statement(
                    sid="OurAlarmsPublish",
                    reason="Alarms and budgets of this account only.",
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principals={"Service": self._senders},
                    conditions=self._same_account,
                ),
                # SNS accepts only the actions of a topic here, and rejects `sns:*`.
                # https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
                deny_without_tls(["sns:Publish"], [topic.arn]),
            ),
        )
        arn: str = topic.arn
        return arn
