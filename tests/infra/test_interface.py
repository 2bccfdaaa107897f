"""The stack's interface: names, variables, outputs, tags, addresses, state, and the workspace guard."""

import json
from pathlib import Path

import pytest

from tests.infra.stack import ROOT, Stack, read, synthesise_here, terraform, words

RECEIVER = "https://api.example.com/api/v1/video-jobs/callback"

ADDRESSES = {
    "aws_appautoscaling_policy.peak_jobs_0",
    "aws_appautoscaling_policy.peak_jobs_1",
    "aws_appautoscaling_policy.peak_jobs_2",
    "aws_appautoscaling_policy.unheard",
    "aws_appautoscaling_target.workers",
    "aws_cloudwatch_composite_alarm.dead_letters_left",
    "aws_cloudwatch_composite_alarm.stalled",
    "aws_cloudwatch_composite_alarm.users_affected",
    "aws_cloudwatch_dashboard.overview",
    "aws_cloudwatch_event_rule.spot_interruptions",
    "aws_cloudwatch_event_target.spot_interruptions",
    "aws_cloudwatch_log_group.spot_interruptions",
    "aws_cloudwatch_log_group.worker",
    "aws_cloudwatch_log_resource_policy.spot_interruptions",
    "aws_cloudwatch_metric_alarm.at_maximum",
    "aws_cloudwatch_metric_alarm.below_pool",
    "aws_cloudwatch_metric_alarm.dead_letters",
    "aws_cloudwatch_metric_alarm.peak_jobs_0",
    "aws_cloudwatch_metric_alarm.peak_jobs_1",
    "aws_cloudwatch_metric_alarm.peak_jobs_2",
    "aws_cloudwatch_metric_alarm.protection_refused",
    "aws_cloudwatch_metric_alarm.spot_interrupted",
    "aws_cloudwatch_metric_alarm.unheard",
    "aws_cloudwatch_metric_alarm.age",
    "aws_cloudwatch_metric_alarm.failure",
    "aws_cloudwatch_metric_alarm.help_failed",
    "aws_cloudwatch_metric_alarm.none_done",
    "aws_cloudwatch_metric_alarm.waiting",
    "aws_cloudwatch_metric_alarm.wait",
    "aws_cloudwatch_metric_alarm.webhook",
    "aws_cloudwatch_metric_alarm.not_notified",
    "aws_cloudwatch_metric_alarm.unexpected",
    "aws_cloudwatch_metric_alarm.paused",
    "aws_cloudwatch_query_definition.errors",
    "aws_cloudwatch_query_definition.failures_by_code",
    "aws_cloudwatch_query_definition.one_job",
    "aws_cloudwatch_query_definition.retries",
    "aws_cloudwatch_query_definition.slowest_jobs",
    "aws_cloudwatch_query_definition.spot_interruptions",
    "aws_cloudwatch_query_definition.webhook_failures",
    "aws_dynamodb_table.jobs",
    "aws_ecr_lifecycle_policy.worker",
    "aws_ecr_repository.worker",
    "aws_ecs_cluster.workers",
    "aws_ecs_cluster_capacity_providers.workers",
    "aws_ecs_service.workers",
    "aws_ecs_task_definition.worker",
    "aws_iam_policy.backend",
    "aws_iam_policy.worker_boundary",
    "aws_iam_role.execution",
    "aws_iam_role.task",
    "aws_iam_role_policy.execution",
    "aws_iam_role_policy.task",
    "aws_kms_alias.alarms",
    "aws_kms_key.alarms",
    "aws_secretsmanager_secret.webhook_key",
    "aws_security_group.worker",
    "aws_sns_topic.alarms",
    "aws_sns_topic_policy.alarms",
    "aws_sns_topic_subscription.email",
    "aws_sqs_queue.dead_letters",
    "aws_sqs_queue.jobs",
    "aws_sqs_queue.parts",
    "aws_vpc_security_group_egress_rule.dns_tcp",
    "aws_vpc_security_group_egress_rule.dns_udp",
    "aws_vpc_security_group_egress_rule.tls",
    "terraform_data.workspace_guard",
}
# A fleet that can grow by two has two scaling alarms above the pool; larger ones have five.
MORE_SCALING_ALARMS = {
    f"{kind}.peak_jobs_{number}"
    for kind in ("aws_appautoscaling_policy", "aws_cloudwatch_metric_alarm")
    for number in (3, 4, 5)
}
CREATED_BUCKET = {
    "aws_s3_bucket.media",
    "aws_s3_bucket_lifecycle_configuration.media",
    "aws_s3_bucket_ownership_controls.media",
    "aws_s3_bucket_policy.media",
    "aws_s3_bucket_public_access_block.media",
    "aws_s3_bucket_server_side_encryption_configuration.media",
}
# No tags in AWS, or none that Terraform can set.
UNTAGGED = {
    "aws_appautoscaling_policy",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_resource_policy",
    "aws_cloudwatch_query_definition",
    "aws_ecr_lifecycle_policy",
    "aws_ecs_cluster_capacity_providers",
    "aws_iam_role_policy",
    "aws_kms_alias",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "terraform_data",
}


