"""Which types of resources the estimate covers: those with line items, and those that AWS doesn't charge for."""

PRICED = frozenset(
    {
        "aws_appautoscaling_policy",
        "aws_appautoscaling_target",
        "aws_cloudwatch_composite_alarm",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_metric_alarm",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_eip",
        "aws_kms_key",
        "aws_nat_gateway",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sqs_queue",
        "aws_vpc_endpoint",
    }
)
"""Types that a line item of items.py reads."""

FREE = frozenset(
    {
        "aws_appautoscaling_scheduled_action",
        "aws_budgets_budget",  # without budget actions: https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/
        "aws_cloudwatch_event_rule",  # events of AWS' own: https://aws.amazon.com/eventbridge/pricing/
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_log_resource_policy",
        "aws_cloudwatch_query_definition",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecs_cluster_capacity_providers",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_internet_gateway",
        "aws_kms_alias",
        "aws_route",
        "aws_route_table",
        "aws_route_table_association",
        "aws_s3_bucket_cors_configuration",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_security_group",
        "aws_sns_topic",  # the first thousand mails of a month: https://aws.amazon.com/sns/pricing/
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
        "aws_sqs_queue_policy",
        "aws_subnet",
        "aws_vpc",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "terraform_data",
    }
)
"""Types that cost nothing by themselves, in the amounts that a fleet has."""


def is_priced(kind: str) -> bool:
    """Whether the estimate says what a type of resource costs, if only that it costs nothing."""
    return kind in PRICED or kind in FREE
