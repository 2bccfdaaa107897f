"""`doctor`: an environment without faults, and with each fault."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.credentials import ACCOUNT, REGION
from embedded.receiver import WebhookReceiver
from ops.checks.media import check_media
from ops.checks.subject import Subject
from ops.console.output import clean
from ops.stack.context import Context
from tests.ops.conftest import Operator
from tests.ops.deployed import KEY, STATE_BUCKET, TAG, Deployed


@pytest.fixture
def patient(deployed: Deployed) -> Iterator[Deployed]:
    """The environment, restored after the test."""
    yield deployed
    deployed.unlock()
    deployed.keep_tidy()
    deployed.deploy(deployed.define(deployed.outputs["webhook_secret_arn"]))


def findings(operator: Operator, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by what was checked; of several the worst."""
    done = operator.run("doctor", "-e", "staging", "--json", **variables)
    order = ["ok", "warn", "fail"]
    found: dict[str, dict[str, Any]] = {}
    for finding in sorted(done.json["checks"], key=lambda finding: order.index(finding["level"])):
        found[finding["check"]] = finding
    return done.code, found


@pytest.mark.usefixtures("patient")
def test_good_health(operator: Operator) -> None:
    done = operator.run("doctor", "-e", "staging")
    assert done.code == 0, done.out
    assert f"warn endpoint      AWS_ENDPOINT_URL leads to {operator.aws.endpoint}" in done.out
    assert "ok   state         s3://hospup-video-terraform-state/environments/staging/" in done.out
    assert f"ok   image         {TAG}" in done.out
    assert "ok   helpers       0 parts offered" in done.out
    assert "ok   media         hospup-files-staging deletes what killed workers leave in intermediate/" in done.out
    assert "ok   network       a way out: " in done.out
    assert "0 failed" in done.out.splitlines()[-1]
    assert "\x1b" not in done.out


