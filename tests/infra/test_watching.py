"""Logs, alarms and dashboard."""

import json
from typing import Any

from tests.infra.stack import Stack

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
SERVICE = {"ClusterName": "${aws_ecs_cluster.workers.name}", "ServiceName": "${aws_ecs_service.workers.name}"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def test_logs(stack: Stack) -> None:
    assert stack.resource("aws_cloudwatch_log_group.worker") == {
        "name": f"/ecs/hospup-ffmpeg-worker{stack.suffix}",
        "retention_in_days": "${var.log_retention_days}",
        "tags": {"Component": "logs"},
    }


def test_dead_letters_raise_an_alarm(stack: Stack) -> None:
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
        "alarm_actions": ["${aws_sns_topic.alarms.arn}"],
        "ok_actions": ["${aws_sns_topic.alarms.arn}"],
        "tags": {"Component": "alarms"},
    }


def test_too_few_workers_raise_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.below_pool")
    assert alarm.pop("alarm_description")
    assert alarm == {
        "alarm_name": f"hospup-workers-below-pool{stack.suffix}",
        "namespace": "ECS/ContainerInsights",
        "metric_name": "RunningTaskCount",
        "dimensions": SERVICE,
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 10,
        # Without an image nothing runs, and nothing is below it.
        "threshold": '${var.worker_image_tag == "" ? 0 : min(var.warm_pool_size)}',
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "missing",
        "alarm_actions": ["${aws_sns_topic.alarms.arn}"],
        "ok_actions": ["${aws_sns_topic.alarms.arn}"],
        "tags": {"Component": "pool-alarms"},
    }


def test_jobs_that_wait_for_a_full_fleet_raise_an_alarm(stack: Stack) -> None:
    alarm = stack.resource("aws_cloudwatch_metric_alarm.at_maximum")
    assert (alarm["threshold"], alarm["comparison_operator"]) == (0, "GreaterThanThreshold")
    assert alarm["evaluation_periods"] == 10
    assert alarm["alarm_actions"] == alarm["ok_actions"] == ["${aws_sns_topic.alarms.arn}"]
    calculated, desired, waiting = alarm["metric_query"]
    assert calculated["expression"] == "IF(desired >= ${var.max_workers}, waiting, 0)"
    assert calculated["return_data"] is True
    assert (desired["metric"]["metric_name"], desired["metric"]["dimensions"]) == ("DesiredTaskCount", SERVICE)
    assert waiting["metric"]["dimensions"] == {"QueueName": f"hospup-video-jobs{stack.suffix}"}


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


def test_dashboard_shows_workers_queue_load_and_dead_letters(stack: Stack) -> None:
    dashboard = stack.resource("aws_cloudwatch_dashboard.overview")
    assert dashboard["dashboard_name"] == f"HospupVideoProcessing{stack.suffix}"
    widgets: list[dict[str, Any]] = json.loads(dashboard["dashboard_body"])["widgets"]
    shown: dict[str, set[tuple[str, ...]]] = {}
    for widget in widgets:
        properties = widget["properties"]
        if widget["type"] == "metric":
            assert properties["region"] == "${data.aws_region.current.name}"
            shown[properties["title"]] = {tuple(metric[:-1]) for metric in properties["metrics"]}
    service = ("ClusterName", "${aws_ecs_cluster.workers.name}", "ServiceName", "${aws_ecs_service.workers.name}")
    queue = ("QueueName", f"hospup-video-jobs{stack.suffix}")
    visible = "ApproximateNumberOfMessagesVisible"
    assert shown == {
        "Workers": {
            ("ECS/ContainerInsights", "RunningTaskCount", *service),
            ("ECS/ContainerInsights", "DesiredTaskCount", *service),
        },
        "Queue depth": {
            ("AWS/SQS", visible, *queue),
            ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", *queue),
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", *queue),
        },
        "CPU and memory, %": {("AWS/ECS", "CPUUtilization", *service), ("AWS/ECS", "MemoryUtilization", *service)},
        "Dead-letter queue": {("AWS/SQS", visible, "QueueName", f"hospup-video-jobs-dlq{stack.suffix}")},
    }
    assert widgets[-1]["properties"]["alarms"] == ["${aws_cloudwatch_metric_alarm.dead_letters.arn}"]


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
