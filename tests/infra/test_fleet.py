"""Network, cluster, task definition, service and autoscaling."""

import itertools
import json
import re
from typing import Any

from tests.infra.stack import Stack

CLUSTER = "${aws_ecs_cluster.workers.name}"
SERVICE = "${aws_ecs_service.workers.name}"
REGION = "${data.aws_region.current.name}"


def test_workers_stand_in_the_default_vpcs_default_subnets(stack: Stack) -> None:
    assert stack.data("aws_vpc.selected") == {"default": True}
    assert stack.data("aws_subnets.selected") == {
        "filter": [
            {"name": "vpc-id", "values": ["${data.aws_vpc.selected.id}"]},
            {"name": "default-for-az", "values": ["true"]},
        ]
    }


def test_nothing_comes_in_and_only_tls_and_dns_go_out(stack: Stack) -> None:
    name = f"hospup-ffmpeg-worker{stack.suffix}"
    assert stack.resource("aws_security_group.worker") == {
        "name": name,
        "description": "FFmpeg workers: nothing in, TLS and DNS out",
        "vpc_id": "${data.aws_vpc.selected.id}",
        "tags": {"Component": "network", "Name": name},
    }
    assert "aws_vpc_security_group_ingress_rule" not in stack.json["resource"]
    rules = stack.json["resource"]["aws_vpc_security_group_egress_rule"].values()
    assert all(rule["security_group_id"] == "${aws_security_group.worker.id}" for rule in rules)
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html: no apostrophe, among others.
    assert all(re.fullmatch(r"[A-Za-z0-9. _:/()#,@\[\]+=&;{}!$*-]{1,255}", rule["description"]) for rule in rules)
    assert {(r["ip_protocol"], r["from_port"], r["to_port"], r["cidr_ipv4"]) for r in rules} == {
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("udp", 53, 53, "${data.aws_vpc.selected.cidr_block}"),
        ("tcp", 53, 53, "${data.aws_vpc.selected.cidr_block}"),
    }


def test_cluster(stack: Stack) -> None:
    assert stack.resource("aws_ecs_cluster.workers") == {
        "name": f"hospup-video-processing{stack.suffix}",
        "setting": [{"name": "containerInsights", "value": "enabled"}],
        "tags": {"Component": "fleet"},
    }
    assert stack.resource("aws_ecs_cluster_capacity_providers.workers") == {
        "cluster_name": CLUSTER,
        "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
        "default_capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT", "weight": 1}],
    }