def test_every_resource_is_known(stack: Stack) -> None:
    more = set() if stack.environment == "dev" else MORE_SCALING_ALARMS
    assert stack.addresses == ADDRESSES | more | (set() if stack.environment == "prod" else CREATED_BUCKET)


def test_production_has_the_names_that_the_backend_uses(prod: Stack) -> None:
    # Written out rather than taken from names.py, because the backend depends on them.
    named = {
        "aws_ecr_repository.worker": ("name", "hospup-ffmpeg-worker"),
        "aws_sqs_queue.jobs": ("name", "hospup-video-jobs"),
        "aws_sqs_queue.dead_letters": ("name", "hospup-video-jobs-dlq"),
        "aws_ecs_cluster.workers": ("name", "hospup-video-processing"),
        "aws_ecs_service.workers": ("name", "ffmpeg-worker-service"),
        "aws_cloudwatch_log_group.worker": ("name", "/ecs/hospup-ffmpeg-worker"),
        "aws_cloudwatch_dashboard.overview": ("dashboard_name", "HospupVideoProcessing"),
    }
    for address, (argument, name) in named.items():
        assert prod.resource(address)[argument] == name
    assert prod.data("aws_s3_bucket.media") == {"bucket": "hospup-files"}


def test_other_environments_have_a_suffix(dev: Stack, prod: Stack) -> None:
    for address in ADDRESSES:
        for argument in ("name", "family", "dashboard_name", "alarm_name"):
            name = prod.resource(address).get(argument)
            if name and not name.startswith("${"):
                folder, slash, own = name.rpartition("/") if "query_definition" in address else (name, "", "")
                assert dev.resource(address)[argument] == f"{folder}-dev{slash}{own}"


def test_everything_is_tagged(stack: Stack) -> None:
    assert stack.json["provider"]["aws"] == [
        {
            "region": "eu-west-1",
            "default_tags": [
                {"tags": {"Project": "hospup-video", "Environment": stack.environment, "ManagedBy": "terraform"}}
            ],
        }
    ]
    for address in stack.addresses:
        if address.split(".")[0] in UNTAGGED:
            assert "tags" not in stack.resource(address), address
        else:
            assert stack.resource(address)["tags"]["Component"], address


def test_outputs(stack: Stack) -> None:
    outputs = stack.json["output"]
    assert all(output["description"] for output in outputs.values())
    media = "data.aws_s3_bucket.media.bucket" if stack.environment == "prod" else "aws_s3_bucket.media.id"
    region = "${data.aws_region.current.name}"
    assert {name: output["value"] for name, output in outputs.items()} == {
        "ecr_repository_uri": "${aws_ecr_repository.worker.repository_url}",
        "queue_url": "${aws_sqs_queue.jobs.url}",
        "queue_arn": "${aws_sqs_queue.jobs.arn}",
        "cluster_name": "${aws_ecs_cluster.workers.name}",
        "service_name": "${aws_ecs_service.workers.name}",
        # Every variable: what an operator leaves alone is passed again (ops/stack/variables.py).
        "deployed_variables": {name: f"${{var.{name}}}" for name in stack.json["variable"]},
        "warm_pool_size": "${var.warm_pool_size}",
        "max_workers": "${var.max_workers}",
        "dashboard_url": f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        "#dashboards/dashboard/${aws_cloudwatch_dashboard.overview.dashboard_name}",
        "log_group_name": "${aws_cloudwatch_log_group.worker.name}",
        "media_bucket": f"${{{media}}}",
        "jobs_table": "${aws_dynamodb_table.jobs.id}",
        "task_definition_arn": "${aws_ecs_task_definition.worker.arn}",
        "webhook_secret_arn": "${aws_secretsmanager_secret.webhook_key.arn}",
        "dlq_url": "${aws_sqs_queue.dead_letters.url}",
        "parts_queue_url": "${aws_sqs_queue.parts.url}",
        "alarm_topic_arn": "${aws_sns_topic.alarms.arn}",
        "region": region,
        "backend_policy_arn": "${aws_iam_policy.backend.arn}",
        "next_step": outputs["next_step"]["value"],
    }


