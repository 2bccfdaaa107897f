"""Logs, alarms and dashboard."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.stack import ROOT, Stack
from worker.telemetry import METRICS, METRICS_NAMESPACE

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
OUR_SERVICE = {"ClusterName": "${aws_ecs_cluster.workers.name}", "ServiceName": "${aws_ecs_service.workers.name}"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}

SERVICE = frozenset({"ClusterName", "ServiceName"})
AWS_PUBLISHES = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", frozenset({"QueueName"})),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", frozenset({"QueueName"})),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", frozenset({"QueueName"})),
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
"""Namespace, metric, and the dimensions that it comes with."""

FUNCTIONS = {"IF", "FILL", "PERIOD", "AND", "OR", "NOT", "REPEAT"}


def widgets(stack: Stack) -> list[dict[str, Any]]:
    """The dashboard's widgets."""
    body = json.loads(stack.resource("aws_cloudwatch_dashboard.overview")["dashboard_body"])
    shown: list[dict[str, Any]] = body["widgets"]
    return shown


def seeing(stack: Stack) -> dict[str, dict[str, Any]]:
    """The metric alarms for people: those that scale the fleet, and tell nobody, are left out."""
    every = stack.json["resource"]["aws_cloudwatch_metric_alarm"]
    return {name: alarm for name, alarm in every.items() if not name.startswith(("peak_jobs_", "unheard"))}


def alarms(stack: Stack) -> Iterator[dict[str, Any]]:
    """Every alarm for people, metric and composite."""
    yield from seeing(stack).values()
    yield from stack.json["resource"]["aws_cloudwatch_composite_alarm"].values()


def ids(expression: str) -> set[str]:
    """The ids that a metric math expression reads; Terraform's variables aren't among them."""
    return set(re.findall(r"[A-Za-z]\w*", re.sub(r"\$\{[^}]*\}", "0", expression))) - FUNCTIONS


def test_logs(stack: Stack) -> None:
    assert stack.resource("aws_cloudwatch_log_group.worker") == {
        "name": f"/ecs/hospup-ffmpeg-worker{stack.suffix}",
        "retention_in_days": "${var.log_retention_days}",
        "tags": {"Component": "logs"},
    }


