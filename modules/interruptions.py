"""Which workers Spot has taken away: counted, and written down."""

from constructs import Construct

from modules.account import Account
from modules.bindings import aws
from modules.component import Component
from modules.documents import document
from modules.logs import log_group
from modules.names import Names
from modules.policies import Statement, policy
from modules.queries import on_one_line

# One line a worker; a zone that is named again and again is short of Spot.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
_QUERY = """\
fields @timestamp, detail.availabilityZone, detail.startedAt, detail.stoppedReason, detail.taskArn
| sort @timestamp desc
| limit 200"""

# Both are Spot's: ECS' documentation named the second until 2022 and names the first since, and its API knows both.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
_STOP_CODES = ["SpotInterruption", "TerminationNotice"]


class Interruptions(Component):
    """An EventBridge rule on our service's tasks that Spot interrupts, and the log group that it writes them to.

    The worker can't tell: a SIGTERM looks the same at scale-in, on a deployment and from Spot. ECS can, in its task
    events. It sends one for each of a task's states on the way down, RUNNING with the notice two minutes before first;
    the last, STOPPED, is the one that is counted, so that a worker is counted once.

    The rule's own metric (TriggeredRules; MatchedEvents knows no rules) is what alarm and dashboard read: no Lambda,
    and events of AWS' own cost nothing. The log group says which workers, and in which zone. CloudWatch Logs takes ten
    resource policies an account and region; this is one.

    Params:
        account: whose ECS' events.
        retention_days, key_arn: of the log group; see `Logs`.

    Attributes:
        rule: name of the rule, which its metric bears.
    """

    def __init__(
        self, scope: Construct, names: Names, account: Account, *, retention_days: float, key_arn: str | None
    ) -> None:
        super().__init__(scope, "interruptions")
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            "spot_interruptions",
            name=names.spot_interruptions,
            description="A worker was stopped because Spot took its capacity back",
            event_pattern=document(
                {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Task State Change"],
                    "detail": {
                        "clusterArn": [account.arn("ecs", f"cluster/{names.cluster}")],
                        "group": [f"service:{names.service}"],
                        "lastStatus": ["STOPPED"],
                        "stopCode": _STOP_CODES,
                    },
                }
            ),
            tags=self.tags,
        )
        group = log_group(
            self,
            "group.spot_interruptions",
            names.spot_interruptions_log_group,
            retention_days=retention_days,
            key_arn=key_arn,
        )
        aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            self,
            "policy.spot_interruptions",
            policy_name=names.spot_interruptions,
            policy_document=_writing(rule.arn, group.arn),
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self, "target.spot_interruptions", rule=rule.name, target_id="log", arn=group.arn
        )
        aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
            self,
            "query.spot_interruptions",
            name=f"{names.saved_queries}/spot-interruptions",
            log_group_names=[group.name],
            query_string=on_one_line(_QUERY),
        )
        self.rule: str = rule.name


def _writing(rule_arn: str, group_arn: str) -> str:
    """Who may write to the group.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
    """
    writers = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}
    return policy(
        Statement(
            sid="EventsOpenStreams",
            reason="EventBridge makes a stream before it writes; it names no rule then.",
            actions=["logs:CreateLogStream"],
            resources=[f"{group_arn}:*"],
            principals=writers,
        ),
        Statement(
            sid="TheRuleWrites",
            reason="What this rule found, and no other.",
            actions=["logs:PutLogEvents"],
            resources=[f"{group_arn}:*"],
            principals=writers,
            conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
        ),
    )
