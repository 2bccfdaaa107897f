"""Changes of production that hurt the fleet, its alarms, or its data are refused, in words that say what happens."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from ops.cost.resources import Resources
from ops.cost.usage import Usage
from ops.review.consequences import consequence
from ops.review.cost_delta import CostDelta, cost_delta
from ops.review.guards import judge
from ops.review.judgements import Weight
from ops.review.live_counts import OFFLINE
from ops.review.markdown import markdown
from ops.review.plan import Plan
from ops.review.plan_reader import parse
from ops.review.review import Review
from ops.review.rows import rows
from tests.ops.changed_plans import changed, deployed
from tests.ops.plan_files import change, content, real

Edit = Callable[[dict[str, Any]], object]
SERVICE, TASK = "aws_ecs_service.workers", "aws_ecs_task_definition.worker"
USERS = "aws_cloudwatch_composite_alarm.users_affected"
TASK_ROLE, BOUNDARY = "aws_iam_role_policy.task", "aws_iam_policy.worker_boundary"


def sets(**values: Any) -> Edit:
    return lambda after: after.update(values)


def container(**values: Any) -> Edit:
    def edit(after: dict[str, Any]) -> None:
        (definition,) = json.loads(after["container_definitions"])
        kept = {key: value for key, value in {**definition, **values}.items() if value is not None}
        after["container_definitions"] = json.dumps([kept])

    return edit


def without(action: str) -> Edit:
    """Take an action out of a policy."""

    def edit(after: dict[str, Any]) -> None:
        document = json.loads(after["policy"])
        for statement in document["Statement"]:
            listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [item for item in listed if item != action] or ["sts:GetCallerIdentity"]
        after["policy"] = json.dumps(document)

    return edit


def denying(**statement: Any) -> Edit:
    """Add a denial to a policy."""

    def edit(after: dict[str, Any]) -> None:
        document = json.loads(after["policy"])
        document["Statement"].append({"Effect": "Deny", **statement})
        after["policy"] = json.dumps(document)

    return edit


def refused(plan: Plan) -> dict[str, str]:
    """Each guard that refuses a plan, and its sentences."""
    found: dict[str, str] = {}
    for finding in judge(plan, frozenset()).refused:
        found[finding.guard] = f"{found.get(finding.guard, '')} {finding.sentence}".strip()
    return found


@pytest.mark.parametrize(
    ("address", "edit", "guard", "words"),
    [
        (TASK, container(stopTimeout=2), "fleet-survival", "killed 2 s after SIGTERM, and need 120"),
        (TASK, container(stopTimeout=None), "fleet-survival", "killed 30 s after SIGTERM"),
        (TASK, container(privileged=True), "worker-isolation", "privileged"),
        (TASK, container(user="0"), "worker-isolation", "root"),
        (TASK, container(user="root:root"), "worker-isolation", "root"),
        (TASK, container(user=None), "worker-isolation", "root"),
        (TASK, container(readonlyRootFilesystem=False), "worker-isolation", "can become code"),
        (TASK, container(readonlyRootFilesystem=None), "worker-isolation", "can become code"),
        (TASK, container(healthCheck=None), "fleet-survival", "hangs"),
        (TASK, container(linuxParameters=None), "worker-isolation", "privileges"),
        (TASK, sets(pid_mode="host"), "worker-isolation", "host"),
        (
            TASK,
            sets(runtime_platform=[{"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}]),
            "fleet-survival",
            "exec format error",
        ),
        (TASK, sets(runtime_platform=[]), "fleet-survival", "run on X86_64, with the same image"),
        (SERVICE, sets(deployment_minimum_healthy_percent=0), "fleet-survival", "only 0 % of them"),
        (SERVICE, sets(deployment_maximum_percent=100), "fleet-survival", "at 100 % at most"),
        (
            SERVICE,
            sets(deployment_circuit_breaker=[{"enable": False, "rollback": False}]),
            "fleet-survival",
            "no longer given up",
        ),
        (SERVICE, sets(deployment_circuit_breaker=[]), "fleet-survival", "no longer given up"),
        (SERVICE, sets(alarms=[]), "fleet-survival", "no longer taken back"),
        (
            "aws_appautoscaling_target.workers",
            sets(suspended_state=[{"dynamic_scaling_out_suspended": True}]),
            "fleet-survival",
            "no longer follows the queue",
        ),
        (TASK_ROLE, without("ecs:UpdateTaskProtection"), "fleet-survival", "scale-in and releases stop renders"),
        (TASK_ROLE, denying(Action="ecs:*", Resource="*"), "fleet-survival", "scale-in and releases stop renders"),
        (TASK_ROLE, denying(NotAction="s3:*", Resource="*"), "fleet-survival", "no worker receives a job"),
        (BOUNDARY, without("ecs:UpdateTaskProtection"), "fleet-survival", "scale-in and releases stop renders"),
        (
            "aws_sqs_queue.jobs",
            denying(Action="sqs:*", Resource="*", Principal="*"),
            "fleet-survival",
            "Is refused to everybody",
        ),
        (USERS, sets(alarm_actions=[]), "alarms-silenced", "Nobody is called"),
        (USERS, sets(actions_enabled=False), "alarms-silenced", "nobody is called"),
        ("aws_cloudwatch_metric_alarm.peak_jobs_0", sets(alarm_actions=[]), "fleet-survival", "no longer grows"),
        ("aws_cloudwatch_event_rule.spot_interruptions", sets(state="DISABLED"), "alarms-silenced", "never rings"),
        ("aws_cloudwatch_log_group.worker", sets(retention_in_days=1), "data-loss", "kept: 1 instead of 7"),
        (
            "aws_secretsmanager_secret.webhook_key",
            sets(recovery_window_in_days=0),
            "data-loss",
            "0 instead of 30",
        ),
        ("aws_ecr_repository.worker", sets(image_tag_mutability="MUTABLE"), "data-loss", "a rollback to it"),
    ],
)
def test_what_hurts_is_refused(address: str, edit: Edit, guard: str, words: str) -> None:
    assert words in refused(changed(address, edit)).get(guard, "")


@pytest.mark.parametrize(
    ("address", "edit"),
    [
        (TASK, container(stopTimeout=120)),
        (TASK, container(user="10002:10002")),
        (SERVICE, sets(deployment_maximum_percent=150)),
        (TASK_ROLE, denying(Action="iam:*", Resource="*")),
        (USERS, sets(ok_actions=[])),
        ("aws_cloudwatch_log_group.worker", sets(retention_in_days=0)),
        ("aws_ecr_repository.worker", sets(image_tag_mutability="IMMUTABLE_WITH_EXCLUSION")),
        ("aws_sqs_queue.jobs", denying(Action="sqs:*", Resource="*", Principal={"AWS": "arn:aws:iam::1:user/x"})),
    ],
)
def test_what_hurts_nobody_is_not_refused(address: str, edit: Edit) -> None:
    assert not refused(changed(address, edit))


def test_a_new_task_definition_is_judged_as_a_changed_one() -> None:
    values = dict(deployed()[TASK])
    container(privileged=True)(values)
    new = parse(content([change("aws_ecs_task_definition.renamed", "create", None, values)]))
    assert "privileged" in refused(new)["worker-isolation"]
    same = parse(content([change("aws_ecs_task_definition.renamed", "create", None, deployed()[TASK])]))
    assert not refused(same)


def test_a_new_image_may_come_with_its_processor() -> None:
    def both(after: dict[str, Any]) -> None:
        container(image="registry/worker:x86")(after)
        after["runtime_platform"] = [{"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}]

    assert not refused(changed(TASK, both))
    assert "the image must be built for it" in said(changed(TASK, both))


def test_subnets_or_gateways_are_a_way_out() -> None:
    network = deployed()[SERVICE]["network_configuration"][0]
    closed = sets(network_configuration=[{**network, "assign_public_ip": False}])
    assert "no way out" in refused(changed(SERVICE, closed))["fleet-survival"]
    moved = changed(SERVICE, sets(network_configuration=[{**network, "assign_public_ip": False, "subnets": ["s-1"]}]))
    with_nat = changed(SERVICE, closed)
    after = Resources({**with_nat.after.by_type, "aws_nat_gateway": [{}]}, with_nat.after.region, "after")
    for plan in (moved, dataclasses.replace(with_nat, after=after)):
        assert not refused(plan)
        assert "must have a way out" in said(plan)


def test_rules_that_let_workers_out() -> None:
    (https,) = [
        address
        for address, values in deployed().items()
        if address.startswith("aws_vpc_security_group_egress_rule.") and values["from_port"] == 443
    ]
    assert "out by HTTPS" in refused(changed(https, sets(), "destroy"))["fleet-survival"]


@pytest.mark.parametrize(
    ("address", "guard"),
    [
        (USERS, "alarms-silenced"),
        ("aws_sns_topic.alarms", "alarms-silenced"),
        ("aws_sns_topic_policy.alarms", "alarms-silenced"),
        ("aws_cloudwatch_metric_alarm.peak_jobs_0", "fleet-survival"),
        (TASK_ROLE, "fleet-survival"),
    ],
)
def test_what_may_not_go(address: str, guard: str) -> None:
    assert guard in refused(changed(address, sets(), "destroy"))


def said(plan: Plan) -> str:
    (item,) = plan.changes
    return consequence(item, plan).sentence


def test_the_visibility_timeout_hardly_matters() -> None:
    """Workers name their own at each receive (worker/aws/queue.py)."""
    assert said(changed("aws_sqs_queue.jobs", sets(visibility_timeout_seconds=2))).startswith("Hardly matters: workers")


def test_a_smaller_worker() -> None:
    sentence = said(changed(TASK, sets(cpu="256", memory="512")))
    assert "8 times as long: 256 CPU units" in sentence
    assert "12% of the memory (512 MiB)" in sentence


def review(plan: Plan) -> Review:
    return Review("prod", "0a1b2c3", plan, judge(plan, frozenset()), OFFLINE, cost_delta(plan, Usage()))


def test_one_tag_on_everything_is_one_row() -> None:
    tagged = [
        change(address, "update", values, {**values, **{name: {**values[name], "CostCentre": "42"} for name in names}})
        for address, values in deployed().items()
        if (names := [name for name in ("tags", "tags_all") if values.get(name) is not None])
    ]
    table = rows(review(parse(content(tagged))))
    assert [(row.subject, row.sentence, row.weight) for row in table] == [
        (f"{len(tagged)} resources", "Only the tag CostCentre = 42.", Weight.HARMLESS)
    ]
    assert len(tagged) > 40


def test_the_most_serious_row_comes_first() -> None:
    smaller = changed("aws_appautoscaling_target.workers", sets(min_capacity=3)).changes
    steps = [
        item
        for address in deployed()
        if address.startswith("aws_appautoscaling_policy.")
        for item in changed(address, lambda after: _halve(after["step_scaling_policy_configuration"][0])).changes
    ]
    described = changed("aws_iam_policy.backend", sets(description="other")).changes
    plan = dataclasses.replace(changed(SERVICE, sets()), changes=(*described, *steps, *smaller))
    table = rows(review(plan))
    assert [row.changes[0].kind for row in table] == [
        "aws_appautoscaling_target",
        "aws_appautoscaling_policy",
        "aws_iam_policy",
    ]
    assert table[1].subject == f"scaling policy, {len(steps)} times"


def _halve(configuration: dict[str, Any]) -> None:
    for step in configuration["step_adjustment"]:
        step["scaling_adjustment"] //= 2


def drifted(region: str | None = None, *, only: str = "") -> Plan:
    """Production's plan after its resources were lost, or are looked for in another region."""
    items = {address: values for address, values in deployed().items() if not only or address == only}
    plan = content([change(address, "create", None, values) for address, values in items.items()])
    plan["resource_drift"] = [change(address, "destroy", values, None) for address, values in items.items()]
    if region:
        plan["configuration"] = {"provider_config": {"aws": {"expressions": {"region": {"constant_value": region}}}}}
    return parse(plan)


