"""What it means that a resource without data is created, destroyed or replaced: workers, network, monitoring."""

from collections.abc import Mapping

from ops.cost.resources import number
from ops.review.judgements import Judgement, Weight
from ops.review.plan import Action, Change
from ops.review.rules_access import describe_rule
from ops.review.rules_monitoring import calls_somebody, scales
from ops.words import count

_GRACE = "running renders have 120 s to finish, then their jobs return to the queue"


def created(change: Change) -> str:
    """What a new resource changes; empty where running jobs don't notice it."""
    if change.kind == "aws_ecs_service":
        return "Workers start as soon as an image is released."
    if change.kind == "aws_appautoscaling_target":
        most = number(change.after.get("max_capacity"))
        if most == 0:
            return "No worker starts until an image is released."
        return f"{count(number(change.after.get('min_capacity')), 'worker')} always on, {most:g} at most."
    if change.kind == "aws_vpc_security_group_ingress_rule" and not change.sensitive:
        return describe_rule(change.after)
    return ""


def removed(change: Change) -> Judgement:
    """The consequence of destroying or replacing it."""
    if change.kind == "aws_ecs_service":
        return Judgement(_service(change), Weight.HARM)
    if change.kind in {"aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"}:
        return _alarm(change)
    if change.action is Action.REPLACE and change.kind == "aws_vpc_security_group_ingress_rule":
        return Judgement(created(change) or "Another rule for what comes in.")
    if change.action is Action.REPLACE and change.kind in _REPLACED:
        return _REPLACED[change.kind]
    return _GONE.get(change.kind, Judgement("Is gone, if only for a moment.", Weight.UNJUDGED))


def _service(change: Change) -> str:
    if change.action is Action.DESTROY:
        return f"Stops every worker: {_GRACE}. Nobody renders afterwards."
    if change.create_first:
        return f"A new service starts before the old one goes: {_GRACE}."
    return f"Stops every worker before new ones start: {_GRACE}. Nobody renders for some minutes."


def _alarm(change: Change) -> Judgement:
    if change.action is Action.REPLACE:
        return Judgement("For moments it rings for nobody, and its history is lost.")
    if scales(change):
        return Judgement("The fleet no longer grows or shrinks by this.", Weight.HARM)
    if calls_somebody(change):
        return Judgement("Nobody is told of this any more.", Weight.HARM)
    return Judgement("It no longer rings, for itself or as part of another alarm.", Weight.HARM)


def _harm(sentence: str) -> Judgement:
    return Judgement(sentence, Weight.HARM)


_PERMISSIONS = _harm(
    "What it allowed is refused as soon as it is gone. Where a worker needed it, its job is tried again."
)
_NETWORK = _harm("Workers may lose their way out meanwhile: jobs fail at fetching or telling, and are tried again.")
_SILENT = _harm("Alarms reach nobody until it is there and subscriptions are confirmed again.")
_SCALING = _harm("The fleet no longer follows the queue by this policy.")
_EVENTS = _harm("Interruptions by Spot are no longer counted, and the alarm on them never rings.")
_HARMLESS = Weight.HARMLESS

_REPLACED: Mapping[str, Judgement] = {
    "aws_appautoscaling_policy": Judgement(
        "The fleet grows and shrinks by other rules from now on; no worker stops because of it."
    ),
    "aws_appautoscaling_target": Judgement("Scaling pauses for moments; workers stay."),
    "aws_ecr_lifecycle_policy": Judgement("Harmless: rules of its registry, which delete nothing at once.", _HARMLESS),
    "aws_ecs_task_definition": Judgement(
        "A new revision; the old one stays what runs until the service takes the new one."
    ),
    "aws_cloudwatch_dashboard": Judgement("Harmless: what people look at; no job is affected.", _HARMLESS),
    "terraform_data": Judgement("Harmless: only Terraform's own state is made anew.", _HARMLESS),
}

_GONE: Mapping[str, Judgement] = {
    "aws_appautoscaling_policy": _SCALING,
    "aws_appautoscaling_scheduled_action": _harm("The pool no longer changes at its hours."),
    "aws_appautoscaling_target": _harm("Nothing scales any more: as many workers stay as there are."),
    "aws_budgets_budget": _harm("Nobody is warned any more when the bill grows."),
    "aws_cloudwatch_dashboard": Judgement("The dashboard is gone."),
    "aws_cloudwatch_event_rule": _EVENTS,
    "aws_cloudwatch_event_target": _EVENTS,
    "aws_cloudwatch_log_resource_policy": _EVENTS,
    "aws_cloudwatch_query_definition": Judgement("Harmless: a saved query, which only people run.", _HARMLESS),
    "aws_default_security_group": Judgement("Harmless: the group stays in AWS; Terraform forgets it.", _HARMLESS),
    "aws_ecr_lifecycle_policy": Judgement("Images are kept for ever, and billed."),
    "aws_ecs_cluster": _harm(f"Every worker stops with the cluster: {_GRACE}."),
    "aws_ecs_cluster_capacity_providers": _harm("No worker can be started by a capacity provider any more."),
    "aws_ecs_task_definition": _harm("No worker can be started from it any more."),
    "aws_eip": _harm("Receivers that allow one address only no longer see it; it can't be had again."),
    "aws_iam_openid_connect_provider": _harm("Workflows on GitHub can't deploy any more."),
    "aws_iam_policy": _PERMISSIONS,
    "aws_iam_role": _PERMISSIONS,
    "aws_iam_role_policy": _PERMISSIONS,
    "aws_iam_role_policy_attachment": _PERMISSIONS,
    "aws_internet_gateway": _NETWORK,
    "aws_kms_alias": _harm("Who uses the key by this name no longer finds it."),
    "aws_nat_gateway": _NETWORK,
    "aws_route": _NETWORK,
    "aws_route_table": _NETWORK,
    "aws_route_table_association": _NETWORK,
    "aws_s3_bucket_cors_configuration": _harm("Browsers may no longer read the bucket."),
    "aws_s3_bucket_lifecycle_configuration": Judgement("Objects no longer expire."),
    "aws_s3_bucket_ownership_controls": _harm("Who uploads an object may own it."),
    "aws_s3_bucket_policy": _harm("The bucket's own rules no longer hold, such as TLS only."),
    "aws_s3_bucket_public_access_block": _harm("The bucket can be opened to everybody by its policy."),
    "aws_s3_bucket_server_side_encryption_configuration": Judgement("New objects are encrypted as S3 does by default."),
    "aws_s3_bucket_versioning": _harm("What is overwritten or deleted is no longer kept."),
    "aws_security_group": _NETWORK,
    "aws_sns_topic": _SILENT,
    "aws_sns_topic_policy": _SILENT,
    "aws_sns_topic_subscription": _SILENT,
    "aws_subnet": _NETWORK,
    "aws_vpc": _NETWORK,
    "aws_vpc_endpoint": _NETWORK,
    "aws_vpc_security_group_egress_rule": _NETWORK,
    "aws_vpc_security_group_ingress_rule": Judgement("What came in by it no longer does; no job needs it."),
    "terraform_data": _harm("Nothing keeps one environment's plan out of another's state any more."),
}
"""By the resource's type. Types that hold data are in consequences_data.py."""
