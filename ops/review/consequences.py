"""What a change means for jobs that wait or render, for users, and for whoever is on call."""

from collections.abc import Callable, Mapping

from ops.review import consequences_data as data
from ops.review import consequences_fleet as fleet
from ops.review.data import HOLD_DATA
from ops.review.live import OFFLINE, Live
from ops.review.plan import Action, Change


def consequence(change: Change, live: Live = OFFLINE) -> str:
    """One or two sentences. Never empty."""
    if change.action is Action.FORGET:
        return "Stays in AWS as it is; Terraform forgets it, and neither changes nor destroys it any more."
    if change.action is Action.MOVE:
        return "Only its address in the code changes; nothing happens in AWS."
    if change.action is Action.IMPORT:
        return "Is in AWS already; Terraform takes it over."
    if change.action is Action.CREATE and change.kind in HOLD_DATA:
        return _GENERIC[Action.CREATE]
    words = _WORDS.get(change.kind)
    said = words(change, live) if words else ""
    return said or _GENERIC[change.action]


def is_unremarkable(change: Change) -> bool:
    """Whether it is new, and there is nothing to say of it."""
    return change.action is Action.CREATE and consequence(change) == _GENERIC[Action.CREATE]


_GENERIC: Mapping[Action, str] = {
    Action.DESTROY: "Is gone afterwards. No effect on running jobs is known.",
    Action.REPLACE: "Is destroyed and made anew. No effect on running jobs is known.",
    Action.UPDATE: "Changed in place. No effect on running jobs is known.",
    Action.CREATE: "New; running jobs don't notice.",
}

_WORDS: Mapping[str, Callable[[Change, Live], str]] = {
    **dict.fromkeys(HOLD_DATA, data.data),
    "aws_appautoscaling_policy": fleet.scaling,
    "aws_appautoscaling_scheduled_action": fleet.scaling,
    "aws_appautoscaling_target": fleet.pool,
    "aws_cloudwatch_composite_alarm": fleet.alarm,
    "aws_cloudwatch_dashboard": fleet.dashboard,
    "aws_cloudwatch_log_group": data.logs,
    "aws_cloudwatch_metric_alarm": fleet.alarm,
    "aws_dynamodb_table": data.ledger,
    "aws_ecr_lifecycle_policy": data.registry,
    "aws_ecr_repository": data.registry,
    "aws_ecs_cluster": fleet.cluster,
    "aws_ecs_service": fleet.service,
    "aws_ecs_task_definition": fleet.task,
    "aws_kms_key": data.key,
    "aws_iam_policy": fleet.permissions,
    "aws_iam_role": fleet.permissions,
    "aws_iam_role_policy": fleet.permissions,
    "aws_iam_role_policy_attachment": fleet.permissions,
    "aws_nat_gateway": fleet.way_out,
    "aws_route": fleet.way_out,
    "aws_s3_bucket": data.bucket,
    "aws_s3_bucket_cors_configuration": data.bucket_setting,
    "aws_s3_bucket_lifecycle_configuration": data.lifecycle,
    "aws_s3_bucket_ownership_controls": data.bucket_setting,
    "aws_s3_bucket_policy": data.bucket_setting,
    "aws_s3_bucket_public_access_block": data.bucket_setting,
    "aws_s3_bucket_server_side_encryption_configuration": data.bucket_setting,
    "aws_s3_bucket_versioning": data.bucket_setting,
    "aws_secretsmanager_secret": data.secret,
    "aws_security_group": fleet.way_out,
    "aws_sns_topic": fleet.topic,
    "aws_sns_topic_subscription": fleet.topic,
    "aws_sqs_queue": data.queue,
    "aws_subnet": fleet.way_out,
    "aws_vpc": fleet.way_out,
    "aws_vpc_endpoint": fleet.way_out,
    "aws_vpc_security_group_egress_rule": fleet.way_out,
    "aws_vpc_security_group_ingress_rule": fleet.rule,
}
