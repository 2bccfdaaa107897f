"""A configuration with every option changed, read back from the stack."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.infra.stack import Stack, terraform


def _container(stack: Stack) -> dict[str, Any]:
    container: dict[str, Any] = json.loads(stack.resource("aws_ecs_task_definition.worker")["container_definitions"])[0]
    return container


def test_terraform_accepts_it(options: Stack, tmp_path: Path) -> None:
    shutil.copy(options.path, tmp_path)
    assert terraform(tmp_path, "init", "-backend=false", "-input=false").returncode == 0
    assert json.loads(terraform(tmp_path, "validate", "-json").stdout)["diagnostics"] == []


def test_region(options: Stack) -> None:
    assert options.json["provider"]["aws"][0]["region"] == "eu-central-1"


def test_given_network(options: Stack) -> None:
    assert options.data("aws_vpc.selected") == {"id": "vpc-0abc"}
    assert "aws_subnets" not in options.json["data"]
    network = options.resource("aws_ecs_service.workers")["network_configuration"]
    assert network == {
        "subnets": ["subnet-0a", "subnet-0b"],
        "security_groups": ["${aws_security_group.worker.id}"],
        "assign_public_ip": False,
    }


def test_versioned_bucket_deletes_old_versions(options: Stack) -> None:
    assert options.resource("aws_s3_bucket.media")["bucket"] == "another-bucket"
    assert options.resource("aws_s3_bucket_versioning.media") == {
        "bucket": "${aws_s3_bucket.media.id}",
        "versioning_configuration": {"status": "Enabled"},
    }
    lifecycle = options.resource("aws_s3_bucket_lifecycle_configuration.media")
    assert lifecycle["depends_on"] == ["aws_s3_bucket_versioning.media"]
    assert lifecycle["rule"][2] == {
        "id": "expire-old-versions",
        "status": "Enabled",
        "filter": [{"prefix": ""}],
        "noncurrent_version_expiration": [{"noncurrent_days": 30}],
    }


def test_queue(options: Stack) -> None:
    queue = options.resource("aws_sqs_queue.jobs")
    assert (queue["visibility_timeout_seconds"], queue["message_retention_seconds"]) == (120, 2 * 86400)
    assert json.loads(queue["redrive_policy"])["maxReceiveCount"] == 5


def test_worker(options: Stack) -> None:
    task = options.resource("aws_ecs_task_definition.worker")
    assert (task["cpu"], task["memory"]) == ("4096", "8192")
    assert task["runtime_platform"]["cpu_architecture"] == "X86_64"
    assert task["ephemeral_storage"] == {"size_in_gib": 50}
    assert task["skip_destroy"] is False
    environment = {entry["name"]: entry["value"] for entry in _container(options)["environment"]}
    assert environment == {
        "SQS_QUEUE_URL": "${aws_sqs_queue.jobs.url}",
        "MEDIA_BUCKET": "${aws_s3_bucket.media.id}",
        "JOBS_TABLE": "${aws_dynamodb_table.jobs.id}",
        "AWS_DEFAULT_REGION": "${data.aws_region.current.name}",
        "PEAK_JOBS_SECONDS": "600",
        "WEBHOOK_URL": "${var.webhook_url}",
        "WEBHOOK_ALLOWED_HOSTS": "a.example,b.example",
        "MEDIA_BUCKETS": "stock-footage,music",
        "MEDIA_ALLOWED_HOSTS": "cdn.example.com",
        "PUBLIC_BASE_URL": "https://videos.example.com",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp.example.com:4318/intake",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=options",
    }


def test_traces_reach_their_collector(options: Stack) -> None:
    rule = options.resource("aws_vpc_security_group_egress_rule.collector")
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) == (
        "tcp",
        4318,
        4318,
        "0.0.0.0/0",
    )


def test_unsigned_webhooks_need_no_secret(options: Stack) -> None:
    assert _container(options)["secrets"] == []
    assert "ReadTheWebhookKey" not in [
        statement["Sid"] for statement in options.statements("aws_iam_role_policy.execution")
    ]


def test_further_buckets_are_read_and_never_written(options: Stack) -> None:
    statements = {statement["Sid"]: statement for statement in options.statements("aws_iam_role_policy.task")}
    s3 = "arn:${data.aws_partition.current.partition}:s3:::"
    assert statements["ReadMedia"]["Resource"] == [
        "${aws_s3_bucket.media.arn}/*",
        f"{s3}stock-footage/*",
        f"{s3}music/*",
    ]
    assert statements["WriteVideos"]["Resource"] == [
        "${aws_s3_bucket.media.arn}/generated-videos/*",
        "${aws_s3_bucket.media.arn}/intermediate/*",
    ]


def test_variables_default_to_the_file(options: Stack) -> None:
    assert {name: body["default"] for name, body in options.json["variable"].items()} == {
        "warm_pool_size": 0,
        "max_workers": 3,
        "on_demand_workers": 0,
        "worker_image_tag": "2.0.0",
        "log_retention_days": 30,
        "alarm_email": "ops@example.com",
        "webhook_url": "https://api.example.com/hook",
    }
    policy = options.resource("aws_appautoscaling_policy.peak_jobs_0")
    steps = policy["step_scaling_policy_configuration"]["step_adjustment"]
    # No job, no worker; one job, and there are two spare ones.
    assert [step["scaling_adjustment"] for step in steps][:2] == [0, 3]
    environment = {pair["name"]: pair["value"] for pair in _container(options)["environment"]}
    assert environment["PEAK_JOBS_SECONDS"] == "600"


def test_a_bucket_with_versions_doesnt_store_each_video_twice(options: Stack) -> None:
    rules = {rule["id"]: rule for rule in options.resource("aws_s3_bucket_lifecycle_configuration.media")["rule"]}
    assert rules["expire-intermediate/"]["noncurrent_version_expiration"] == [{"noncurrent_days": 1}]
    assert rules["expire-intermediate/"]["expiration"] == [{"days": 7}]
    assert rules["expire-old-versions"]["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]


def test_without_helpers_nothing_of_them_exists(options: Stack, prod: Stack) -> None:
    traces = (
        *("aws_sqs_queue.parts", "hospup-video-parts", "PARTS_QUEUE_URL", "parts_queue_url", "ShareParts"),
        *("HelpFailed", "HelpedJobs", "help_failed"),
    )
    without, with_helpers = (stack.path.read_text(encoding="utf-8") for stack in (options, prod))
    assert not [trace for trace in traces if trace in without]
    assert not [trace for trace in traces if trace not in with_helpers]
