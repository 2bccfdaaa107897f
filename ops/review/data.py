"""Which resources hold data."""

from collections.abc import Mapping

HOLD_DATA: Mapping[str, str] = {
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
"""Types that hold data, and what is lost with one."""
