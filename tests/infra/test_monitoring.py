"""Logs, alarms and dashboard."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from ops.simulation.model import MetricQuery
from ops.stack.expressions import evaluate
from tests.infra.stack import ROOT, Stack
from worker.telemetry.metrics import METRICS, METRICS_NAMESPACE

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
OUR_SERVICE = {"ClusterName": "${aws_ecs_cluster.workers.name}", "ServiceName": "${aws_ecs_service.workers.name}"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}

SERVICE = frozenset({"ClusterName", "ServiceName"})
AWS_PUBLISHES = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", frozenset({"QueueName"})),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", frozenset({"QueueName"})),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", frozenset({"QueueName"})),
    ("AWS/SQS", "NumberOfMessagesDeleted", frozenset({"QueueName"})),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    ("AWS/ECS", "CPUUtilization", SERVICE),
    ("AWS/ECS", "MemoryUtilization", SERVICE),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    ("ECS/ContainerInsights", "DesiredTaskCount", SERVICE),
    ("ECS/ContainerInsights", "PendingTaskCount", SERVICE),
    ("ECS/ContainerInsights", "RunningTaskCount", SERVICE),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html (MatchedEvents has no dimension.)
    ("AWS/Events", "TriggeredRules", frozenset({"RuleName"})),
}
"""Metrics of AWS: namespace, name, and names of the dimensions."""

TOGETHER = {"JobsCompleted", "JobsFailed"}
"""Metrics that a worker publishes in one line at the end of each job: none is missing without the other."""

FUNCTIONS = {"IF", "FILL", "PERIOD", "AND", "OR", "NOT", "REPEAT"}


def widgets(stack: Stack) -> list[dict[str, Any]]:
    """The dashboard's widgets."""
    body = json.loads(stack.resource("aws_cloudwatch_dashboard.overview")["dashboard_body"])
    shown: list[dict[str, Any]] = body["widgets"]
    return shown


def metric_alarms(stack: Stack) -> dict[str, dict[str, Any]]:
    """The metric alarms, except those that scale the fleet."""
    found = stack.json["resource"]["aws_cloudwatch_metric_alarm"]
    return {name: alarm for name, alarm in found.items() if not name.startswith(("peak_jobs_", "unheard"))}


def all_alarms(stack: Stack) -> Iterator[dict[str, Any]]:
    """Every metric alarm and composite alarm, except those that scale the fleet."""
    yield from metric_alarms(stack).values()
    yield from stack.json["resource"]["aws_cloudwatch_composite_alarm"].values()


def ids(expression: str) -> set[str]:
    """The ids that a metric math expression reads, without Terraform variables."""
    return set(re.findall(r"[A-Za-z]\w*", re.sub(r"\$\{[^}]*\}", "0", expression))) - FUNCTIONS


@pytest.mark.parametrize(
    ("tag", "pool", "threshold", "missing"),
    [("", 5, 0, "notBreaching"), ("1", 5, 5, "breaching"), ("1", 0, 0, "notBreaching"), ("", 0, 0, "notBreaching")],
)
def test_too_few_workers_are_an_alarm_if_the_pool_has_any(
    stack: Stack, tag: str, pool: int, threshold: int, missing: str
) -> None:
    """Without a running worker there is no data: that is too few, unless the pool is empty or nothing is released."""
    alarm = stack.resource("aws_cloudwatch_metric_alarm.below_pool")
    assert (alarm["metric_name"], alarm["dimensions"]) == ("RunningTaskCount", OUR_SERVICE)
    assert alarm["comparison_operator"] == "LessThanThreshold"
    variables = {"worker_image_tag": tag, "warm_pool_size": pool}
    assert evaluate(alarm["threshold"], variables) == threshold
    assert evaluate(alarm["treat_missing_data"], variables) == missing


def test_jobs_that_wait_for_a_full_fleet_raise_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.at_maximum")
    assert (alarm["threshold"], alarm["comparison_operator"]) == ("${var.max_workers}", "GreaterThanOrEqualToThreshold")
    assert (alarm["metric_name"], alarm["dimensions"]) == ("DesiredTaskCount", OUR_SERVICE)
    waiting = stack.resource("aws_cloudwatch_metric_alarm.waiting")
    assert waiting["dimensions"] == {"QueueName": f"hospup-video-jobs{stack.suffix}"}
    assert waiting["evaluation_periods"] == alarm["evaluation_periods"] == 10
    rule = stack.resource("aws_cloudwatch_composite_alarm.users_affected")["alarm_rule"]
    assert f"({in_alarm('at_maximum')} AND {in_alarm('waiting')})" in rule


