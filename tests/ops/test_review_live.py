"""`--live` counts what would be lost, in the embedded AWS."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.aws import EmbeddedAws
from tests.ops.plan_files import change, content

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_messages_and_entries_are_counted(tmp_path: Path) -> None:
    with EmbeddedAws(log=tmp_path / "aws.log") as aws:
        sqs, dynamodb = aws.client("sqs"), aws.client("dynamodb")
        url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        for number in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        sqs.receive_message(QueueUrl=url)  # one in flight is as lost as one that waits
        dynamodb.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.put_item(TableName="ledger", Item={"job_id": {"S": "1"}})
        plan = tmp_path / "plan.json"
        changes = [
            change("aws_sqs_queue.jobs", "replace", {"name": "jobs", "url": url}, {"name": "renders"}),
            change("aws_dynamodb_table.jobs", "destroy", {"name": "ledger"}, None),
        ]
        plan.write_text(json.dumps(content(changes)), encoding="utf-8")
        command = [sys.executable, "-m", "ops", "plan-review", str(plan), "--live", "--json"]
        variables = aws.environment(os.environ)
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    refused = json.loads(done.stdout)["refused"]
    assert [finding["guard"] for finding in refused] == ["data-loss", "data-loss"]
    said = {item["address"]: item["consequence"] for item in json.loads(done.stdout)["changes"]}
    assert said["aws_sqs_queue.jobs"].startswith("Replaces the queue: 3 waiting messages would be lost, and") or said[
        "aws_sqs_queue.jobs"
    ].startswith("Replaces the queue: 3 waiting messages would be lost.")


def test_an_aws_out_of_reach_is_reported(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    gone = change("aws_sqs_queue.jobs", "destroy", {"name": "jobs", "url": "http://127.0.0.1:9/1/jobs"}, None)
    plan.write_text(json.dumps(content([gone])), encoding="utf-8")
    keys = {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
    }
    variables = {**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", **keys}
    command = [sys.executable, "-m", "ops", "plan-review", str(plan), "--live"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "127.0.0.1:9" in done.stderr