def test_another_region_loses_all_that_the_state_has() -> None:
    found = refused(drifted("us-east-1"))
    assert "it is in eu-west-1, and the plan is for us-east-1" in found["data-loss"]
    for noun in ("job queue", "dead-letter queue", "job ledger", "image registry", "secret"):
        assert f"The {noun} is not found in AWS" in found["data-loss"]
    assert "The service of the workers is not found" in found["fleet-to-zero"]
    text = markdown(review(drifted("us-east-1")))
    assert f"**Not found in AWS**, though the state has them ({len(deployed())})" in text
    assert f"{len(deployed())} not found in AWS" in text


def test_what_was_deleted_by_hand_is_told() -> None:
    plan = drifted(only="aws_sqs_queue.jobs")
    assert "somebody deleted it" in refused(plan)["data-loss"]
    assert said(plan) == "Was deleted outside Terraform, and is made anew."
    alarm = drifted(only=USERS)
    assert not refused(alarm)
    assert said(alarm) == "Was deleted outside Terraform, and is made anew."


def test_a_loss_without_any_change_is_no_empty_plan() -> None:
    plan = content([])
    plan["resource_drift"] = [change("aws_sqs_queue.jobs", "destroy", deployed()["aws_sqs_queue.jobs"], None)]
    assert not parse(plan).empty
    assert "data-loss" in refused(parse(plan))


