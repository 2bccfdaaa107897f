"""Network, cluster, task definition, service and autoscaling."""

import itertools
import json
import re
from typing import Any

from tests.infra.stack import ROOT, Stack
from worker.telemetry.metrics import METRICS_NAMESPACE

SPOT_NOTICE_SECONDS = 120
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"""


def test_workers_run_in_the_default_vpcs_default_subnets(stack: Stack) -> None:
    assert stack.data("aws_vpc.selected") == {"default": True}
    filters = {item["name"]: item["values"] for item in stack.data("aws_subnets.selected")["filter"]}
    assert filters == {"vpc-id": ["${data.aws_vpc.selected.id}"], "default-for-az": ["true"]}
    network = stack.resource("aws_ecs_service.workers")["network_configuration"]
    assert network["subnets"] == "${data.aws_subnets.selected.ids}"
    assert network["security_groups"] == ["${aws_security_group.worker.id}"]


def test_nothing_comes_in_and_only_tls_and_dns_go_out(stack: Stack) -> None:
    assert "ingress" not in stack.resource("aws_security_group.worker")
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


def test_the_cluster_publishes_the_numbers_of_tasks(stack: Stack) -> None:
    """Alarms and dashboard read RunningTaskCount and DesiredTaskCount, which only Container Insights publishes."""
    settings = stack.resource("aws_ecs_cluster.workers")["setting"]
    assert settings == [{"name": "containerInsights", "value": "enabled"}]


def container(stack: Stack) -> dict[str, Any]:
    (definition,) = json.loads(stack.resource("aws_ecs_task_definition.worker")["container_definitions"])
    assert isinstance(definition, dict)
    return definition


def test_the_container_runs_without_privileges(stack: Stack) -> None:
    definition = container(stack)
    user, group = (int(part) for part in definition["user"].split(":"))
    assert min(user, group) > 0
    assert definition["readonlyRootFilesystem"] is True
    assert definition["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"privileged", "portMappings"} & definition.keys()
    (mount,) = definition["mountPoints"]
    assert mount["containerPath"] == "/tmp"  # noqa: S108
    assert stack.resource("aws_ecs_task_definition.worker")["volume"] == [{"name": mount["sourceVolume"]}]


def test_the_container_has_the_whole_spot_notice_to_stop(stack: Stack) -> None:
    assert container(stack)["stopTimeout"] == SPOT_NOTICE_SECONDS


def test_a_stalled_log_service_blocks_no_worker(stack: Stack) -> None:
    """Whatever the account's `defaultLogDriverMode` is."""
    options = container(stack)["logConfiguration"]["options"]
    assert (options["mode"], options["max-buffer-size"]) == ("non-blocking", "10m")


def test_the_worker_reads_each_variable_of_the_container(stack: Stack) -> None:
    definition = container(stack)
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "worker").rglob("*.py"))
    names = {entry["name"] for entry in (*definition["environment"], *definition["secrets"])}
    assert {name for name in names if name not in code} == set()
    assert all(entry["value"] for entry in definition["environment"])


def test_the_webhook_key_comes_from_secrets_manager(stack: Stack) -> None:
    definition = container(stack)
    key = {"name": "WEBHOOK_SECRET", "valueFrom": "${aws_secretsmanager_secret.webhook_key.arn}"}
    assert definition["secrets"] == [key]
    assert "WEBHOOK_SECRET" not in {entry["name"] for entry in definition["environment"]}


def test_old_revisions_stay_for_the_rollback(stack: Stack) -> None:
    assert stack.resource("aws_ecs_task_definition.worker")["skip_destroy"] is stack.protected


def test_no_worker_starts_before_its_permissions_exist(stack: Stack) -> None:
    assert set(stack.resource("aws_ecs_service.workers")["depends_on"]) == {
        "aws_ecs_cluster_capacity_providers.workers",
        "aws_iam_role_policy.task",
        "aws_iam_role_policy.execution",
    }


def test_a_deployment_stops_no_busy_fleet_and_rolls_back(stack: Stack) -> None:
    service = stack.resource("aws_ecs_service.workers")
    # Autoscaling sets the number of workers, and Terraform never does.
    assert "desired_count" not in service
    assert service["lifecycle"] == {"ignore_changes": ["desired_count"]}
    assert service["deployment_minimum_healthy_percent"] == 100
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    alarm = "${aws_cloudwatch_metric_alarm.dead_letters.alarm_name}"
    assert service["alarms"] == {"alarm_names": [alarm], "enable": True, "rollback": True}


def test_the_first_workers_run_on_demand_and_the_others_on_spot(stack: Stack) -> None:
    service = stack.resource("aws_ecs_service.workers")
    assert service["capacity_provider_strategy"] == [
        {"capacity_provider": "FARGATE", "base": "${var.on_demand_workers}", "weight": 0},
        {"capacity_provider": "FARGATE_SPOT", "weight": 1},
    ]
    # Otherwise a change of the strategy replaces the service.
    assert service["force_new_deployment"] is True


