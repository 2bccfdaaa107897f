"""Interruptions of workers: the rule on ECS' events, its log group, and the two alarms."""

import json
import re

from tests.infra.stack import Stack

HERE = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
RULE = "aws_cloudwatch_event_rule.spot_interruptions"
GROUP = "aws_cloudwatch_log_group.spot_interruptions"

# Of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
EVENT_FIELDS = {"@timestamp", "detail.availabilityZone", "detail.startedAt", "detail.stoppedReason", "detail.taskArn"}


def test_the_rule_matches_this_services_interrupted_workers(stack: Stack) -> None:
    rule = stack.resource(RULE)
    assert rule["name"] == f"hospup-video-spot-interruptions{stack.suffix}"
    assert "event_bus_name" not in rule  # ECS sends to the default one
    cluster = f"hospup-video-processing{stack.suffix}"
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [f"arn:${{data.aws_partition.current.partition}}:ecs:{HERE}:cluster/{cluster}"],
            "group": [f"service:ffmpeg-worker-service{stack.suffix}"],
            "lastStatus": ["STOPPED"],
            "stopCode": ["SpotInterruption", "TerminationNotice"],
        },
    }


def test_only_the_rule_writes_to_its_log_group(stack: Stack) -> None:
    assert stack.resource("aws_cloudwatch_event_target.spot_interruptions") == {
        "rule": f"${{{RULE}.name}}",
        "target_id": "log",
        "arn": f"${{{GROUP}.arn}}",
    }
    assert stack.resource(GROUP)["name"].startswith("/aws/events/")
    opening, writing = stack.statements("aws_cloudwatch_log_resource_policy.spot_interruptions", "policy_document")
    assert (opening["Action"], writing["Action"]) == ("logs:CreateLogStream", "logs:PutLogEvents")
    assert opening["Resource"] == writing["Resource"] == f"${{{GROUP}.arn}}:*"
    assert opening["Principal"] == writing["Principal"]
    assert writing["Condition"] == {"ArnEquals": {"aws:SourceArn": f"${{{RULE}.arn}}"}}


def test_a_saved_query_lists_the_interruptions(stack: Stack) -> None:
    query = stack.resource("aws_cloudwatch_query_definition.spot_interruptions")
    assert query["name"] == f"hospup-video{stack.suffix}/spot-interruptions"
    assert query["log_group_names"] == [f"${{{GROUP}.name}}"]
    assert set(re.findall(r"@\w+|detail\.\w+", query["query_string"])) == EVENT_FIELDS


def test_half_of_the_fleet_interrupted_within_an_hour_is_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.spot_interrupted")
    assert (alarm["threshold"], alarm["comparison_operator"]) == (50, "GreaterThanOrEqualToThreshold")
    assert (alarm["evaluation_periods"], alarm["treat_missing_data"]) == (1, "notBreaching")
    percent, taken, running = alarm["metric_query"]
    assert percent["expression"] == "IF(taken >= 5, 100 * taken / running, 0)"
    assert [query["return_data"] for query in (percent, taken, running)] == [True, False, False]
    assert taken["metric"] == {
        "namespace": "AWS/Events",
        "metric_name": "TriggeredRules",
        "dimensions": {"RuleName": f"${{{RULE}.name}}"},
        "stat": "Sum",
        "period": 3600,
    }
    assert (running["metric"]["metric_name"], running["metric"]["stat"]) == ("RunningTaskCount", "Average")
    assert running["metric"]["period"] == 3600


def test_refusals_without_a_pause_are_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.protection_refused")
    assert alarm["metric_name"] == "ProtectionRefused"
    assert (alarm["statistic"], alarm["threshold"], alarm["comparison_operator"]) == ("Sum", 0, "GreaterThanThreshold")
    assert (alarm["period"], alarm["evaluation_periods"]) == (60, 15)
    assert alarm["treat_missing_data"] == "notBreaching"


def test_the_dashboard_shows_the_interruptions(stack: Stack) -> None:
    body = json.loads(stack.resource("aws_cloudwatch_dashboard.overview")["dashboard_body"])
    shown = {widget["properties"].get("title"): widget["properties"] for widget in body["widgets"]}
    (row,) = shown["Spot interruptions"]["metrics"]
    assert row[:4] == ["AWS/Events", "TriggeredRules", "RuleName", f"${{{RULE}.name}}"]
    assert row[4]["stat"] == "Sum"
    refused = [row for row in shown["What interrupts jobs?"]["metrics"] if row[1] == "ProtectionRefused"]
    assert len(refused) == 1