def test_dead_letters_are_seen(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.dead_letters")
    assert alarm.pop("alarm_description")
    assert alarm == {
        "alarm_name": f"hospup-video-jobs-dlq-not-empty{stack.suffix}",
        "namespace": "AWS/SQS",
        "metric_name": "ApproximateNumberOfMessagesVisible",
        "dimensions": {"QueueName": f"hospup-video-jobs-dlq{stack.suffix}"},
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 1,
        "threshold": 0,
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "tags": {"Component": "alarms"},
    }


def test_too_few_workers_raise_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.below_pool")
    assert alarm.pop("alarm_description")
    assert alarm == {
        "alarm_name": f"hospup-video-workers-below-pool{stack.suffix}",
        "namespace": "ECS/ContainerInsights",
        "metric_name": "RunningTaskCount",
        "dimensions": OUR_SERVICE,
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 10,
        # Without an image nothing runs, and nothing is below it.
        "threshold": '${var.worker_image_tag == "" ? 0 : min(var.warm_pool_size)}',
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "missing",
        "tags": {"Component": "pool-alarms"},
    }


def test_jobs_that_wait_for_a_full_fleet_raise_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.at_maximum")
    assert (alarm["threshold"], alarm["comparison_operator"]) == (0, "GreaterThanThreshold")
    assert alarm["evaluation_periods"] == 10
    calculated, desired, waiting = alarm["metric_query"]
    assert calculated["expression"] == "IF(desired >= ${var.max_workers}, waiting, 0)"
    assert calculated["return_data"] is True
    assert (desired["metric"]["metric_name"], desired["metric"]["dimensions"]) == ("DesiredTaskCount", OUR_SERVICE)
    assert waiting["metric"]["dimensions"] == {"QueueName": f"hospup-video-jobs{stack.suffix}"}


def test_one_fault_rings_once(stack: Stack) -> None:
    """Metric alarms see and only composite ones ring; no two of those can ring for the same cause at once."""
    for name, alarm in seeing(stack).items():
        assert not alarm.keys() & {"alarm_actions", "ok_actions"}, name
    ringing = stack.json["resource"]["aws_cloudwatch_composite_alarm"]
    assert all(
        alarm["alarm_actions"] == alarm["ok_actions"] == ["${aws_sns_topic.alarms.arn}"] for alarm in ringing.values()
    )
    causes = ["stalled", "wait", "age", "failure", "webhook", "below_pool", "at_maximum"]
    causes += ["spot_interrupted", "protection_refused"]
    assert ringing["users_affected"]["alarm_rule"] == " OR ".join(
        f"ALARM(${{aws_cloudwatch_metric_alarm.{cause}.alarm_name}})" for cause in causes
    )
    assert ringing["dead_letters_left"]["alarm_rule"] == (
        "ALARM(${aws_cloudwatch_metric_alarm.dead_letters.alarm_name}) "
        "AND NOT ALARM(${aws_cloudwatch_composite_alarm.users_affected.alarm_name})"
    )


def test_every_alarm_is_heeded_and_links_to_the_runbook(stack: Stack) -> None:
    rules = " ".join(a["alarm_rule"] for a in stack.json["resource"]["aws_cloudwatch_composite_alarm"].values())
    for name in seeing(stack):
        assert f"ALARM(${{aws_cloudwatch_metric_alarm.{name}.alarm_name}})" in rules
    for alarm in alarms(stack):
        section = alarm["alarm_name"].removesuffix(stack.suffix)
        assert alarm["alarm_description"].endswith(f" docs/runbook.md#{section}")


def test_the_runbook_has_a_section_for_each_alarm_and_none_besides(prod: Stack) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", runbook, flags=re.MULTILINE)[1:]
    written = {section.splitlines()[0]: section for section in sections if section.startswith("hospup-video-")}
    assert set(written) == {alarm["alarm_name"] for alarm in alarms(prod)}
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
    for alarm in seeing(stack).values():
        for metric in [query["metric"] for query in alarm.get("metric_query", []) if "metric" in query] or [alarm]:
            named.add((metric["namespace"], metric["metric_name"], frozenset(metric.get("dimensions") or {})))
    ours = {(METRICS_NAMESPACE, name, frozenset({"QueueName"})) for name in METRICS}
    assert named <= AWS_PUBLISHES | ours
    assert len(named & ours) > 15, "the worker's own metrics are shown"


def test_expressions_use_ids_that_their_widget_or_alarm_gives(stack: Stack) -> None:
    calculated = [widget["properties"].get("metrics", []) for widget in widgets(stack)]
    for rows in calculated:
        given = {row[-1]["id"] for row in rows if "id" in row[-1]}
        used = {name for row in rows for name in ids(row[-1].get("expression", ""))}
        assert used <= given
        for row in rows:
            assert row[-1].get("visible", True) or row[-1].get("id") in used, "a hidden row that nothing uses"
    for alarm in stack.json["resource"]["aws_cloudwatch_metric_alarm"].values():
        queries = alarm.get("metric_query", [])
        given = {query["id"] for query in queries if "metric" in query}
        assert {name for query in queries for name in ids(query.get("expression", ""))} == given


def test_saved_queries_ask_for_fields_that_workers_log(stack: Stack) -> None:
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
    assert stack.resource("aws_sns_topic.alarms") == {
        "name": f"hospup-video-alarms{stack.suffix}",
        "kms_master_key_id": "${aws_kms_key.alarms.arn}",
        "tags": {"Component": "alarms"},
    }
    key = stack.resource("aws_kms_key.alarms")
    assert (key["enable_key_rotation"], key["deletion_window_in_days"]) == (True, 7)
    assert stack.statements("aws_kms_key.alarms") == [
        {
            "Sid": "TheAccountRulesTheKey",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:${{data.aws_partition.current.partition}}:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "AlarmsAreEncrypted",
            "Effect": "Allow",
            "Principal": CLOUDWATCH,
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": OURS,
        },
    ]
    assert stack.resource("aws_kms_alias.alarms") == {
        "name": f"alias/hospup-video-alarms{stack.suffix}",
        "target_key_id": "${aws_kms_key.alarms.key_id}",
    }


def test_topic_takes_our_alarms_only_and_over_tls(stack: Stack) -> None:
    topic = "${aws_sns_topic.alarms.arn}"
    assert stack.resource("aws_sns_topic_policy.alarms")["arn"] == topic
    assert stack.statements("aws_sns_topic_policy.alarms") == [
        {
            "Sid": "OurAlarmsPublish",
            "Effect": "Allow",
            "Principal": CLOUDWATCH,
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": OURS,
        },
        {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def test_mail_is_subscribed_where_an_address_is_given(stack: Stack) -> None:
    assert stack.resource("aws_sns_topic_subscription.email") == {
        "count": '${var.alarm_email == "" ? 0 : 1}',
        "topic_arn": "${aws_sns_topic.alarms.arn}",
        "protocol": "email",
        "endpoint": "${var.alarm_email}",
    }


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
    assert len(states) == len(list(alarms(stack)))


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