def test_the_next_step_is_a_sentence(stack: Stack, tmp_path: Path) -> None:
    parts = {name: stack.json["variable"][name] for name in ("worker_image_tag",)}
    content = {"variable": parts, "output": {"next_step": stack.json["output"]["next_step"]}}
    (tmp_path / "main.tf.json").write_text(json.dumps(content), encoding="utf-8")
    assert terraform(tmp_path, "init").returncode == 0
    first, later = (
        words(terraform(tmp_path, "plan", f"-var=worker_image_tag={tag}").stdout) for tag in ("", "2026-11-22")
    )
    assert "No image is released yet, so no worker runs. Put the webhook signing key, once: aws secretsmanager" in first
    assert f"--secret-id hospup-video/webhook-signing-key{stack.suffix} --secret-string whsec_$(openssl" in first
    assert "deploy again with --var worker_image_tag=TAG." in first
    assert "Nothing: put queue_url into the backend as SQS_QUEUE_URL." in later


def test_variables_default_to_the_environments_values(stacks: dict[str, Stack]) -> None:
    defaults = {
        name: {variable: body["default"] for variable, body in stack.json["variable"].items()}
        for name, stack in stacks.items()
    }
    same = {"worker_image_tag": "", "log_retention_days": 7, "alarm_email": "", "webhook_url": ""}
    assert defaults == {
        "dev": {"warm_pool_size": 2, "max_workers": 4, "on_demand_workers": 0, **same},
        "staging": {"warm_pool_size": 2, "max_workers": 10, "on_demand_workers": 1, **same},
        "prod": {"warm_pool_size": 10, "max_workers": 50, "on_demand_workers": 3, **same},
    }


def test_variables_are_described_and_validated(stack: Stack) -> None:
    for name, body in stack.json["variable"].items():
        is_text = name in {"worker_image_tag", "alarm_email", "webhook_url"}
        assert body["type"] == ("string" if is_text else "number")
        assert body["nullable"] is False
        assert body["description"].endswith(".")
        assert all(rule["condition"] and rule["error_message"].endswith(".") for rule in body["validation"])
        assert body["validation"]