def test_a_sensitive_policy_is_not_quoted() -> None:
    denial = {"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:secret", "Principal": "*"}
    policies = [{"policy": json.dumps({"Statement": statements})} for statements in ([], [denial])]
    item = change("aws_sqs_queue.jobs", "update", *policies, after_sensitive={"policy": True})
    assert refused(parse(content([item])))["fleet-survival"].endswith("(sensitive).")


def test_a_function_without_a_login_is_public() -> None:
    url = change("aws_lambda_function_url.a", "create", None, {"authorization_type": "NONE"})
    assert "Everybody may call it" in refused(parse(content([url])))["public-access"]


def test_what_has_no_price_is_told() -> None:
    plan = real("no-change")
    plan["resource_changes"].append(change("aws_instance.gpu", "create", None, {"instance_type": "p4d.24xlarge"}))
    text = markdown(review(parse(plan)))
    assert "Not priced: `aws_instance.gpu`." in text
    assert "Not judged: this review has no rules for aws\\_instance." in text


def test_a_dashboard_that_is_not_known_yet_costs_what_it_cost() -> None:
    plan = real("no-change")
    resources = plan["planned_values"]["root_module"]["resources"]
    (dashboard,) = [item for item in resources if item["type"] == "aws_cloudwatch_dashboard"]
    before = dict(dashboard["values"])
    del dashboard["values"]["dashboard_body"]
    plan["resource_changes"] = [
        change(dashboard["address"], "update", before, dashboard["values"], after_unknown={"dashboard_body": True})
    ]
    delta = cost_delta(parse(plan), Usage())
    assert isinstance(delta, CostDelta)
    assert delta.difference == 0