def test_jobs_that_wait_while_none_is_done_raise_an_alarm(stack: Stack) -> None:
    none_done = stack.resource("aws_cloudwatch_metric_alarm.none_done")
    assert (none_done["metric_name"], none_done["treat_missing_data"]) == ("NumberOfMessagesDeleted", "breaching")
    rule = stack.resource("aws_cloudwatch_composite_alarm.stalled")["alarm_rule"]
    assert rule == f"{in_alarm('waiting')} AND {in_alarm('none_done')}"


def test_a_video_that_helpers_spoilt_notifies_once_a_day_and_hides_no_incident(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.help_failed")
    assert (alarm["metric_name"], alarm["statistic"]) == ("HelpFailed", "Sum")
    assert (alarm["threshold"], alarm["comparison_operator"]) == (0, "GreaterThanThreshold")
    assert alarm["period"] * alarm["evaluation_periods"] == 24 * 3600
    assert alarm["datapoints_to_alarm"] == 1
    assert "ok_actions" not in alarm
    composites = stack.json["resource"]["aws_cloudwatch_composite_alarm"]
    assert not [name for name, composite in composites.items() if in_alarm("help_failed") in composite["alarm_rule"]]


def test_the_dashboard_shows_what_helpers_do(stack: Stack) -> None:
    (helpers,) = [widget for widget in widgets(stack) if widget["properties"].get("title", "").startswith("Helpers")]
    shown = {row[1] for row in helpers["properties"]["metrics"]}
    assert shown == {"PartsRendered", "PartsTakenBack", "HelpedJobs", "SecondsSaved", "HelpFailed"}


def alarm_queries(stack: Stack) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every alarm on metric math, those that scale included: its name, its metrics by id, its expression."""
    for name, alarm in stack.json["resource"]["aws_cloudwatch_metric_alarm"].items():
        queries = alarm.get("metric_query", [])
        metrics = {query["id"]: query["metric"] for query in queries if "metric" in query}
        for query in queries:
            if "expression" in query:
                yield name, metrics, query["expression"]


def test_no_alarm_fills_a_metric(stack: Stack) -> None:
    """AWS doesn't say what FILL makes of a metric that never had a datapoint; if it is nothing, the alarm is OK."""
    assert [name for name, _, expression in alarm_queries(stack) if "FILL" in expression] == []


def test_no_alarms_state_depends_on_how_cloudwatch_reads_a_missing_operand(stack: Stack) -> None:
    """Reports differ: an expression with a missing operand is missing, or the operand counts as zero. An alarm must say
    the same by both, for every combination of metrics that can be missing while others aren't."""
    alarms = stack.json["resource"]["aws_cloudwatch_metric_alarm"]
    calculated = list(alarm_queries(stack))
    assert {name for name, _, _ in calculated} == {"failure", "spot_interrupted"}
    for name, metrics, expression in calculated:
        groups = {frozenset(metrics)} if {one["metric_name"] for one in metrics.values()} == TOGETHER else None
        for silent in groups or [frozenset(some) for count in (1, 2) for some in combinations(metrics, count)]:
            for value in (1, 4, 9, 100):
                values = {key: None if key in silent else value for key in metrics}
                as_missing = MetricQuery.calculated({}, expression, 60).value(values, set())
                as_zero = MetricQuery.calculated({}, expression, 60).value(
                    {key: one or 0 for key, one in values.items()}, set()
                )
                assert alarms[name]["treat_missing_data"] == "notBreaching"
                assert as_missing is None
                assert not is_breach(alarms[name], as_zero), (name, values)


def is_breach(alarm: dict[str, Any], value: float | None) -> bool:
    if value is None:
        return False
    above = alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    return bool(value >= alarm["threshold"] if above else value < alarm["threshold"])


def in_alarm(name: str) -> str:
    """The condition of a composite alarm's rule that a metric alarm is in alarm."""
    return f"ALARM(${{aws_cloudwatch_metric_alarm.{name}.alarm_name}})"


def test_one_fault_notifies_once(stack: Stack) -> None:
    """Only composite alarms notify, and no two of them can notify for the same cause at once. The alarm on help that
    failed is no cause of theirs."""
    composites = stack.json["resource"]["aws_cloudwatch_composite_alarm"]
    causes_alone = metric_alarms(stack) | {"stalled": composites["stalled"]}
    assert causes_alone.pop("help_failed")["alarm_actions"] == ["${aws_sns_topic.alarms.arn}"]
    for name, alarm in causes_alone.items():
        assert not alarm.keys() & {"alarm_actions", "ok_actions"}, name
    notifying = {name: alarm for name, alarm in composites.items() if name != "stalled"}
    assert all(
        alarm["alarm_actions"] == alarm["ok_actions"] == ["${aws_sns_topic.alarms.arn}"] for alarm in notifying.values()
    )
    causes = [
        "spot_interrupted",
        "protection_refused",
        "wait",
        "age",
        "failure",
        "webhook",
        "not_notified",
        "unexpected",
        "paused",
    ]
    assert notifying["users_affected"]["alarm_rule"].split(" OR ") == [
        "ALARM(${aws_cloudwatch_composite_alarm.stalled.alarm_name})",
        in_alarm("below_pool"),
        f"({in_alarm('at_maximum')} AND {in_alarm('waiting')})",
        *map(in_alarm, causes),
    ]
    assert notifying["dead_letters_left"]["alarm_rule"] == (
        "ALARM(${aws_cloudwatch_metric_alarm.dead_letters.alarm_name}) "
        "AND NOT ALARM(${aws_cloudwatch_composite_alarm.users_affected.alarm_name})"
    )


def test_every_other_alarm_is_a_cause_and_all_link_to_the_runbook(stack: Stack) -> None:
    rules = " ".join(a["alarm_rule"] for a in stack.json["resource"]["aws_cloudwatch_composite_alarm"].values())
    for name in metric_alarms(stack).keys() - {"help_failed"}:
        assert f"ALARM(${{aws_cloudwatch_metric_alarm.{name}.alarm_name}})" in rules
    for alarm in all_alarms(stack):
        section = alarm["alarm_name"].removesuffix(stack.suffix)
        assert alarm["alarm_description"].endswith(f" docs/runbook.md#{section}")


def test_the_runbook_has_a_section_for_each_alarm_and_no_other(prod: Stack) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", runbook, flags=re.MULTILINE)[1:]
    written = {section.splitlines()[0]: section for section in sections if section.startswith("hospup-video-")}
    assert set(written) == {alarm["alarm_name"] for alarm in all_alarms(prod)}
    for name, section in written.items():
        parts = re.findall(r"^\*\*(\w+)\.\*\*", section, flags=re.MULTILINE)
        assert parts == ["Meaning", "Look", "Act", "Verify"], name


def test_alarms_and_widgets_name_only_metrics_that_exist(stack: Stack) -> None:
    named = set()
    for widget in widgets(stack):
        for row in widget["properties"].get("metrics", []):
            if isinstance(row[0], str):
                *path, options = row
                dimensions = frozenset(zip(path[2::2], path[3::2], strict=True))
                named.add((path[0], path[1], frozenset(name for name, _ in dimensions)))
                assert re.fullmatch(r"Average|Maximum|Sum|p50|p95", options["stat"])
    for alarm in metric_alarms(stack).values():
        for metric in [query["metric"] for query in alarm.get("metric_query", []) if "metric" in query] or [alarm]:
            named.add((metric["namespace"], metric["metric_name"], frozenset(metric.get("dimensions") or {})))
    ours = {(METRICS_NAMESPACE, name, frozenset({"QueueName"})) for name in METRICS}
    assert named <= AWS_PUBLISHES | ours
    assert len(named & ours) > 15, "the worker's own metrics are shown"


def test_expressions_use_the_ids_of_their_widget_or_alarm(stack: Stack) -> None:
    calculated = [widget["properties"].get("metrics", []) for widget in widgets(stack)]
    for rows in calculated:
        given = {row[-1]["id"] for row in rows if "id" in row[-1]}
        used = {name for row in rows for name in ids(row[-1].get("expression", ""))}
        assert used <= given
        for row in rows:
            assert row[-1].get("visible", True) or row[-1].get("id") in used, "an unused hidden row"
    for alarm in stack.json["resource"]["aws_cloudwatch_metric_alarm"].values():
        queries = alarm.get("metric_query", [])
        given = {query["id"] for query in queries if "metric" in query}
        assert {name for query in queries for name in ids(query.get("expression", ""))} == given


def test_saved_queries_read_fields_that_workers_log(stack: Stack) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "worker").rglob("*.py"))
    queries = stack.json["resource"]["aws_cloudwatch_query_definition"]
    of_workers = {name: query for name, query in queries.items() if name != "spot_interruptions"}  # ECS' own lines
    for name, query in of_workers.items():
        assert query["name"] == f"hospup-video{stack.suffix}/{name.replace('_', '-')}"
        assert query["log_group_names"] == ["${aws_cloudwatch_log_group.worker.name}"]
        text = query["query_string"]
        assert not set(text) & {'"', "\n"}, "cdktf's HCL would differ from its JSON"
        fields = {part.removeprefix("fields ") for part in text.split(" | ") if part.startswith("fields ")}
        for field in {field for line in fields for field in line.split(", ")}:
            part = field.rpartition(".")[2]
            assert re.search(rf'"{part}"|\b{part}=', code), f"{name}: workers log no {field}"
        for message in re.findall(r"message = '([^']*)'", text):
            assert f'"{message}"' in code, f"{name}: workers log no {message!r}"


