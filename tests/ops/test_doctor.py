"""`doctor`: an environment in good health, and each way it can be ill."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.receiver import WebhookReceiver
from tests.ops.conftest import Operator
from tests.ops.deployed import KEY, STATE_BUCKET, TAG, Deployed


@pytest.fixture
def patient(deployed: Deployed) -> Iterator[Deployed]:
    """The environment, mended after the test."""
    yield deployed
    deployed.unlock()
    deployed.deploy(deployed.define(deployed.outputs["webhook_secret_arn"]))


def findings(operator: Operator, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by what was looked at; the worst of several."""
    done = operator.run("doctor", "-e", "staging", "--json", **variables)
    order = ["ok", "warn", "fail"]
    found: dict[str, dict[str, Any]] = {}
    for finding in sorted(done.json, key=lambda finding: order.index(finding["level"])):
        found[finding["check"]] = finding
    return done.code, found


@pytest.mark.usefixtures("patient")
def test_good_health(operator: Operator) -> None:
    done = operator.run("doctor", "-e", "staging")
    assert done.code == 0, done.out
    assert f"warn endpoint      AWS_ENDPOINT_URL leads to {operator.aws.endpoint}" in done.out
    assert "ok   state         s3://hospup-video-terraform-state/environments/staging/" in done.out
    assert f"ok   image         {TAG}" in done.out
    assert "ok   network       each of " in done.out
    assert "0 failed" in done.out.splitlines()[-1]
    assert "\x1b" not in done.out


def test_what_a_role_lacks_is_named_by_command(operator: Operator, patient: Deployed) -> None:
    iam = patient.aws.client("iam")
    iam.create_user(UserName="marie")
    allowed = ["sqs:*", "dynamodb:*", "logs:*", "ecs:Describe*", "ecs:List*", "ecs:Get*", "cloudwatch:*", "ecr:*"]
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
    assert done.out.count("will be refused") == 2


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
    assert "no way to the internet, and no endpoint of dynamodb, ecr.api" in found["network"]["what"]
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
    (bad,) = [finding for finding in done.json if finding["level"] == "fail"]
    assert "nothing is deployed as environment prod" in bad["what"]
    assert bad["remedy"].startswith("Run make deploy ENV=prod")
    assert {finding["check"] for finding in done.json} & {"image", "network"} == set()


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
    assert {"image", "network"} <= {finding["check"] for finding in done.json}
    assert "state" not in {finding["check"] for finding in done.json}