def test_task_definition(stack: Stack) -> None:
    task = stack.resource("aws_ecs_task_definition.worker")
    del task["container_definitions"]
    assert task == {
        "family": f"hospup-ffmpeg-worker{stack.suffix}",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": "2048",
        "memory": "4096",
        "runtime_platform": {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        "volume": [{"name": "scratch"}],
        "task_role_arn": "${aws_iam_role.task.arn}",
        "execution_role_arn": "${aws_iam_role.execution.arn}",
        "skip_destroy": stack.protected,
        "tags": {"Component": "fleet"},
    }


def test_container(stack: Stack) -> None:
    bucket = "${data.aws_s3_bucket.media.bucket}" if stack.environment == "prod" else "${aws_s3_bucket.media.id}"
    environment = {
        "AWS_DEFAULT_REGION": REGION,
        "JOBS_TABLE": "${aws_dynamodb_table.jobs.id}",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG" if stack.environment == "dev" else "INFO",
        "MEDIA_BUCKET": bucket,
        "PEAK_JOBS_SECONDS": "240",
        "SQS_QUEUE_URL": "${aws_sqs_queue.jobs.url}",
    }
    assert json.loads(stack.resource("aws_ecs_task_definition.worker")["container_definitions"]) == [
        {
            "name": "ffmpeg-worker",
            "image": "${aws_ecr_repository.worker.repository_url}:${local.image_tag}",
            "essential": True,
            "user": "10001:10001",
            "readonlyRootFilesystem": True,
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
            "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
            "healthCheck": {
                "command": ["CMD", "python", "-m", "worker", "health"],
                "interval": 30,
                "timeout": 10,
                "retries": 3,
                "startPeriod": 60,
            },
            "stopTimeout": 120,
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "secrets": [{"name": "WEBHOOK_SECRET", "valueFrom": "${aws_secretsmanager_secret.webhook_key.arn}"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "${aws_cloudwatch_log_group.worker.name}",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "worker",
                },
            },
        }
    ]


def test_service(stack: Stack) -> None:
    service = stack.resource("aws_ecs_service.workers")
    # A worker must not start before it may do its work.
    assert set(service.pop("depends_on")) == {
        "aws_ecs_cluster_capacity_providers.workers",
        "aws_iam_role_policy.task",
        "aws_iam_role_policy.execution",
    }
    assert service == {
        "name": f"ffmpeg-worker-service{stack.suffix}",
        "cluster": CLUSTER,
        "task_definition": "${aws_ecs_task_definition.worker.arn}",
        "capacity_provider_strategy": [
            {"capacity_provider": "FARGATE", "base": "${var.on_demand_workers}", "weight": 0},
            {"capacity_provider": "FARGATE_SPOT", "weight": 1},
        ],
        "force_new_deployment": True,
        "network_configuration": {
            "subnets": "${data.aws_subnets.selected.ids}",
            "security_groups": ["${aws_security_group.worker.id}"],
            "assign_public_ip": True,
        },
        "deployment_minimum_healthy_percent": 100,
        "deployment_maximum_percent": 200,
        "deployment_circuit_breaker": {"enable": True, "rollback": True},
        "alarms": {
            "alarm_names": ["${aws_cloudwatch_metric_alarm.dead_letters.alarm_name}"],
            "enable": True,
            "rollback": True,
        },
        "availability_zone_rebalancing": "ENABLED",
        "enable_ecs_managed_tags": True,
        "enable_execute_command": False,
        "propagate_tags": "SERVICE",
        "tags": {"Component": "fleet"},
        "lifecycle": {"ignore_changes": ["desired_count"]},
    }


def test_scalable_target(stack: Stack) -> None:
    target = stack.resource("aws_appautoscaling_target.workers")
    (precondition,) = target.pop("lifecycle")["precondition"]
    assert precondition["condition"] == (
        '${var.worker_image_tag != "" || length(data.aws_ecr_repository.worker.most_recent_image_tags) == 0}'
    )
    assert target == {
        "service_namespace": "ecs",
        "scalable_dimension": "ecs:service:DesiredCount",
        "resource_id": f"service/{CLUSTER}/{SERVICE}",
        # Nothing runs, and nothing loops, before there is an image.
        "min_capacity": '${var.worker_image_tag == "" ? 0 : var.warm_pool_size}',
        "max_capacity": '${var.worker_image_tag == "" ? 0 : var.max_workers}',
        "tags": {"Component": "autoscaling"},
    }


def steps(stack: Stack, policy: str) -> dict[str, Any]:
    """A policy's configuration; that it is one of the target is checked on the way."""
    arguments = stack.resource(f"aws_appautoscaling_policy.{policy}")
    configuration = dict(arguments.pop("step_scaling_policy_configuration"))
    name = arguments.pop("name")
    assert name.startswith("hospup-")
    assert name.endswith(stack.suffix)
    target = "aws_appautoscaling_target.workers"
    assert arguments == {
        "policy_type": "StepScaling",
        "service_namespace": f"${{{target}.service_namespace}}",
        "scalable_dimension": f"${{{target}.scalable_dimension}}",
        "resource_id": f"${{{target}.resource_id}}",
    }
    return configuration


def test_dev_scales_by_ones(dev: Stack) -> None:
    configuration = steps(dev, "peak_jobs_0")
    adjustments = configuration.pop("step_adjustment")
    assert configuration == {
        "adjustment_type": "ExactCapacity",
        "cooldown": 60,
        "metric_aggregation_type": "Maximum",
    }
    assert adjustments[:4] == [
        {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "1", "scaling_adjustment": 0},
        {"metric_interval_lower_bound": "1", "metric_interval_upper_bound": "2", "scaling_adjustment": 2},
        {"metric_interval_lower_bound": "2", "metric_interval_upper_bound": "3", "scaling_adjustment": 3},
        {"metric_interval_lower_bound": "3", "metric_interval_upper_bound": "4", "scaling_adjustment": 4},
    ]
    # AWS refuses steps that leave a gap or overlap, and more than twenty.
    for lower, upper in itertools.pairwise(adjustments):
        assert lower["metric_interval_upper_bound"] == upper["metric_interval_lower_bound"]
    assert "metric_interval_upper_bound" not in adjustments[-1]
    assert len(adjustments) <= 20


def rungs(stack: Stack) -> list[str]:
    return [name for name in stack.json["resource"]["aws_appautoscaling_policy"] if name.startswith("peak_jobs_")]


def asked_for(stack: Stack, rung: str, jobs: int) -> int | None:
    """What a rung's policy asks for at so many jobs, by AWS's rules; None below its threshold."""
    threshold = stack.resource(f"aws_cloudwatch_metric_alarm.{rung}")["threshold"]
    for step in steps(stack, rung)["step_adjustment"]:
        lower = float(step["metric_interval_lower_bound"])
        upper = float(step.get("metric_interval_upper_bound", "inf"))
        if lower <= jobs - threshold < upper:
            answer: int = step["scaling_adjustment"]
            return answer
    return None


def test_all_rungs_give_the_same_answer(stack: Stack) -> None:
    """Whichever alarm acts, and whenever: none undoes what another did."""
    for jobs in range(200):
        answers = {asked_for(stack, rung, jobs) for rung in rungs(stack)} - {None}
        assert len(answers) == 1, jobs
    assert asked_for(stack, "peak_jobs_0", 0) == 0
    assert asked_for(stack, "peak_jobs_0", 10_000) == 1000


def test_a_rungs_alarm(stack: Stack) -> None:
    for rung in rungs(stack):
        alarm = stack.resource(f"aws_cloudwatch_metric_alarm.{rung}")
        assert alarm.pop("alarm_description").startswith(f"Lately {alarm.pop('threshold')} jobs or more at once")
        assert alarm == {
            "alarm_name": f"hospup-peak-jobs-{rung[-1]}{stack.suffix}",
            "namespace": "HospupVideo",
            "metric_name": "PeakJobs",
            "dimensions": {"QueueName": f"hospup-video-jobs{stack.suffix}"},
            "statistic": "Maximum",
            "period": 10,
            "evaluation_periods": 1,
            "comparison_operator": "GreaterThanOrEqualToThreshold",
            "treat_missing_data": "missing",
            "alarm_actions": [f"${{aws_appautoscaling_policy.{rung}.arn}}"],
            "tags": {"Component": "autoscaling"},
        }


def test_jobs_that_wait_unheard_bring_workers(stack: Stack) -> None:
    assert steps(stack, "unheard") == {
        "adjustment_type": "ChangeInCapacity",
        "cooldown": 180,
        "metric_aggregation_type": "Maximum",
        "step_adjustment": [
            {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "9", "scaling_adjustment": 1},
            {"metric_interval_lower_bound": "9", "metric_interval_upper_bound": "49", "scaling_adjustment": 5},
            {"metric_interval_lower_bound": "49", "scaling_adjustment": 20},
        ],
    }
    alarm = stack.resource("aws_cloudwatch_metric_alarm.unheard")
    assert (alarm["threshold"], alarm["treat_missing_data"]) == (1, "notBreaching")
    assert alarm["alarm_actions"] == ["${aws_appautoscaling_policy.unheard.arn}"]
    queue = {"QueueName": f"hospup-video-jobs{stack.suffix}"}
    assert [{key: value for key, value in query.items() if key != "label"} for query in alarm["metric_query"]] == [
        {"id": "waiting_unheard", "expression": "IF(FILL(heard, -1) < 0, waiting, 0)", "return_data": True},
        _query("heard", "HospupVideo", "PeakJobs", queue),
        _query("waiting", "AWS/SQS", "ApproximateNumberOfMessagesVisible", queue),
    ]


def _query(name: str, namespace: str, metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
    return {
        "id": name,
        "metric": {
            "namespace": namespace,
            "metric_name": metric,
            "dimensions": dimensions,
            "stat": "Maximum",
            "period": 60,
        },
    }
