"""Saved queries are stored, and metrics in log lines are extracted."""

import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

from embedded.aws import EmbeddedAws
from embedded.process import REPOSITORY


def test_a_saved_query_is_kept_changed_and_deleted(aws: EmbeddedAws) -> None:
    logs = aws.client("logs")
    query = {"name": "folder/errors", "queryString": "fields @message", "logGroupNames": ["/ecs/worker"]}
    identity = logs.put_query_definition(**query)["queryDefinitionId"]
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
    assert {key: found[key] for key in query} == query
    assert found["queryDefinitionId"] == identity
    logs.put_query_definition(**query | {"queryString": "fields @timestamp"}, queryDefinitionId=identity)
    (changed,) = logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
    assert changed["queryString"] == "fields @timestamp"
    assert not logs.describe_query_definitions(queryDefinitionNamePrefix="another")["queryDefinitions"]
    assert logs.delete_query_definition(queryDefinitionId=identity)["success"]
    assert not logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]


def test_lines_of_a_worker_are_shipped_and_their_metrics_extracted(aws: EmbeddedAws, tmp_path: Path) -> None:
    directive = {
        "Namespace": "HospupVideo",
        "Dimensions": [["QueueName"]],
        "Metrics": [{"Name": "JobsCompleted", "Unit": "Count"}, {"Name": "PeakJobs", "Unit": "Count"}],
    }
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    metrics = {"_aws": about, "QueueName": "shipped", "JobsCompleted": 1, "PeakJobs": 4}
    line = json.dumps(metrics)
    lines = f'starting\n{line}\n{{"_aws": 1}}\n\n{{\n{line}\n'
    aws.client("logs").create_log_group(logGroupName="shipped")
    command = [sys.executable, "-m", "embedded.awslogs", "shipped", "one", str(tmp_path / "worker.log")]
    subprocess.run(command, input=lines, text=True, env=aws.environment(), cwd=REPOSITORY, check=True)
    assert (tmp_path / "worker.log").read_text(encoding="utf-8") == lines
    events = aws.client("logs").filter_log_events(logGroupName="shipped")["events"]
    assert [event["message"] for event in events] == [line for line in lines.splitlines() if line]
    now = datetime.datetime.now(datetime.UTC)
    minute = datetime.timedelta(minutes=1)
    for name, total in (("JobsCompleted", 2), ("PeakJobs", 8)):
        (point,) = aws.client("cloudwatch").get_metric_statistics(
            Namespace="HospupVideo",
            MetricName=name,
            Dimensions=[{"Name": "QueueName", "Value": "shipped"}],
            StartTime=now - 5 * minute,
            EndTime=now + minute,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        assert point["Sum"] == total
