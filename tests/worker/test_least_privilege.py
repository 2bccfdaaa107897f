"""A worker with the task role's credentials alone, in an AWS that enforces them; and its policy, call by call."""

import fnmatch
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import imageio_ffmpeg
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from embedded.aws import EmbeddedAws
from embedded.ecs_agent import EcsAgent
from embedded.proxy import Call, Fault, FaultProxy, refuse
from embedded.receiver import WebhookReceiver, ends
from embedded.workers import WorkerProcess
from tests.infra.stack import ROOT, Stack, read
from tests.ledger_table import create_ledger
from tests.waiting import eventually
from worker.aws.ledger import Ledger
from worker.job import MessageBody, peek_identity

PERMISSIONS = {
    "s3:HeadObject": ["s3:GetObject"],
    "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
    "s3:CreateMultipartUpload": ["s3:PutObject"],
    "s3:UploadPart": ["s3:PutObject"],
    "s3:CompleteMultipartUpload": ["s3:PutObject"],
    "s3:DeleteObjects": ["s3:DeleteObject"],
}
"""What a call needs, where that isn't the permission of its own name.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

BY_THE_AGENT = {"ecs:UpdateTaskProtection"}
"""Called by ECS' agent in the task role's name, when the worker asks it to.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html"""

BUCKET, QUEUE, DEAD_LETTERS, TABLE = "hospup-files-dev", "jobs-dev", "jobs-dlq-dev", "jobs-dev"
PARTS = "parts-dev"
ARNS = {
    "data.aws_partition.current.partition": "aws",
    "data.aws_caller_identity.current.account_id": "123456789012",
    "data.aws_region.current.name": "eu-west-1",
    "aws_sqs_queue.jobs.arn": f"arn:aws:sqs:eu-west-1:123456789012:{QUEUE}",
    "aws_sqs_queue.dead_letters.arn": f"arn:aws:sqs:eu-west-1:123456789012:{DEAD_LETTERS}",
    "aws_sqs_queue.parts.arn": f"arn:aws:sqs:eu-west-1:123456789012:{PARTS}",
    "aws_s3_bucket.media.arn": f"arn:aws:s3:::{BUCKET}",
    "aws_dynamodb_table.jobs.arn": f"arn:aws:dynamodb:eu-west-1:123456789012:table/{TABLE}",
}
"""What Terraform would put in place of the references."""


@dataclass(frozen=True)
class Guarded:
    """An AWS that enforces its policies, seen as its administrator (`admin`) and as the task role (`role`)."""

    folder: Path
    admin: boto3.Session
    role: dict[str, str]
    proxy: FaultProxy
    receiver: WebhookReceiver
    policy: list[dict[str, Any]]
    agent: EcsAgent

    def client(self, service: str, *, as_role: bool = False) -> Any:
        session = boto3.Session(**self.role, region_name="eu-west-1") if as_role else self.admin  # type: ignore[arg-type]
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.aws_endpoint, config=config)  # type: ignore[call-overload]

    @property
    def aws_endpoint(self) -> str:
        """Past the proxy: what tests ask is no call of the worker's."""
        return self.proxy.target

    def url(self, queue: str) -> str:
        return f"{self.aws_endpoint}/123456789012/{queue}"

    def send(self, message: dict[str, Any] | str, queue: str = QUEUE) -> None:
        body = message if isinstance(message, str) else json.dumps(message)
        self.client("sqs").send_message(QueueUrl=self.url(queue), MessageBody=body)

    def final(self, job_id: str) -> dict[str, Any]:
        body: dict[str, Any] = self.receiver.wait_for(ends(job_id), 240).json()
        return body


def job(job_id: str, key: str, seconds: float = 0.7) -> dict[str, Any]:
    return {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": "7",
        "output": {"fps": 24, "quality": "draft"},
        "clips": [{"source": f"s3://{BUCKET}/videos/{key}", "duration": seconds}],
    }


def statements(stack: Stack) -> list[dict[str, Any]]:
    """The task role's policy, as it will stand in AWS."""
    text = json.dumps(stack.statements("aws_iam_role_policy.task"))
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{([^}]+)\}", lambda match: ARNS[match[1]], text))
    return found


