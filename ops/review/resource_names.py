"""What resources are called, what data they hold, and where their policy documents are."""

from collections.abc import Mapping

from ops.review.plan import Change

_NOUNS: Mapping[str, str] = {
    "aws_appautoscaling_policy": "scaling policy",
    "aws_appautoscaling_scheduled_action": "scheduled pool size",
    "aws_appautoscaling_target": "pool size",
    "aws_budgets_budget": "budget",
    "aws_cloudwatch_composite_alarm": "alarm",
    "aws_cloudwatch_dashboard": "dashboard",
    "aws_cloudwatch_event_rule": "rule that looks for events",
    "aws_cloudwatch_event_target": "place where events are written",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_log_resource_policy": "log group's policy",
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_cloudwatch_query_definition": "saved query",
    "aws_dynamodb_table": "job ledger",
    "aws_ecr_lifecycle_policy": "images kept",
    "aws_ecr_repository": "image registry",
    "aws_ecs_cluster": "cluster",
    "aws_ecs_cluster_capacity_providers": "capacity providers",
    "aws_ecs_service": "service of the workers",
    "aws_ecs_task_definition": "worker's task definition",
    "aws_eip": "fixed public address",
    "aws_iam_openid_connect_provider": "identity provider",
    "aws_iam_policy": "permissions",
    "aws_iam_role": "role",
    "aws_iam_role_policy": "permissions of a role",
    "aws_iam_role_policy_attachment": "permissions attached to a role",
    "aws_kms_alias": "key's alias",
    "aws_kms_key": "encryption key",
    "aws_nat_gateway": "NAT gateway",
    "aws_s3_bucket": "bucket",
    "aws_s3_bucket_acl": "bucket's access list",
    "aws_s3_bucket_cors_configuration": "bucket's CORS",
    "aws_s3_bucket_lifecycle_configuration": "bucket's expiry",
    "aws_s3_bucket_ownership_controls": "bucket's ownership",
    "aws_s3_bucket_policy": "bucket's policy",
    "aws_s3_bucket_public_access_block": "bucket's block of public access",
    "aws_s3_bucket_server_side_encryption_configuration": "bucket's encryption",
    "aws_s3_bucket_versioning": "bucket's versioning",
    "aws_secretsmanager_secret": "secret",
    "aws_security_group": "security group",
    "aws_security_group_rule": "security group's rule",
    "aws_sns_topic": "alarm topic",
    "aws_sns_topic_policy": "alarm topic's policy",
    "aws_sns_topic_subscription": "subscription to alarms",
    "aws_sqs_queue": "job queue",
    "aws_sqs_queue_policy": "queue's policy",
    "aws_subnet": "subnet",
    "aws_vpc": "VPC",
    "aws_vpc_endpoint": "endpoint",
    "aws_vpc_security_group_egress_rule": "rule for what goes out",
    "aws_vpc_security_group_ingress_rule": "rule for what comes in",
    "terraform_data": "guard of the workspace",
}


DATA_HELD: Mapping[str, str] = {
    "aws_cloudwatch_log_group": "its log lines",
    "aws_db_instance": "its data",
    "aws_dynamodb_table": "its entries",
    "aws_ebs_volume": "its data",
    "aws_ecr_repository": "its images",
    "aws_efs_file_system": "its files",
    "aws_kms_key": "all that it encrypts",
    "aws_rds_cluster": "its data",
    "aws_s3_bucket": "its objects",
    "aws_s3_object": "the object",
    "aws_secretsmanager_secret": "its value",
    "aws_secretsmanager_secret_version": "its value",
    "aws_sqs_queue": "its messages",
    "aws_ssm_parameter": "its value",
}
"""What is lost with a resource that holds data, by its type."""

PARTS_QUEUE = "hospup-video-parts"
"""Name of the queue of parts in production; in other environments a suffix follows (modules/config/names.py)."""


def display_name(change: Change) -> str:
    """A resource's name in a sentence, such as `job queue`."""
    if change.kind == "aws_sqs_queue" and is_dead_letter(change):
        return "dead-letter queue"
    if is_parts_queue(change):
        return "queue of parts"
    return _NOUNS.get(change.kind, change.kind.removeprefix("aws_").replace("_", " "))


def is_dead_letter(change: Change) -> bool:
    """Whether a queue is the dead-letter queue."""
    name = f"{change.address} {change.before.get('name')} {change.after.get('name')}".lower()
    return any(word in name for word in ("dead_letter", "dead-letter", "dlq"))


def is_parts_queue(change: Change) -> bool:
    """Whether a resource is the queue of parts, whose messages are of use for seconds only: it holds no data."""
    name = str(change.before.get("name") or change.after.get("name") or "")
    return change.kind == "aws_sqs_queue" and (name.startswith(PARTS_QUEUE) or change.address.endswith(".parts"))


def policy_of(change: Change) -> str | None:
    """The attribute that holds a policy document, of an identity or of a resource; None where there is none."""
    return _POLICIES.get(change.kind)


_POLICIES: Mapping[str, str] = {
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_iam_role": "assume_role_policy",
    **dict.fromkeys(
        (
            "aws_dynamodb_resource_policy",
            "aws_ecr_repository_policy",
            "aws_iam_group_policy",
            "aws_iam_policy",
            "aws_iam_role_policy",
            "aws_iam_user_policy",
            "aws_kms_key",
            "aws_kms_key_policy",
            "aws_s3_bucket",
            "aws_s3_bucket_policy",
            "aws_secretsmanager_secret",
            "aws_secretsmanager_secret_policy",
            "aws_sns_topic",
            "aws_sns_topic_policy",
            "aws_sqs_queue",
            "aws_sqs_queue_policy",
        ),
        "policy",
    ),
}
