"""The deployer's permissions on the monitoring: alarms, dashboard, queries, event rule, topic with its key, budget."""

from modules.iam.policies import Statement, actions
from modules.terraform.context import StackContext


def monitoring_statements(context: StackContext, topic_key_arn: str | None) -> list[Statement]:
    """Permissions on the monitoring; `topic_key_arn` is the alarm topic's own key, if the stack creates one."""
    return [*_alarms(context), *_queries_and_events(context), *_topic(context, topic_key_arn), *_budget(context)]


def _alarms(context: StackContext) -> list[Statement]:
    names, account = context.names, context.account
    return [
        Statement(
            sid="Alarms",
            reason="CloudWatch accepts PutCompositeAlarm, and shows composite alarms, only with a permission on all "
            "alarms; Application Auto Scaling checks the other two, without an alarm's name, before it scales.",
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
            # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
            actions=actions("cloudwatch", "DeleteAlarms DescribeAlarms PutCompositeAlarm PutMetricAlarm"),
            resources=["*"],
        ),
        Statement(
            sid="AlarmTags",
            reason="The tags of this environment's alarms.",
            actions=actions("cloudwatch", "ListTagsForResource TagResource UntagResource"),
            resources=[account.arn("cloudwatch", f"alarm:{name}") for name in names.alarms],
        ),
        Statement(
            sid="Dashboard",
            reason="The dashboard. Its ARN has no region.",
            actions=actions("cloudwatch", "DeleteDashboards GetDashboard PutDashboard"),
            resources=[f"arn:{account.partition}:cloudwatch::{account.id}:dashboard/{names.dashboard}"],
        ),
    ]


def _queries_and_events(context: StackContext) -> list[Statement]:
    names, account = context.names, context.account
    return [
        Statement(
            sid="SavedQueries",
            reason="Saved log queries; IAM has no resource for them.",
            actions=actions("logs", "DeleteQueryDefinition DescribeQueryDefinitions PutQueryDefinition"),
            resources=["*"],
        ),
        Statement(
            sid="SpotInterruptions",
            reason="The rule on interruptions and its target; no permission to send events.",
            actions=actions(
                "events", "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets"
            )
            + actions("events", "RemoveTargets TagResource UntagResource"),
            resources=[account.arn("events", f"rule/{names.spot_interruptions}")],
        ),
        Statement(
            sid="LogPolicies",
            reason="Resource policies of log groups; IAM has no resource for them.",
            actions=actions("logs", "DeleteResourcePolicy DescribeResourcePolicies PutResourcePolicy"),
            resources=["*"],
        ),
    ]


def _topic(context: StackContext, key_arn: str | None) -> list[Statement]:
    names, account = context.names, context.account
    statements = [
        Statement(
            sid="Topic",
            reason="The alarm topic; no permission to publish.",
            actions=actions("sns", "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource")
            + actions("sns", "SetTopicAttributes Subscribe TagResource UntagResource"),
            resources=[account.arn("sns", names.alarm_topic)],
        ),
        Statement(
            sid="Subscriptions",
            reason="The subscription of the alarms' address; IAM has no resource for subscriptions.",
            actions=actions("sns", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
            resources=["*"],
        ),
    ]
    if key_arn:
        statements += [
            Statement(
                sid="TopicKey",
                # https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
                reason="This one key. An administrator creates it: whoever creates keys with tags can tag every key, "
                "so tags can't tell the environment's key from another.",
                actions=actions("kms", "CreateAlias DeleteAlias DescribeKey EnableKeyRotation GetKeyPolicy")
                + actions("kms", "GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource")
                + actions("kms", "UntagResource UpdateAlias UpdateKeyDescription"),
                resources=[key_arn],
            ),
            Statement(
                sid="TopicKeyNamed",
                reason="An alias needs permission on itself as well as on its key.",
                actions=actions("kms", "CreateAlias DeleteAlias UpdateAlias"),
                resources=[account.arn("kms", names.alarm_key_alias)],
            ),
            Statement(
                sid="AliasesLookedAt",
                reason="Terraform finds aliases by listing them; IAM has no resource for it.",
                actions=["kms:ListAliases"],
                resources=["*"],
            ),
        ]
    return statements


def _budget(context: StackContext) -> list[Statement]:
    names, account = context.names, context.account
    return [
        Statement(
            sid="Budget",
            reason="The monthly budget, if configured. Its ARN has no region.",
            actions=actions("budgets", "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget"),
            resources=[f"arn:{account.partition}:budgets::{account.id}:budget/{names.budget}"],
        ),
        Statement(
            sid="BudgetsCosts",
            reason="A budget shows costs, which ViewBudget depends on.",
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
            actions=["billing:GetBillingViewData"],
            resources=[f"arn:{account.partition}:billing::{account.id}:billingview/primary"],
        ),
    ]
