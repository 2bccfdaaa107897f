"""Start, clients, environment, log and stop of the embedded AWS."""

import contextlib
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from embedded import EmbeddedAws, credentials
from embedded.process import REPOSITORY
from tests.waiting import eventually


def test_it_answers_on_the_loopback_address(aws: EmbeddedAws) -> None:
    assert aws.endpoint.startswith("http://127.0.0.1:")
    assert aws.client("sts").get_caller_identity()["Account"] == credentials.ACCOUNT


def test_two_of_them_share_nothing(aws: EmbeddedAws, tmp_path: Path) -> None:
    with EmbeddedAws(log=tmp_path / "aws.log") as other:
        assert other.endpoint != aws.endpoint
        other.client("sqs").create_queue(QueueName="only-here")
        assert other.resources_left() == {"queues": ["only-here"]}
        assert "only-here" not in aws.resources_left().get("queues", [])


def test_it_stops_by_itself_even_during_a_long_poll_and_answers_no_more(tmp_path: Path) -> None:
    aws = EmbeddedAws(log=tmp_path / "aws.log").start()
    endpoint, sqs = aws.endpoint, aws.client("sqs")
    url = sqs.create_queue(QueueName="polled")["QueueUrl"]

    def poll() -> None:
        with contextlib.suppress(BotoCoreError):
            sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    idle = threads(aws)  # a thread per connection, and those of the two requests so far may not have ended yet
    for _ in range(5):
        threading.Thread(target=poll, daemon=True).start()
    eventually(lambda: threads(aws) > idle)
    server = aws._process._process
    assert server is not None
    aws._process.stop(grace=60)
    assert server.returncode == 0, "it was killed"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(endpoint, timeout=2)  # noqa: S310 - our own address
    aws.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = aws.endpoint


def threads(aws: EmbeddedAws) -> int:
    return len(list(Path(f"/proc/{aws.pid}/task").iterdir()))


def test_the_environment_is_enough_for_an_sdk_in_another_process(aws: EmbeddedAws) -> None:
    script = "import boto3; c = boto3.client('sts'); print(c.get_caller_identity()['Account'], c.meta.region_name)"
    hostile = {
        **os.environ,
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_STS": "https://x",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=aws.environment(hostile), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [credentials.ACCOUNT, credentials.REGION]


def test_the_environment_alone_holds_only_what_is_needed(aws: EmbeddedAws) -> None:
    variables = aws.environment()
    assert variables["AWS_ENDPOINT_URL"] == aws.endpoint
    assert all(name.startswith("AWS_") or name.lower() == "no_proxy" for name in variables)


def test_loopback_is_never_proxied_and_other_exceptions_stay() -> None:
    assert (
        credentials.environment("http://127.0.0.1:1", {"NO_PROXY": "corp.example"})["NO_PROXY"]
        == "corp.example,127.0.0.1"
    )


def test_s3_addresses_buckets_by_path_without_being_told(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    location = {"LocationConstraint": credentials.REGION}
    s3.create_bucket(Bucket="by-path", CreateBucketConfiguration=location)
    s3.put_object(Bucket="by-path", Key="clé à.MOV", Body=b"pixels")
    assert s3.get_object(Bucket="by-path", Key="clé à.MOV")["Body"].read() == b"pixels"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "by-path", "Key": "clé à.MOV"})
    assert url.startswith(f"{aws.endpoint}/by-path/")
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own address
        assert answer.read() == b"pixels"


def test_the_log_names_the_operations(aws: EmbeddedAws) -> None:
    aws.client("dynamodb").list_tables()
    assert "dynamodb ListTables" in aws.log.read_text(encoding="utf-8")


def test_the_command_line_says_how_to_use_it_and_ends_with_sigterm() -> None:
    process = subprocess.Popen([sys.executable, "-m", "embedded"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Ready at http://127.0.0.1:")
        assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in line
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
