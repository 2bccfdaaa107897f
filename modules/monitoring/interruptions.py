"""Spot interruptions of workers: counted by a metric, and logged."""

from modules.iam.policies import Statement, policy
from modules.monitoring.logs import log_group
from modules.monitoring.queries import on_one_line
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext
from modules.terraform.json_document import json_document

# One line per worker. A zone that appears often is short of Spot capacity.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
_QUERY = """\
fields @timestamp, detail.availabilityZone, detail.startedAt, detail.stoppedReason, detail.taskArn
| sort @timestamp desc
| limit 200"""

# Both mean Spot: ECS' documentation listed the second until 2022 and lists the first since then; its API has both.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
_STOP_CODES = ["SpotInterruption", "TerminationNotice"]


class Interruptions(Component):
    """An EventBridge rule on the service's tasks that Spot interrupts, and the log group that it writes to.

    A worker can't detect a Spot interruption: it gets the same SIGTERM at scale-in and on a deployment. ECS sends an
    event for each state of an interrupted task, beginning with RUNNING at the notice two minutes before. The rule
    matches the last state, STOPPED, so that each worker is counted once.

    The alarm and the dashboard read the rule's own metric, TriggeredRules (MatchedEvents has no dimension for the
    rule). It needs no Lambda function, and AWS' own events are free. The log group shows the workers and their zones.
    CloudWatch Logs allows ten resource policies per account and region; this construct adds one.

    Attributes:
        rule: name of the rule, a dimension of its metric.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "interruptions")
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            "spot_interruptions",
            name=context.names.spot_interruptions,
            description="A worker was stopped because Spot took its capacity back",
            event_pattern=json_document(
                {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Task State Change"],
                    "detail": {
                        "clusterArn": [context.account.arn("ecs", f"cluster/{context.names.cluster}")],
                        "group": [f"service:{context.names.service}"],
                        "lastStatus": ["STOPPED"],
                        "stopCode": _STOP_CODES,
                    },
                }
            ),
            tags=self.tags,
        )
        group = log_group(context, self, "group.spot_interruptions", context.names.spot_interruptions_log_group)
        aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            self,
            "policy.spot_interruptions",
            policy_name=context.names.spot_interruptions,
            policy_document=_allow_writing(rule.arn, group.arn),
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self, "target.spot_interruptions", rule=rule.name, target_id="log", arn=group.arn
        )
        aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
            self,
            "query.spot_interruptions",
            name=f"{context.names.saved_queries}/spot-interruptions",
            log_group_names=[group.name],
            query_string=on_one_line(_QUERY),
        )
        self.rule: str = rule.name


def _allow_writing(rule_arn: str, group_arn: str) -> str:
    """The resource policy that lets the rule write to the log group.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
    """
    writers = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}
    return policy(
        Statement(
            sid="EventsOpenStreams",
            reason="EventBridge creates a log stream before it writes; this request names no rule.",
            actions=["logs:CreateLogStream"],
            resources=[f"{group_arn}:*"],
            principals=writers,
        ),
        Statement(
            sid="TheRuleWrites",
            reason="Only this rule writes.",
            actions=["logs:PutLogEvents"],
            resources=[f"{group_arn}:*"],
            principals=writers,
            conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
        ),
    )
