"""An environment as Terraform leaves it, created by boto3, for `doctor` and `--environment`."""

import json
from dataclasses import dataclass, field
from typing import Any

from embedded.aws import EmbeddedAws
from embedded.credentials import ACCOUNT, REGION
from tests.ledger_table import create_ledger

STATE_BUCKET = "hospup-video-terraform-state"
SUFFIX = "-staging"
NO_RECEIVER = "Each job names its own receiver."
TAG = "2026-11-22_a1b2c3d"
KEY = "environments/staging/hospup-video/terraform.tfstate"


@dataclass
class Deployed:
    """The environment `staging`; `outputs` are Terraform's."""

    aws: EmbeddedAws
    outputs: dict[str, Any] = field(default_factory=dict)

    def make(self) -> "Deployed":
        """The whole environment, without faults."""
        aws, name = self.aws, f"hospup-video-jobs{SUFFIX}"
        sqs = aws.client("sqs")
        dead = sqs.create_queue(QueueName=f"hospup-video-jobs-dlq{SUFFIX}")["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": self._queue_arn(dead), "maxReceiveCount": 3})
        queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        parts = sqs.create_queue(QueueName=f"hospup-video-parts{SUFFIX}")["QueueUrl"]
        create_ledger(aws.client("dynamodb"), name)
        aws.client("logs").create_log_group(logGroupName=f"/ecs/hospup-ffmpeg-worker{SUFFIX}")
        aws.client("s3").create_bucket(
            Bucket=f"hospup-files{SUFFIX}", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.keep_tidy()
        repository = aws.client("ecr").create_repository(repositoryName=f"hospup-ffmpeg-worker{SUFFIX}")["repository"]
        self.push(TAG)
        secret = aws.client("secretsmanager").create_secret(
            Name=f"hospup-video/webhook-signing-key{SUFFIX}", SecretString="whsec_c2VjcmV0"
        )["ARN"]
        self.outputs = {
            "queue_url": queue,
            "queue_arn": self._queue_arn(queue),
            "dlq_url": dead,
            "parts_queue_url": parts,
            "jobs_table": name,
            "media_bucket": f"hospup-files{SUFFIX}",
            "log_group_name": f"/ecs/hospup-ffmpeg-worker{SUFFIX}",
            "cluster_name": f"hospup-video-processing{SUFFIX}",
            "service_name": f"ffmpeg-worker-service{SUFFIX}",
            "ecr_repository_uri": repository["repositoryUri"],
            "webhook_secret_arn": secret,
            "warm_pool_size": 2,
            "max_workers": 3,
            "region": REGION,
            "dashboard_url": f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#dashboards",
        }
        self._serve(secret)
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=STATE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=STATE_BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.keep_state()
        return self

    def push(self, tag: str) -> None:
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
        self.aws.client("ecr").put_image(
            repositoryName=f"hospup-ffmpeg-worker{SUFFIX}",
            imageManifest=json.dumps(manifest | {"config": {"digest": f"sha256:{tag}", "size": 1}, "layers": []}),
            imageTag=tag,
        )

    def keep_tidy(self, *rules: dict[str, Any]) -> None:
        """The media bucket's lifecycle rules: those of a bucket that Terraform made, or others."""
        abort = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
        expire = {"Filter": {"Prefix": "intermediate/"}, "Expiration": {"Days": 7}}
        made: list[dict[str, Any]] = [{"ID": "abort", "Filter": {"Prefix": ""}, **abort}, {"ID": "expire", **expire}]
        self.aws.client("s3").put_bucket_lifecycle_configuration(
            Bucket=f"hospup-files{SUFFIX}",
            LifecycleConfiguration={"Rules": [{"Status": "Enabled", **rule} for rule in rules or made]},
        )

    def keep_state(self) -> None:
        """Terraform's state, in its bucket."""
        outputs = {name: {"value": value, "type": "string"} for name, value in self.outputs.items()}
        state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "outputs": outputs, "resources": []}
        self.aws.client("s3").put_object(Bucket=STATE_BUCKET, Key=KEY, Body=json.dumps(state).encode())

    def lock(self) -> None:
        info = {
            "ID": "8d1f",
            "Operation": "OperationTypeApply",
            "Who": "marie@laptop",
            "Created": "2026-11-22T20:00:00Z",
        }
        self.aws.client("s3").put_object(Bucket=STATE_BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(info).encode())

    def unlock(self) -> None:
        self.aws.client("s3").delete_object(Bucket=STATE_BUCKET, Key=f"{KEY}.tflock")

    def define(self, secret: str, *, tag: str = TAG, webhook: str = "", reason: str = NO_RECEIVER) -> str:
        """Register a revision of the task definition; its ARN. `reason`: why it has no `webhook`."""
        environment = {"PARTS_QUEUE_URL": self.outputs["parts_queue_url"], "WEBHOOK_URL": webhook}
        container: dict[str, Any] = {
            "name": "ffmpeg-worker",
            "image": f"{self.outputs['ecr_repository_uri']}:{tag}",
            "environment": [{"name": name, "value": value} for name, value in environment.items() if value],
            "dockerLabels": {"hospup.without-receiver-because": reason} if reason and not webhook else {},
            "secrets": [{"name": "WEBHOOK_SECRET", "valueFrom": secret}] if secret else [],
        }
        answer = self.aws.client("ecs").register_task_definition(
            family=f"hospup-ffmpeg-worker{SUFFIX}",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="2048",
            memory="4096",
            containerDefinitions=[container],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def deploy(self, definition: str) -> None:
        """Start a deployment of a task definition."""
        self.aws.client("ecs").update_service(
            cluster=self.outputs["cluster_name"],
            service=self.outputs["service_name"],
            taskDefinition=definition,
            desiredCount=2,
        )

    def main_routes(self) -> dict[str, Any]:
        """The main route table of the default VPC, which the workers' subnets use."""
        ec2 = self.aws.client("ec2")
        filters = [{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [self._vpc()]}]
        return dict(ec2.describe_route_tables(Filters=filters)["RouteTables"][0])

    def _serve(self, secret: str) -> None:
        ecs, ec2 = self.aws.client("ecs"), self.aws.client("ec2")
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self._vpc())
        ec2.create_route(
            RouteTableId=self.main_routes()["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self._vpc()]}])["Subnets"]
        group = ec2.create_security_group(GroupName="worker-staging", Description="w", VpcId=self._vpc())["GroupId"]
        cluster, service = self.outputs["cluster_name"], self.outputs["service_name"]
        ecs.create_cluster(clusterName=cluster)
        definition = self.define(secret)
        ecs.create_service(
            cluster=cluster,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=0,
            capacityProviderStrategy=[
                {"capacityProvider": "FARGATE", "base": 1, "weight": 0},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            ],
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": [subnet["SubnetId"] for subnet in subnets],
                    "securityGroups": [group],
                    "assignPublicIp": "ENABLED",
                }
            },
        )
        self.deploy(definition)
        self.aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{cluster}/{service}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2,
            MaxCapacity=3,
        )

    def _vpc(self) -> str:
        vpcs = self.aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        return str(vpcs[0]["VpcId"])

    @staticmethod
    def _queue_arn(url: str) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