def test_no_worker_runs_before_an_image_is_released(stack: Stack) -> None:
    target = stack.resource("aws_appautoscaling_target.workers")
    assert target["min_capacity"] == '${var.worker_image_tag == "" ? 0 : var.warm_pool_size}'
    assert target["max_capacity"] == '${var.worker_image_tag == "" ? 0 : var.max_workers}'
    (precondition,) = target["lifecycle"]["precondition"]
    assert precondition["condition"] == (
        '${var.worker_image_tag != "" || length(data.aws_ecr_repository.worker.most_recent_image_tags) == 0}'
    )


def policy_configuration(stack: Stack, policy: str) -> dict[str, Any]:
    """A policy's configuration; checks that the policy is one of the target."""
    arguments = stack.resource(f"aws_appautoscaling_policy.{policy}")
    target = "aws_appautoscaling_target.workers"
    for argument in ("service_namespace", "scalable_dimension", "resource_id"):
        assert arguments[argument] == f"${{{target}.{argument}}}"
    configuration: dict[str, Any] = arguments["step_scaling_policy_configuration"]
    return configuration


def scaling_alarms(stack: Stack) -> list[str]:
    """The alarms on PeakJobs, whose names are those of their policies."""
    return [name for name in stack.json["resource"]["aws_appautoscaling_policy"] if name.startswith("peak_jobs_")]


def workers_for(stack: Stack, alarm: str, jobs: int) -> int | None:
    """The number of workers that an alarm's policy sets for a number of jobs; None below the alarm's threshold."""
    threshold = stack.resource(f"aws_cloudwatch_metric_alarm.{alarm}")["threshold"]
    for step in policy_configuration(stack, alarm)["step_adjustment"]:
        lower = float(step["metric_interval_lower_bound"])
        upper = float(step.get("metric_interval_upper_bound", "inf"))
        if lower <= jobs - threshold < upper:
            workers: int = step["scaling_adjustment"]
            return workers
    return None


def test_dev_scales_by_single_workers(dev: Stack) -> None:
    assert policy_configuration(dev, "peak_jobs_0")["adjustment_type"] == "ExactCapacity"
    assert [workers_for(dev, "peak_jobs_0", jobs) for jobs in range(4)] == [0, 2, 3, 4]


def test_aws_accepts_the_steps(stack: Stack) -> None:
    """AWS refuses steps that leave a gap or overlap, and more than twenty."""
    for policy in (*scaling_alarms(stack), "unheard"):
        steps = policy_configuration(stack, policy)["step_adjustment"]
        assert steps[0]["metric_interval_lower_bound"] == "0"
        for lower, upper in itertools.pairwise(steps):
            assert lower["metric_interval_upper_bound"] == upper["metric_interval_lower_bound"]
        assert "metric_interval_upper_bound" not in steps[-1]
        assert len(steps) <= 20


def test_all_alarms_set_the_same_number_of_workers(stack: Stack) -> None:
    """No alarm undoes what another did, whichever acts first."""
    for jobs in range(200):
        workers = {workers_for(stack, alarm, jobs) for alarm in scaling_alarms(stack)} - {None}
        assert len(workers) == 1, jobs
    assert workers_for(stack, "peak_jobs_0", 0) == 0
    assert workers_for(stack, "peak_jobs_0", 10_000) == 1000


def test_scaling_alarms_watch_peak_jobs_and_call_their_own_policy(stack: Stack) -> None:
    for name in scaling_alarms(stack):
        alarm = stack.resource(f"aws_cloudwatch_metric_alarm.{name}")
        assert (alarm["namespace"], alarm["metric_name"]) == (METRICS_NAMESPACE, "PeakJobs")
        assert alarm["dimensions"] == {"QueueName": f"hospup-video-jobs{stack.suffix}"}
        assert alarm["alarm_actions"] == [f"${{aws_appautoscaling_policy.{name}.arn}}"]
        assert alarm["alarm_description"].startswith(f"Lately {alarm['threshold']} jobs or more at once")
        # Without data from any worker, the fleet keeps its size.
        assert alarm["treat_missing_data"] == "missing"
        # Evaluated every 10 s, as all alarms with a period below a minute; three lines of each worker are within it.
        assert (alarm["period"], alarm["evaluation_periods"]) == (30, 1)


def test_jobs_that_wait_while_no_worker_publishes_add_workers(stack: Stack) -> None:
    configuration = policy_configuration(stack, "unheard")
    assert configuration["adjustment_type"] == "ChangeInCapacity"
    added = [step["scaling_adjustment"] for step in configuration["step_adjustment"]]
    assert added == sorted(added)
    assert added[0] > 0
    alarm = stack.resource("aws_cloudwatch_metric_alarm.unheard")
    assert (alarm["threshold"], alarm["treat_missing_data"]) == (1, "notBreaching")
    assert alarm["alarm_actions"] == ["${aws_appautoscaling_policy.unheard.arn}"]
    # SQS' own metric alone, which is published while the queue holds a job.
    assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["dimensions"] == {"QueueName": f"hospup-video-jobs{stack.suffix}"}
    assert "metric_query" not in alarm
