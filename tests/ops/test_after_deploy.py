"""`doctor --after-deploy`: the self-test, with a real worker in the embedded AWS."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.credentials import REGION
from embedded.proxy import Call, Fault, FaultProxy, refuse
from embedded.workers import WorkerProcess
from tests.ops.conftest import ROOT, Ran, Site
from tests.waiting import eventually


@dataclass
class Environment:
    """A site with a bucket, a log group and alarms, and ways to run its self-test."""

    site: Site
    start_worker: Callable[..., WorkerProcess]

    @property
    def name(self) -> str:
        return self.site.table

    def run(self, *arguments: str, timeout: str = "50s", **variables: str) -> Ran:
        return self.site.run("doctor", "--after-deploy", "--timeout", timeout, *arguments, **variables)

    def objects(self) -> list[str]:
        listed = self.site.aws.client("s3").list_objects_v2(Bucket=self.name).get("Contents", [])
        return [item["Key"] for item in listed]

    def entries(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.site.aws.client("dynamodb").scan(TableName=self.name)["Items"]
        return items

    def waiting(self) -> int:
        names = ["ApproximateNumberOfMessages"]
        answer = self.site.aws.client("sqs").get_queue_attributes(QueueUrl=self.site.queue_url, AttributeNames=names)
        return int(answer["Attributes"][names[0]])

    def set_alarm(self, alarm: str, state: str) -> None:
        put_alarm(self.site, alarm, state)


MISSING = {"OK": "notBreaching", "ALARM": "breaching", "INSUFFICIENT_DATA": "missing"}
"""How an alarm treats missing data, by the state that it is to keep."""


def put_alarm(site: Site, alarm: str, state: str) -> None:
    """Put an alarm that is, and stays, in a state: `scale` scales, `not-ours` is another queue's."""
    cloudwatch = site.aws.client("cloudwatch")
    queue = "another-queue" if alarm == "not-ours" else site.table
    dimensions = [{"Name": "QueueName", "Value": queue}]
    scaling = [f"arn:aws:autoscaling:{REGION}:123456789012:scalingPolicy:1"]
    metric = f"{alarm} {state}"
    if state != "INSUFFICIENT_DATA":
        value = 2.0 if state == "ALARM" else 0.0
        datum = {"MetricName": metric, "Dimensions": dimensions, "Value": value}
        cloudwatch.put_metric_data(Namespace="HospupVideo", MetricData=[datum])
    cloudwatch.put_metric_alarm(
        AlarmName=f"{site.table}-{alarm}",
        Namespace="HospupVideo",
        MetricName=metric,
        Dimensions=dimensions,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=MISSING[state],
        AlarmActions=scaling if alarm == "scale" else [],
    )


def put_alarms(site: Site) -> None:
    """An alarm, one that scales, a composite one, and another environment's, which rings."""
    for alarm, state in (("watch", "OK"), ("scale", "OK"), ("not-ours", "ALARM")):
        put_alarm(site, alarm, state)
    name = site.table
    site.aws.client("cloudwatch").put_composite_alarm(AlarmName=f"{name}-all", AlarmRule=f"ALARM({name}-watch)")


@pytest.fixture
def environment(site: Site, tmp_path: Path) -> Iterator[Environment]:
    aws, name = site.aws, site.table
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.client("logs").create_log_group(logGroupName=name)
    put_alarms(site)
    site.variables |= {"MEDIA_BUCKET": name, "HOSPUP_LOG_GROUP_NAME": name}
    workers: list[WorkerProcess] = []

    def start(**more: str) -> WorkerProcess:
        variables = {"SQS_QUEUE_URL": site.queue_url, "MEDIA_BUCKET": name, "JOBS_TABLE": name}
        variables |= {"AWS_DEFAULT_REGION": REGION, "WEBHOOK_URL": "http://127.0.0.1:9/nobody"} | more
        workers.append(WorkerProcess(aws, variables, tmp_path / "worker.log", log_group=name))
        return workers[-1]

    yield Environment(site, start)
    for worker in workers:
        worker.stop()


def levels(report: Any) -> dict[str, str]:
    return {step["step"]: step["level"] for step in report["steps"]}


def said(report: Any, step: str) -> str:
    (found,) = [each for each in report["steps"] if each["step"] == step]
    return f"{found['what']}. {found['remedy']}"