def test_topic_is_encrypted_with_a_key_that_cloudwatch_may_use(stack: Stack) -> None:
    assert stack.resource("aws_sns_topic.alarms")["kms_master_key_id"] == "${aws_kms_key.alarms.arn}"
    assert stack.resource("aws_kms_key.alarms")["enable_key_rotation"] is True
    account, service = stack.statements("aws_kms_key.alarms")
    assert account["Principal"] == {"AWS": f"arn:${{data.aws_partition.current.partition}}:iam::{ACCOUNT}:root"}
    assert (service["Principal"], service["Condition"]) == (CLOUDWATCH, SAME_ACCOUNT)
    assert set(service["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_topic_takes_this_accounts_alarms_only_and_over_tls(stack: Stack) -> None:
    publish, tls = stack.statements("aws_sns_topic_policy.alarms")
    assert (publish["Action"], publish["Principal"], publish["Condition"]) == ("sns:Publish", CLOUDWATCH, SAME_ACCOUNT)
    assert (tls["Effect"], tls["Principal"]) == ("Deny", "*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert publish["Resource"] == tls["Resource"] == "${aws_sns_topic.alarms.arn}"


def test_mail_is_subscribed_if_an_address_is_given(stack: Stack) -> None:
    subscription = stack.resource("aws_sns_topic_subscription.email")
    assert subscription["count"] == '${var.alarm_email == "" ? 0 : 1}'
    assert (subscription["topic_arn"], subscription["endpoint"]) == (
        "${aws_sns_topic.alarms.arn}",
        "${var.alarm_email}",
    )


def test_dashboard_answers_whether_users_wait_and_why(stack: Stack) -> None:
    dashboard = stack.resource("aws_cloudwatch_dashboard.overview")
    assert dashboard["dashboard_name"] == f"HospupVideoProcessing{stack.suffix}"
    shown = widgets(stack)
    assert "[runbook]" in shown[0]["properties"]["markdown"] or "docs/runbook.md" in shown[0]["properties"]["markdown"]
    numbers = [widget["properties"] for widget in shown if widget["properties"].get("view") == "singleValue"]
    assert numbers[0]["metrics"][0][:2] == ["HospupVideo", "QueueWait"]
    for widget in shown:
        if widget["type"] in {"metric", "log"}:
            assert widget["properties"]["region"] == "${data.aws_region.current.name}"
    lines = [
        line["label"] for widget in shown for line in widget["properties"].get("annotations", {}).get("horizontal", [])
    ]
    assert any("objective" in line for line in lines)
    (states,) = (widget["properties"]["alarms"] for widget in shown if widget["type"] == "alarm")
    # No conditions: for them, red may be normal.
    assert len(states) == len(list(all_alarms(stack))) - len({"waiting", "none_done"})


def test_widgets_dont_overlap(stack: Stack) -> None:
    body = json.loads(stack.resource("aws_cloudwatch_dashboard.overview")["dashboard_body"])
    cells = [
        (column, row)
        for widget in body["widgets"]
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24