def test_what_a_role_lacks_is_named_by_command(operator: Operator, patient: Deployed) -> None:
    iam = patient.aws.client("iam")
    iam.create_user(UserName="marie")
    allowed = [
        "sqs:*",
        "dynamodb:*",
        "logs:*",
        "ecs:Describe*",
        "ecs:List*",
        "ecs:Get*",
        "cloudwatch:*",
        "ecr:*",
        "s3:*",
    ]
    statement = [
        {"Effect": "Allow", "Action": [*allowed, "application-autoscaling:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="marie", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="marie")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    done = operator.run("doctor", "-e", "staging", **keys)
    assert done.code == 0
    assert "user/marie" in done.out
    assert "hospup-video dlq purge will be refused" in done.out
    assert "Let marie call sqs:PurgeQueue." in done.out
    assert "Let marie call ecs:UpdateService." in done.out
    assert "hospup-video pause will be refused" in done.out
    assert "hospup-video image rollback --without-terraform will be refused" in done.out
    assert done.out.count("will be refused") == 4


def test_helpers_without_their_queue(operator: Operator, patient: Deployed) -> None:
    sqs, url = patient.aws.client("sqs"), patient.outputs["parts_queue_url"]
    sqs.delete_queue(QueueUrl=url)
    try:
        code, found = findings(operator)
    finally:
        sqs.create_queue(QueueName=url.rpartition("/")[2])
    assert (code, found["helpers"]["level"]) == (0, "warn")
    assert "hospup-video-parts-staging doesn't exist, so no idle worker helps another" in found["helpers"]["what"]


def test_a_release_that_cannot_run(operator: Operator, patient: Deployed) -> None:
    secret = patient.aws.client("secretsmanager").create_secret(Name="empty")["ARN"]
    patient.deploy(patient.define(secret, tag="gone", webhook="http://127.0.0.1:9/hook"))
    sqs, dead = patient.aws.client("sqs"), patient.outputs["dlq_url"]
    sqs.send_message(QueueUrl=dead, MessageBody="{}")
    patient.lock()
    code, found = findings(operator)
    sqs.purge_queue(QueueUrl=dead)
    assert code == 1
    assert {name: found[name]["level"] for name in ("image", "webhook", "signing key", "dead letters", "lock")} == {
        "image": "fail",
        "webhook": "fail",
        "signing key": "fail",
        "dead letters": "warn",
        "lock": "warn",
    }
    assert "image push gone" in found["image"]["remedy"]
    assert "put-secret-value --secret-id empty" in found["signing key"]["remedy"]
    assert "marie@laptop" in found["lock"]["what"]
    assert "force-unlock 8d1f" in found["lock"]["remedy"]


@pytest.mark.parametrize(
    ("reason", "expected", "words"),
    [
        ("", (1, "fail"), "there is no receiver: the backend is not notified"),
        ("Chaque job nomme le sien.", (0, "warn"), "the reason given: Chaque job nomme le sien."),
    ],
)
def test_no_receiver_is_a_failure_unless_somebody_has_written_why(
    operator: Operator, patient: Deployed, reason: str, expected: tuple[int, str], words: str
) -> None:
    patient.deploy(patient.define(patient.outputs["webhook_secret_arn"], reason=reason))
    code, found = findings(operator)
    assert (code, found["webhook"]["level"]) == expected
    assert words in found["webhook"]["what"]
    assert "hospup-video webhook resend" in found["webhook"]["remedy"]


def test_nothing_released_and_unsigned(operator: Operator, patient: Deployed, tmp_path: Path) -> None:
    with WebhookReceiver(record=tmp_path / "r.jsonl", log=tmp_path / "r.log") as receiver:
        patient.deploy(patient.define("", tag="none-yet", webhook=receiver.url))
        code, found = findings(operator)
    assert code == 0
    assert found["webhook"]["level"] == "ok"
    assert "none is released yet" in found["image"]["what"]
    assert "unsigned" in found["signing key"]["what"]


def test_no_way_out_and_too_small_a_quota(operator: Operator, patient: Deployed) -> None:
    ec2, scaling = patient.aws.client("ec2"), patient.aws.client("application-autoscaling")
    table = patient.main_routes()
    (route,) = [route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"]
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{patient.outputs['cluster_name']}/{patient.outputs['service_name']}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    scaling.register_scalable_target(**target, MinCapacity=10, MaxCapacity=50)
    try:
        code, found = findings(operator)
    finally:
        scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=3)
        ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=route["GatewayId"]
        )
    assert code == 1
    assert (
        "no way to the internet, and no endpoint of dynamodb, ecr.api, ecr.dkr, ecs, logs" in found["network"]["what"]
    )
    assert found["quotas"]["what"] == "Fargate Spot allows 6 vCPUs, and the pool needs 18"
    assert "--quota-code L-36FBB829 --desired-value 196" in found["quotas"]["remedy"]


@pytest.mark.usefixtures("patient")
def test_tools_that_are_missing(operator: Operator, tmp_path: Path) -> None:
    old = tmp_path / "terraform"
    old.write_text('#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n', encoding="utf-8")
    old.chmod(0o755)
    code, found = findings(operator, PATH=str(tmp_path))
    assert code == 0
    assert found["terraform"]["what"] == "1.9.8 is too old: deployments need 1.10 or newer"
    assert "is not installed" in found["node"]["what"]
    assert found["engine"]["level"] == "warn"


@pytest.mark.usefixtures("deployed")
def test_nothing_deployed(operator: Operator) -> None:
    done = operator.run("doctor", "-e", "prod", "--json")
    assert done.code == 1
    (bad,) = [finding for finding in done.json["checks"] if finding["level"] == "fail"]
    assert "nothing is deployed as environment prod" in bad["what"]
    assert bad["remedy"].startswith("Run make deploy ENV=prod")
    assert {finding["check"] for finding in done.json["checks"]} & {"image", "network"} == set()


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[]", b'{"terraform_version": "1.11.4", "outputs": {}, "resources": [1]}']
)
def test_a_damaged_state_is_not_deployed_over(operator: Operator, patient: Deployed, body: bytes) -> None:
    s3 = patient.aws.client("s3")
    s3.put_object(Bucket=STATE_BUCKET, Key=KEY, Body=body)
    try:
        code, found = findings(operator)
        asked = operator.run("queue", "-e", "staging")
    finally:
        patient.keep_state()
    assert (code, found["state"]["level"]) == (1, "fail")
    assert "nothing is deployed" not in found["state"]["what"]
    assert found["state"]["remedy"].startswith("Deploy nothing over a damaged state")
    assert f"--bucket {STATE_BUCKET} --prefix {KEY}" in found["state"]["remedy"]
    assert (asked.code, asked.out) == (2, "")
    assert found["state"]["what"] in asked.err


def test_a_destroyed_environment(operator: Operator, patient: Deployed) -> None:
    body = json.dumps({"terraform_version": "1.11.4", "outputs": {}, "resources": []})
    patient.aws.client("s3").put_object(Bucket=STATE_BUCKET, Key=KEY, Body=body)
    try:
        _, found = findings(operator)
    finally:
        patient.keep_state()
    assert "nothing is deployed as environment staging" in found["state"]["what"]


def test_jobs_that_wait_where_no_worker_is_wanted(operator: Operator, patient: Deployed) -> None:
    sqs, queue = patient.aws.client("sqs"), patient.outputs["queue_url"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    patient.aws.client("ecs").update_service(
        cluster=patient.outputs["cluster_name"], service=patient.outputs["service_name"], desiredCount=0
    )
    try:
        code, found = findings(operator)
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert code == 1
    assert found["queue"]["what"] == "1 waiting, and no worker runs"
    assert found["workers"]["what"].startswith("No worker is wanted, though the pool is 2")


@pytest.fixture
def ringing(patient: Deployed) -> Iterator[None]:
    """The environment, with an alarm that rings, one that scales, one of others, and a composite one that notifies."""
    cloudwatch = patient.aws.client("cloudwatch")
    scaling = [f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1"]
    queue = patient.outputs["queue_url"].rpartition("/")[2]
    page = "https://example.org/runbook.md#hospup-video-jobs-wait"
    for name, dimension, actions in (("wait", queue, []), ("up", queue, scaling), ("others", "another-queue", [])):
        dimensions: Any = [{"Name": "QueueName", "Value": dimension}]
        datum: Any = {"MetricName": name, "Dimensions": dimensions, "Value": 2.0}
        cloudwatch.put_metric_data(Namespace="HospupVideo", MetricData=[datum])
        cloudwatch.put_metric_alarm(
            AlarmName=f"staging-{name}",
            AlarmDescription=f"One user in twenty [bold]waits. {page}" if name == "wait" else "",
            Namespace="HospupVideo",
            MetricName=name,
            Dimensions=dimensions,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching",
            AlarmActions=actions,
        )
    topic = patient.aws.client("sns").create_topic(Name="alarms")["TopicArn"]
    cloudwatch.put_composite_alarm(
        AlarmName="staging-users", AlarmRule="ALARM(staging-wait)", AlarmActions=[topic], AlarmDescription="Users wait."
    )
    yield
    cloudwatch.delete_alarms(AlarmNames=["staging-users"])
    cloudwatch.delete_alarms(AlarmNames=["staging-wait", "staging-up", "staging-others"])


@pytest.mark.usefixtures("ringing")
def test_what_rings_and_where_the_runbook_says_what_to_do(operator: Operator) -> None:
    done = operator.run("alarms", "-e", "staging")
    assert done.code == 1
    first, *_, last = done.out.splitlines()
    assert first.startswith("staging-users  rings for ")
    assert first.endswith(", notifies")
    assert "staging-wait  rings for " in done.out
    assert "  One user in twenty [bold]waits.\n  https://example.org/runbook.md#hospup-video-jobs-wait\n" in done.out
    assert last == "2 of 2 alarms in ALARM"
    every = operator.run("alarms", "-e", "staging", "--all", "--json").json["alarms"]
    assert {alarm["name"]: alarm["rings"] for alarm in every} == {
        "staging-users": True,
        "staging-wait": True,
        "staging-up": False,
    }
    done = operator.run("doctor", "-e", "staging", "--json")
    found = {
        finding["what"].partition(" ")[0]: finding for finding in done.json["checks"] if finding["check"] == "alarms"
    }
    assert {name: finding["level"] for name, finding in found.items()} == {
        "staging-users": "fail",
        "staging-wait": "warn",
    }
    assert found["staging-wait"]["remedy"].endswith("#hospup-video-jobs-wait")


def test_a_length_of_time_is_checked_though_nothing_waits(operator: Operator) -> None:
    done = operator.run("doctor", "--timeout", "5x")
    assert (done.code, done.out) == (2, "")
    assert "--timeout 5x is no length of time" in done.err


def test_no_credentials(operator: Operator) -> None:
    done = operator.run("doctor", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.code == 1
    assert "fail credentials" in done.out
    assert "There are no AWS credentials" in done.out


def test_an_outputs_file_stands_in_for_the_state(operator: Operator, patient: Deployed, tmp_path: Path) -> None:
    body = patient.aws.client("s3").get_object(Bucket=STATE_BUCKET, Key=KEY)["Body"].read()
    (tmp_path / "outputs.json").write_text(json.dumps(json.loads(body)["outputs"]), encoding="utf-8")
    done = operator.run("doctor", "--outputs", str(tmp_path / "outputs.json"), "--json")
    assert done.code == 0
    assert {"image", "network"} <= {finding["check"] for finding in done.json["checks"]}
    assert "state" not in {finding["check"] for finding in done.json["checks"]}


@pytest.fixture
def subject(patient: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """The environment, for a check in this process."""
    for name, value in patient.aws.environment({}).items():
        monkeypatch.setenv(name, value)
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({name: {"value": value} for name, value in patient.outputs.items()}))
    return Subject(Context(outputs_file=outputs))


OTHERS = {"ID": "theirs", "Filter": {"Prefix": "tmp  files/"}, "Expiration": {"Days": 3}}
ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
EXPIRE = {"Expiration": {"Days": 1}}


@pytest.mark.parametrize(
    ("rules", "versioning", "missing"),
    [
        ([OTHERS], "", "Expiration, AbortIncompleteMultipartUpload"),
        ([OTHERS, {"ID": "all", "Filter": {}, **ABORT}], "", "Expiration"),
        ([{"ID": "tagged", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, **EXPIRE, **ABORT}], "", "Expiration"),
        ([{"ID": "off", "Status": "Disabled", "Filter": {"Prefix": ""}, **EXPIRE, **ABORT}], "", "Expiration"),
        ([{"ID": "old", "Prefix": "inter", **EXPIRE, **ABORT}], "Suspended", "NoncurrentVersionExpiration"),
    ],
)
def test_a_bucket_that_keeps_leftovers_is_mended_by_the_remedy(
    subject: Subject, patient: Deployed, rules: list[dict[str, Any]], versioning: str, missing: str
) -> None:
    s3, bucket = patient.aws.client("s3"), patient.outputs["media_bucket"]
    patient.keep_tidy(*rules)
    if versioning:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
    (found,) = check_media(subject)
    assert found.level == "warn"
    assert f"no lifecycle rule there has {missing}" in found.what
    command = shlex.split(clean(found.remedy).partition(": ")[2])
    assert command[:5] == ["aws", "s3api", "put-bucket-lifecycle-configuration", "--bucket", bucket]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=json.loads(command[-1]))
    made = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["ID"] for rule in made] == [*(rule["ID"] for rule in rules), "hospup-intermediate-uploads"]
    assert made[0].get("Filter", {}) == rules[0].get("Filter", {})
    (mended,) = check_media(subject)
    assert mended.level == "ok"


def test_a_bucket_without_rules(subject: Subject, patient: Deployed) -> None:
    patient.aws.client("s3").delete_bucket_lifecycle(Bucket=patient.outputs["media_bucket"])
    (found,) = check_media(subject)
    assert found.level == "warn"
