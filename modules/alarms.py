"""Who is told when something is wrong."""

from constructs import Construct

from modules.account import Account
from modules.bindings import aws
from modules.component import Component
from modules.names import Names
from modules.policies import Statement, deny_without_tls, policy
from modules.queue import Queue
from modules.runbook import Runbook
from modules.variables import Variables


class Alarms(Component):
    """The topic that alarms go to, and the alarm on the dead-letter queue, which takes a bad release back.

    It doesn't ring itself: job_alarms.py does, once a fault.

    The topic is encrypted with a key of our own ($1 a month): CloudWatch isn't among those who may use AWS'
    `alias/aws/sns`, and an alarm whose message can't be encrypted is lost without a word.
    https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger

    Params:
        account: whose alarms may be sent.
        queue: whose dead-letter queue is watched.
        variables: `alarm_email`.
        runbook: where people read what to do.
        key_arn: KMS key that encrypts messages; none: one is made.
        budgets: let AWS Budgets send as well.

    Attributes:
        topic_arn: subscribe to it.
        dead_letter_alarm_arn, dead_letter_alarm: for the dashboard, and for the fleet to be rolled back by.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        account: Account,
        queue: Queue,
        variables: Variables,
        *,
        runbook: Runbook,
        key_arn: str | None,
        budgets: bool,
    ) -> None:
        super().__init__(scope, "alarms")
        self._ours = {"StringEquals": {"aws:SourceAccount": account.id}}
        self._senders = ["cloudwatch.amazonaws.com", *(["budgets.amazonaws.com"] if budgets else [])]
        self.topic_arn = self._topic(names, key_arn or self._key(names, account))
        subscription = aws.sns_topic_subscription.SnsTopicSubscription(
            self, "email", topic_arn=self.topic_arn, protocol="email", endpoint=variables.alarm_email
        )
        # An override, since the binding's count takes numbers only, and this one is known when Terraform plans.
        subscription.add_override("count", '${var.alarm_email == "" ? 0 : 1}')
        alarm = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            "dead_letters",
            alarm_name=names.dead_letter_alarm,
            alarm_description="A job failed at every try and waits in the dead-letter queue, at most 14 days. "
            + runbook.section("dead_letter_alarm"),
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.dead_letter_name},
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            # A queue that nobody used for six hours sends no metrics, and is well.
            treat_missing_data="notBreaching",
            tags=self.tags,
        )
        self.dead_letter_alarm_arn: str = alarm.arn
        self.dead_letter_alarm: str = alarm.alarm_name

    def _key(self, names: Names, account: Account) -> str:
        key = aws.kms_key.KmsKey(
            self,
            "alarms",
            description="Encrypts the alarm topic's messages",
            enable_key_rotation=True,
            # The shortest that KMS allows: the key guards messages in transit, nothing that is kept.
            deletion_window_in_days=7,
            policy=policy(
                Statement(
                    sid="TheAccountRulesTheKey",
                    reason="Without it, nobody could change or delete the key, ever again.",
                    actions=["kms:*"],
                    resources=["*"],
                    principals={"AWS": f"arn:{account.partition}:iam::{account.id}:root"},
                ),
                Statement(
                    sid="AlarmsAreEncrypted",
                    reason="Whoever sends to the topic encrypts what it sends.",
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],
                    principals={"Service": self._senders},
                    conditions=self._ours,
                ),
            ),
            tags=self.tags,
        )
        aws.kms_alias.KmsAlias(self, "alias.alarms", name=names.alarm_key_alias, target_key_id=key.key_id)
        arn: str = key.arn
        return arn

    def _topic(self, names: Names, key_arn: str) -> str:
        topic = aws.sns_topic.SnsTopic(
            self, "topic.alarms", name=names.alarm_topic, kms_master_key_id=key_arn, tags=self.tags
        )
        aws.sns_topic_policy.SnsTopicPolicy(
            self,
            "policy.alarms",
            arn=topic.arn,
            policy=policy(
                Statement(
                    sid="OurAlarmsPublish",
                    reason="Alarms, and the budget's, of this account only.",
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principals={"Service": self._senders},
                    conditions=self._ours,
                ),
                # A topic's policy may name topic actions only, and `sns:*` isn't accepted.
                # https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
                deny_without_tls(["sns:Publish"], [topic.arn]),
            ),
        )
        arn: str = topic.arn
        return arn