@pytest.fixture(scope="module")
def variables_alone(stacks: dict[str, Stack], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production's variables without its resources: Terraform then validates values without AWS."""
    folder = tmp_path_factory.mktemp("variables")
    (folder / "main.tf.json").write_text(json.dumps({"variable": stacks["prod"].json["variable"]}), encoding="utf-8")
    assert terraform(folder, "init").returncode == 0
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("warm_pool_size=20",),
        ("warm_pool_size=100", "max_workers=100", "on_demand_workers=100"),
        ("warm_pool_size=0", "on_demand_workers=0"),
        ("worker_image_tag=2026-11-22_a1b2c3d", "log_retention_days=3653", "alarm_email=ops@example.com"),
        ("webhook_url=https://api.example.com:443/v1/video-jobs/callback/?key=a%20b&c",),
    ],
)
def test_good_values_are_accepted(variables_alone: Path, arguments: tuple[str, ...]) -> None:
    arguments = (f"webhook_url={RECEIVER}", *arguments)
    done = terraform(variables_alone, "plan", *(f"-var={argument}" for argument in arguments))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("max_workers=5",),
            "max_workers (5) is below warm_pool_size (10): raise max_workers or lower warm_pool_size.",
        ),
        (("warm_pool_size=60",), "max_workers (50) is below warm_pool_size (60)"),
        (("on_demand_workers=11",), "on_demand_workers (11) is above warm_pool_size (10)"),
        (("warm_pool_size=-1",), "warm_pool_size (-1) must be a whole number of workers from 0 to 1000."),
        (("warm_pool_size=2.5",), "warm_pool_size (2.5) must be a whole number of workers"),
        (("max_workers=0", "warm_pool_size=0", "on_demand_workers=0"), "max_workers (0) must be a whole number"),
        (("log_retention_days=8",), "log_retention_days (8) is not accepted by CloudWatch: choose one of 1, 3, 5, 7"),
        (("worker_image_tag=.hidden",), "worker_image_tag is no image tag"),
        (("alarm_email=ops",), "alarm_email is no e-mail address"),
        (("webhook_url=",), "webhook_url is empty, so no backend would be notified of its videos."),
        ((), "or --var webhook_url=https://... at every deployment."),
        ((), "write the reason into webhook.without_receiver_because."),
        *(
            ((f"webhook_url={url}",), "webhook_url is no URL that workers can reach: give an https URL on port 443")
            for url in (
                "http://api.example.com/callback",
                "https://api.example.com:8443/callback",
                "https://user:secret@api.example.com/",
                "https://api.example.com/a b",
                'https://api.example.com/"}],',
                "https://api.example.com/\\n",
                "https://",
                "null",
            )
        ),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(
    variables_alone: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = terraform(variables_alone, "plan", *(f"-var={argument}" for argument in arguments))
    assert done.returncode == 1
    assert sentence in words(done.stderr)


def test_production_without_a_receiver_is_a_written_decision(tmp_path: Path) -> None:
    """With the reason in its file, the same deployment needs no receiver, and its workers bear the reason."""
    reason = "Chaque client de l'API nomme son propre receveur."
    synthesise_here("prod", tmp_path, content={"webhook": {"without_receiver_because": reason}})
    stack = read("prod", tmp_path)
    folder = tmp_path / "variables"
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps({"variable": stack.json["variable"]}), encoding="utf-8")
    assert terraform(folder, "init").returncode == 0
    assert terraform(folder, "plan").returncode == 0
    (container,) = json.loads(stack.resource("aws_ecs_task_definition.worker")["container_definitions"])
    assert container["dockerLabels"] == {"hospup.without-receiver-because": reason}


def test_only_production_must_have_a_receiver(stacks: dict[str, Stack]) -> None:
    """The others have one rule less; in every environment the variable is what the workers get."""
    rules = {name: len(stack.json["variable"]["webhook_url"]["validation"]) for name, stack in stacks.items()}
    assert rules == {"dev": 1, "staging": 1, "prod": 2}
    for stack in stacks.values():
        (container,) = json.loads(stack.resource("aws_ecs_task_definition.worker")["container_definitions"])
        assert {"name": "WEBHOOK_URL", "value": "${var.webhook_url}"} in container["environment"]
        assert "dockerLabels" not in container


def test_the_state_is_where_backend_tf_json_says(stack: Stack) -> None:
    assert stack.json["terraform"]["backend"] == {
        "s3": {
            "bucket": "hospup-video-terraform-state",
            "key": "hospup-video/terraform.tfstate",
            "workspace_key_prefix": "environments",
            "region": "eu-west-1",
            "encrypt": True,
            "use_lockfile": True,
        }
    }
    written = json.loads((ROOT / "backend.tf.json").read_text(encoding="utf-8"))
    assert stack.json["terraform"]["backend"] == written["terraform"]["backend"]


def test_versions_are_pinned(stack: Stack) -> None:
    assert stack.json["terraform"]["required_version"] == ">= 1.10"
    assert stack.json["terraform"]["required_providers"] == {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}


def test_another_environments_workspace_is_refused(prod: Stack, tmp_path: Path) -> None:
    guard = {"terraform_data": {"workspace_guard": prod.resource("terraform_data.workspace_guard")}}
    (tmp_path / "main.tf.json").write_text(json.dumps({"resource": guard}), encoding="utf-8")
    for command in (("init",), ("workspace", "new", "dev"), ("workspace", "new", "prod")):
        assert terraform(tmp_path, *command).returncode == 0
    assert terraform(tmp_path, "plan", workspace="prod").returncode == 0
    for workspace in ("dev", "default"):
        refused = terraform(tmp_path, "plan", workspace=workspace)
        assert refused.returncode == 1
        assert (
            f"This is the configuration of prod, and the selected workspace is {workspace}: "
            "set TF_WORKSPACE=prod, or run terraform workspace select prod."
        ) in words(refused.stderr)