def make_resources(aws: EmbeddedAws, clip: Path) -> None:
    sqs, s3 = aws.client("sqs"), aws.client("s3")
    sqs.create_queue(QueueName=DEAD_LETTERS)
    sqs.create_queue(QueueName=PARTS)
    redrive = json.dumps({"deadLetterTargetArn": ARNS["aws_sqs_queue.dead_letters.arn"], "maxReceiveCount": 3})
    sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": redrive})
    for bucket in (BUCKET, "somebody-elses"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.upload_file(str(clip), bucket, "videos/clip.mp4")
    create_ledger(aws.client("dynamodb"), TABLE)


def make_identities(aws: EmbeddedAws, policy: list[dict[str, Any]]) -> tuple[boto3.Session, dict[str, str]]:
    """An administrator's session, and the task role's credentials."""
    iam = aws.client("iam")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.create_user(UserName="admin")
    iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="admin")["AccessKey"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
        ],
    }
    arn = iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    iam.put_role_policy(RoleName="task", PolicyName="task", PolicyDocument=document)
    given = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="worker")["Credentials"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="eu-west-1")
    return session, {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    environment = os.environ | {"ENV": "dev", "CDKTF_OUTDIR": str(folder / "out")}
    subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=environment, check=True)
    policy = statements(read("dev", folder / "out"))
    noise = folder / "noise.mp4"
    source = "nullsrc=size=1080x1920:rate=30:duration=1,noise=alls=100:allf=t"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-preset", "ultrafast", "-crf", "1", "-pix_fmt", "yuv420p", str(noise)], check=True)

    def plan(call: Call) -> Fault | None:
        # One upload in parts that fails for good, so that it has to be given up.
        is_first = call.operation == "UploadPart" and call.number == 1
        return refuse(403, "AccessDenied") if is_first else None

    with ExitStack() as stack:
        aws = stack.enter_context(EmbeddedAws(log=folder / "aws.log"))
        receiver = WebhookReceiver(record=folder / "webhooks.jsonl", log=folder / "receiver.log")
        stack.enter_context(receiver)
        make_resources(aws, clip)
        aws.client("s3").upload_file(str(noise), BUCKET, "videos/noise.mp4")
        admin, role = make_identities(aws, policy)
        proxy = stack.enter_context(FaultProxy(aws.endpoint, plan))
        # https://docs.getmoto.org/en/latest/docs/iam.html
        urllib3.request("POST", f"{aws.endpoint}/moto-api/reset-auth", body=b"0")
        agent = stack.enter_context(EcsAgent())
        environment = {
            "SQS_QUEUE_URL": f"{proxy.endpoint}/123456789012/{QUEUE}",
            "PARTS_QUEUE_URL": f"{proxy.endpoint}/123456789012/{PARTS}",
            "MEDIA_BUCKET": BUCKET,
            "JOBS_TABLE": TABLE,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "WEBHOOK_URL": receiver.url,
            "AWS_ENDPOINT_URL": proxy.endpoint,
            "ECS_AGENT_URI": agent.uri("task"),
            **{name.upper(): value for name, value in role.items()},
        }
        for number in range(2):  # one helps the other
            log = folder / f"worker-{number}.log"
            stack.enter_context(WorkerProcess(aws, environment, log, module="tests.chaos.quick_worker"))
        yield Guarded(folder, admin, role, proxy, receiver, policy, agent)


def abandon(guarded: Guarded, message: dict[str, Any]) -> None:
    """A job that a worker claimed and left, and whose message SQS moved to the dead-letter queue."""
    body = MessageBody(json.dumps(message))
    identity = peek_identity(body, {})
    assert identity is not None
    killed = Ledger(guarded.client("dynamodb"), TABLE, owner="killed", lease_seconds=0)
    killed.claim(identity, body.fingerprint(), message_id="moved", receives=3)
    guarded.send(message, DEAD_LETTERS)


