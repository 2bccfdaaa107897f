"""The old CDK stack, as far as a migration meets it: `create` it, and `destroy` what `cdk destroy` removes.

`python -m tests.e2e.old_stack` destroys; the test of the migration runs it as `cdk destroy`.
"""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import boto3

from embedded.credentials import ACCOUNT, REGION

QUEUE = "hospup-video-jobs"
DEAD_LETTERS = "hospup-video-jobs-dlq"
REPOSITORY = "hospup-ffmpeg-worker"
LOG_GROUP = "/ecs/hospup-ffmpeg-worker"
BUCKET = "hospup-files"
CLUSTER = "hospup-video-processing"
SERVICE = "ffmpeg-worker-service"
TASK_ROLE = "HospupVideoProcessing-TaskRole"
TAGS = {"aws-cdk": "HospupVideoProcessing"}

Clients = Callable[[str], Any]


def create(client: Clients, webhook_url: str) -> None:
    """Create the stack, with the attributes that CDK gave it and `webhook_url` in the task definition."""
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=DEAD_LETTERS, Attributes={"MessageRetentionPeriod": str(14 * 86_400)}, tags=TAGS)[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.create_queue(
        QueueName=QUEUE,
        Attributes={
            "VisibilityTimeout": "900",
            "MessageRetentionPeriod": str(4 * 86_400),
            "ReceiveMessageWaitTimeSeconds": "20",
            "MaximumMessageSize": str(1024**2),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}),
        },
        tags=TAGS,
    )
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client("logs").create_log_group(logGroupName=LOG_GROUP)
    client("logs").put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=7)
    _push_images(client("ecr"))
    _start_service(client, webhook_url)


def read_by_lambda(client: Clients) -> str:
    """Let a Lambda function read the job queue too. Returns the event source mapping's id."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("main.py", "def handle(event, context): ...")
    functions = client("lambda")
    functions.create_function(
        FunctionName="old-consumer",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{TASK_ROLE}",
        Handler="main.handle",
        Code={"ZipFile": archive.getvalue()},
    )
    mapping = functions.create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}", FunctionName="old-consumer", Enabled=True
    )
    return str(mapping["UUID"])


def destroy(client: Clients) -> None:
    """Delete what the stack doesn't retain: service, cluster and role. Queues, repository and log group stay."""
    ecs, iam = client("ecs"), client("iam")
    ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
    ecs.delete_cluster(cluster=CLUSTER)
    assert not iam.list_role_policies(RoleName=TASK_ROLE)["PolicyNames"], "a foreign policy keeps the role"
    iam.delete_role(RoleName=TASK_ROLE)


def _push_images(ecr: Any) -> None:
    ecr.create_repository(repositoryName=REPOSITORY, tags=[{"Key": key, "Value": TAGS[key]} for key in TAGS])
    for tag in ("latest", "v1"):
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": {"tag": tag},
        }
        ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag=tag)


def _start_service(client: Clients, webhook_url: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = client("iam").create_role(RoleName=TASK_ROLE, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    ecs = client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    task = ecs.register_task_definition(
        family="hospup-ffmpeg-worker",
        taskRoleArn=role,
        executionRoleArn=role,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="2048",
        memory="4096",
        containerDefinitions=[
            {
                "name": "worker",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:latest",
                "environment": [{"name": "WEBHOOK_URL", "value": webhook_url}, {"name": "S3_BUCKET", "value": BUCKET}],
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    subnets = [subnet["SubnetId"] for subnet in client("ec2").describe_subnets()["Subnets"]]
    groups = [group["GroupId"] for group in client("ec2").describe_security_groups()["SecurityGroups"]]
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=task,
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "securityGroups": groups, "assignPublicIp": "ENABLED"}
        },
    )


if __name__ == "__main__":
    sdk: Any = boto3  # its types are overloads by service name
    destroy(sdk.client)
