"""The deployer's permissions on the fleet and its log groups."""

from modules.iam.own_tags import is_not_foreign
from modules.iam.policies import Statement, actions
from modules.terraform.context import StackContext


def fleet_statements(context: StackContext) -> list[Statement]:
    """Permissions on cluster, service, task definition, autoscaling and log groups."""
    return [*_service(context), *_scaling(context), *_logs(context)]


def _service(context: StackContext) -> list[Statement]:
    names, account = context.names, context.account
    return [
        Statement(
            sid="Fleet",
            reason="Cluster, service, and the tags of the task definition's revisions.",
            actions=actions("ecs", "CreateCluster CreateService DeleteCluster DeleteService DescribeClusters")
            + actions("ecs", "DescribeServices ListTagsForResource PutClusterCapacityProviders")
            + actions("ecs", "TagResource UntagResource UpdateCluster UpdateService"),
            resources=[
                account.arn("ecs", f"cluster/{names.cluster}"),
                account.arn("ecs", f"service/{names.cluster}/{names.service}"),
                account.arn("ecs", f"task-definition/{names.task_family}:*"),
            ],
        ),
        Statement(
            sid="Revisions",
            reason="IAM has no resource for three of these actions, and ECS has refused the fourth on less than all "
            "revisions. A revision runs with no roles but those that PassRole allows. `image rollback` lists them.",
            # https://github.com/aws/containers-roadmap/issues/929
            actions=actions("ecs", "DeregisterTaskDefinition DescribeTaskDefinition ListTaskDefinitions")
            + actions("ecs", "RegisterTaskDefinition"),
            resources=["*"],
        ),
    ]


def _scaling(context: StackContext) -> list[Statement]:
    return [
        Statement(
            sid="Scaling",
            reason="Scalable target, policies and schedules, but no other environment's. A target of a service that "
            "the deployer can't update is refused by Application Auto Scaling.",
            # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
            actions=actions(
                "application-autoscaling", "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget"
            )
            + actions("application-autoscaling", "ListTagsForResource PutScalingPolicy PutScheduledAction")
            + actions("application-autoscaling", "RegisterScalableTarget TagResource UntagResource"),
            # AWS chooses the id in a target's ARN.
            resources=[context.account.arn("application-autoscaling", "scalable-target/*")],
            conditions=is_not_foreign(context),
        ),
        Statement(
            sid="ScalingLookedAt",
            reason="IAM has no resource for these actions.",
            actions=actions("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies")
            + actions("application-autoscaling", "DescribeScheduledActions"),
            resources=["*"],
        ),
    ]


def _logs(context: StackContext) -> list[Statement]:
    names, account = context.names, context.account
    return [
        Statement(
            sid="Logs",
            reason="The log groups; no permission to read log lines.",
            actions=actions(
                "logs", "AssociateKmsKey CreateLogGroup DeleteLogGroup DisassociateKmsKey ListTagsForResource"
            )
            + actions("logs", "PutRetentionPolicy TagResource UntagResource"),
            resources=[
                account.arn("logs", f"log-group:{group}{streams}")
                for group in (names.log_group, names.spot_interruptions_log_group)
                for streams in ("", ":*")
            ],
        ),
        Statement(
            sid="LogsLookedAt",
            reason="Terraform finds log groups by listing them; IAM has no resource for it.",
            actions=["logs:DescribeLogGroups"],
            resources=["*"],
        ),
    ]