def test_an_environment_that_works(environment: Environment) -> None:
    name = environment.name
    environment.start_worker()
    environment.set_alarm("scale", "ALARM")
    environment.set_alarm("watch", "INSUFFICIENT_DATA")
    done = environment.run("--json")
    report = done.json
    assert done.code == 0, report
    steps = ["upload", "send", "taken", "rendered", "ledger", "bucket", "log", "metric", "alarms", "fill"]
    assert levels(report) == dict.fromkeys(steps, "ok")
    assert all(step["seconds"] >= 0 for step in report["steps"])
    assert said(report, "ledger").startswith("COMPLETE at the first try, no webhook")
    assert said(report, "metric").startswith(f"HospupVideo JobsCompleted, QueueName {name}: 1")
    assert said(report, "alarms").startswith(f"none in ALARM (2 watch, 1 scale); without data so far: {name}-watch")
    assert "FILL(never, 0): no data" in said(report, "fill")
    assert "says nothing of AWS" in said(report, "fill")
    assert (report["remains"], environment.objects(), environment.entries()) == ([], [], [])


def test_no_worker(environment: Environment) -> None:
    done = environment.run("--json", timeout="1s")
    assert done.code == 1
    assert levels(done.json) == {"upload": "ok", "send": "ok", "taken": "fail", "alarms": "ok", "fill": "ok"}
    assert "no worker took the job within 1 s" in said(done.json, "taken")
    assert "hospup-video workers says which run" in said(done.json, "taken")
    assert environment.objects() == []
    (remains,) = done.json["remains"]
    assert "a worker ends it as failed, since its clip is gone" in remains
    environment.start_worker()
    eventually(lambda: sorted(entry["status"]["S"] for entry in environment.entries()) == ["ERROR", "USAGE"])
    assert environment.objects() == []


def test_a_worker_that_fails_the_job(environment: Environment) -> None:
    environment.start_worker(MEDIA_BUCKET="another-bucket")
    done = environment.run()
    assert done.code == 1
    assert "fail rendered " in done.out
    assert "the job failed, MEDIA_FORBIDDEN: The worker may not read the bucket" in done.out
    assert "hospup-video logs --job self-test-" in done.out
    assert "The self-test failed: 6 steps in " in done.out
    assert "What it made is removed" in done.out
    assert (environment.objects(), environment.entries()) == ([], [])


def test_a_bucket_that_refuses(environment: Environment) -> None:
    with FaultProxy(environment.site.aws.endpoint, lambda _: refuse(403, "AccessDenied")) as proxy:
        done = environment.run("--json", AWS_ENDPOINT_URL_S3=proxy.endpoint)
    assert done.code == 3
    assert levels(done.json) == {"upload": "fail", "alarms": "ok", "fill": "ok"}
    assert "PutObject was refused: you may not" in said(done.json, "upload")
    assert (done.json["remains"], environment.waiting()) == ([], 0)


def test_an_alarm_that_rings_and_what_cannot_be_removed(environment: Environment) -> None:
    environment.start_worker()
    environment.set_alarm("watch", "ALARM")

    def plan(call: Call) -> Fault | None:
        return refuse(403, "AccessDenied") if call.operation in {"DeleteObject", "DeleteItem"} else None

    with FaultProxy(environment.site.aws.endpoint, plan) as proxy:
        services = {f"AWS_ENDPOINT_URL_{service}": proxy.endpoint for service in ("S3", "DYNAMODB")}
        done = environment.run(**services)
    assert done.code == 1, done.out
    assert f"in ALARM: {environment.name}-all, {environment.name}-watch" in done.out
    left = [line for line in done.err.splitlines() if line.startswith("Not removed: ")]
    assert len(left) == len(environment.objects()) + len(environment.entries()) == 6
    assert "which DynamoDB deletes within 30 days" in left[-2]
    assert "usage/self-test/" in left[-1]


def test_ctrl_c_removes_what_was_made(environment: Environment) -> None:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would inherit "ignored"
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "doctor", "--after-deploy"],
        cwd=ROOT,
        env=environment.site.aws.environment(inherited) | environment.site.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    eventually(lambda: environment.waiting() == 1)
    assert len(environment.objects()) == 1
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err
    assert "stopped by hand" in out
    assert "Not removed: The job self-test-" in err
    assert "Traceback" not in err
    assert environment.objects() == []