@pytest.fixture(scope="module")
def worked(guarded: Guarded) -> Guarded:
    """Everything that a worker ever does has been done."""
    large = job("large", "noise.mp4")
    large["clips"] *= 8  # more than 8 MB, which are uploaded in parts
    guarded.send(large)
    assert guarded.final("large")["status"] == "COMPLETE"
    guarded.send(large)
    guarded.send("{")
    guarded.send(job("gone", "gone.mp4"))
    # Without s3:ListBucket, S3 tells no difference; the embedded one does.
    assert guarded.final("gone")["error_code"] in {"MEDIA_FORBIDDEN", "MEDIA_MISSING"}
    abandon(guarded, job("abandoned", "clip.mp4"))
    assert guarded.final("abandoned")["error_code"] == "RENDER_FAILED"
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs = guarded.client("sqs")

    def is_drained() -> bool:
        attributes = sqs.get_queue_attributes(QueueUrl=guarded.url(QUEUE), AttributeNames=names)["Attributes"]
        return all(int(attributes[name]) == 0 for name in names)

    eventually(is_drained)
    return guarded


def test_the_role_suffices(worked: Guarded) -> None:
    refused = [call for call in worked.proxy.calls if call.status == 403 and not call.resource.endswith("gone.mp4")]
    assert refused == []
    aborted = worked.proxy.called("AbortMultipartUpload")
    assert len(aborted) == 1


def needed(call: Call) -> list[tuple[str, str]]:
    """Permission and resource for each thing that a call does."""
    name = f"{call.service}:{call.operation}"
    arn = {
        "sqs": f"arn:aws:sqs:eu-west-1:123456789012:{call.resource}",
        "s3": f"arn:aws:s3:::{call.resource}" + ("/intermediate/x" if call.operation == "DeleteObjects" else ""),
        "dynamodb": f"arn:aws:dynamodb:eu-west-1:123456789012:table/{call.resource}",
    }[call.service]
    return [(permission, arn) for permission in PERMISSIONS.get(name, [name])]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_policy_is_what_is_called_both_ways(worked: Guarded) -> None:
    granted = {
        (action, resource)
        for statement in worked.policy
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    used = set()
    for call in worked.proxy.calls:
        for action, arn in needed(call):
            holds = {grant for grant in granted if grant[0] == action and fnmatch.fnmatchcase(arn, grant[1])}
            assert holds, f"{action} on {arn} is not granted"
            used |= holds
    unused = {action for action, _ in granted} - {action for action, _ in used}
    assert unused == BY_THE_AGENT
    assert True in worked.agent.requests("task")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("s3", "put_object", {"Bucket": BUCKET, "Key": "videos/clip.mp4", "Body": b""}),
        ("s3", "delete_object", {"Bucket": BUCKET, "Key": "videos/clip.mp4"}),
        ("s3", "delete_object", {"Bucket": BUCKET, "Key": "generated-videos/7/video-large.mp4"}),
        ("s3", "list_objects_v2", {"Bucket": BUCKET}),
        ("s3", "list_objects_v2", {"Bucket": BUCKET, "Prefix": "videos/"}),
        ("s3", "get_object", {"Bucket": "somebody-elses", "Key": "videos/clip.mp4"}),
        ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": "{}"}),
        ("sqs", "purge_queue", {"QueueUrl": QUEUE}),
        ("sqs", "delete_message", {"QueueUrl": DEAD_LETTERS, "ReceiptHandle": "x"}),
        ("dynamodb", "scan", {"TableName": TABLE}),
        ("dynamodb", "delete_item", {"TableName": TABLE, "Key": {"job_id": {"S": "large"}}}),
        ("secretsmanager", "list_secrets", {}),
        ("iam", "list_users", {}),
    ],
)
def test_nothing_else_is_allowed(worked: Guarded, service: str, operation: str, arguments: dict[str, Any]) -> None:
    if "QueueUrl" in arguments:
        arguments = arguments | {"QueueUrl": worked.url(arguments["QueueUrl"])}
    with pytest.raises(ClientError) as caught:
        getattr(worked.client(service, as_role=True), operation)(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
