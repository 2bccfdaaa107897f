"""The workers' ECS service: its task counts, the deployed version, and the state of its rollouts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from ops.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

_BATCH = 100  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html


@dataclass(frozen=True)
class Rollout:
    """One deployment of the service. The circuit breaker sets `state`: IN_PROGRESS, COMPLETED or FAILED.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """

    deployment_id: str
    status: str
    """PRIMARY: the deployment that the service moves to. ACTIVE: an earlier one that still runs."""
    state: str
    reason: str
    version: str
    desired: int
    running: int
    pending: int
    failed_tasks: int


@dataclass(frozen=True)
class WorkerTask:
    """One ECS task of the service; `protected` is None where ECS refused to say."""

    task_id: str
    status: str
    version: str
    capacity: str
    zone: str
    started_at: float
    protected: bool | None


@dataclass(frozen=True)
class Network:
    """Where the service's tasks run: subnets, security groups, and whether they get public addresses."""

    subnets: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    public_address: bool = False


@dataclass(frozen=True)
class ServiceState:
    """The service as it is now; `pool` and `maximum` are None without autoscaling."""

    cluster: str
    service: str
    desired: int
    running: int
    pending: int
    task_definition: str
    version: str
    rollouts: Sequence[Rollout]
    events: Sequence[str]
    """ECS's service events, newest first."""
    network: Network = Network()
    on_demand: int | None = None
    """Number of workers that never run on Spot; None: all of them."""
    pool: int | None = None
    maximum: int | None = None

    @property
    def primary(self) -> Rollout | None:
        """The deployment that the service moves to."""
        return next((rollout for rollout in self.rollouts if rollout.status == "PRIMARY"), None)

    @property
    def versions(self) -> Sequence[str]:
        """Every version that runs or is being rolled out, each once."""
        return list(dict.fromkeys([self.version, *(rollout.version for rollout in self.rollouts)]))

    @property
    def problem(self) -> str:
        """What is wrong, in a sentence; empty if nothing is."""
        for rollout in self.rollouts:
            if rollout.state == "FAILED":
                return f"The release of {rollout.version} failed: {rollout.reason or 'ECS gave no reason'}"
        if self.desired and not self.running:
            return "No worker runs."
        if self.pool and not self.desired:
            return f"No worker is wanted, though the pool is {self.pool}: somebody set the service to 0."
        return ""


class EcsService:
    """Client of one ECS service. Each task definition is read once."""

    def __init__(self, session: boto3.Session, cluster: str, service: str) -> None:
        self._ecs: ECSClient = session.client("ecs")
        self._scaling = session.client("application-autoscaling")
        self._cluster = cluster
        self._service = service
        self._versions: dict[str, str] = {}

    def describe(self) -> ServiceState:
        """The service as it is now. Raises `AwsError` if it doesn't exist, and botocore's errors."""
        answer = self._ecs.describe_services(cluster=self._cluster, services=[self._service])
        found = [service for service in answer["services"] if service["status"] != "INACTIVE"]
        if not found:
            raise AwsError(f"There is no service {self._service} in cluster {self._cluster}: check --environment.")
        service = found[0]
        pool, maximum = self._bounds()
        return ServiceState(
            cluster=self._cluster,
            service=self._service,
            desired=service["desiredCount"],
            running=service["runningCount"],
            pending=service["pendingCount"],
            task_definition=service["taskDefinition"],
            version=self.version_of(service["taskDefinition"]),
            rollouts=[self._rollout(deployment) for deployment in service.get("deployments", [])],
            events=[event.get("message", "") for event in service.get("events", [])],
            network=_network(service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})),
            on_demand=_on_demand(service.get("capacityProviderStrategy", [])),
            pool=pool,
            maximum=maximum,
        )

    def version_of(self, task_definition: str) -> str:
        """The version that a task definition runs: its image's tag."""
        if task_definition not in self._versions:
            self._versions[task_definition] = image_tag(self.definition(task_definition))
        return self._versions[task_definition]

    def definition(self, task_definition: str) -> Mapping[str, Any]:
        """A task definition. Raises botocore's errors."""
        return self._ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]

    def workers(self) -> list[WorkerTask]:
        """The service's tasks, oldest first. Raises botocore's errors."""
        arns: list[str] = []
        for page in self._ecs.get_paginator("list_tasks").paginate(cluster=self._cluster, serviceName=self._service):
            arns.extend(page["taskArns"])
        found: list[WorkerTask] = []
        for start in range(0, len(arns), _BATCH):
            batch = arns[start : start + _BATCH]
            protected = self._protected(batch)
            for task in self._ecs.describe_tasks(cluster=self._cluster, tasks=batch)["tasks"]:
                started = task.get("startedAt")
                found.append(
                    WorkerTask(
                        task_id=task["taskArn"].rpartition("/")[2],
                        status=task.get("lastStatus", "UNKNOWN"),
                        version=self.version_of(task["taskDefinitionArn"]),
                        capacity=task.get("capacityProviderName") or task.get("launchType", ""),
                        zone=task.get("availabilityZone", ""),
                        started_at=started.timestamp() if started else 0.0,
                        protected=None if protected is None else task["taskArn"] in protected,
                    )
                )
        return sorted(found, key=lambda worker: worker.started_at)

    def restart(self) -> None:
        """Replace every worker by a new one on the deployed image (ECS: a forced deployment)."""
        self._ecs.update_service(cluster=self._cluster, service=self._service, forceNewDeployment=True)

    def move_to(self, task_definition: str) -> None:
        """Replace every worker by a new one of this task definition. Raises botocore's errors."""
        self._ecs.update_service(cluster=self._cluster, service=self._service, taskDefinition=task_definition)

    def _protected(self, arns: Sequence[str]) -> set[str] | None:
        """ARNs of the tasks that are protected from scale-in, for a job or since one; None where ECS refused to say."""
        try:
            answer = self._ecs.get_task_protection(cluster=self._cluster, tasks=list(arns))
        except ClientError:
            return None
        return {task["taskArn"] for task in answer["protectedTasks"] if task.get("protectionEnabled")}

    def _bounds(self) -> tuple[int | None, int | None]:
        """Minimum and maximum of autoscaling; None without autoscaling, or where AWS refused to say."""
        try:
            targets = self._scaling.describe_scalable_targets(
                ServiceNamespace="ecs",
                ResourceIds=[f"service/{self._cluster}/{self._service}"],
                ScalableDimension="ecs:service:DesiredCount",
            )["ScalableTargets"]
        except ClientError:
            return None, None
        return (targets[0]["MinCapacity"], targets[0]["MaxCapacity"]) if targets else (None, None)

    def _rollout(self, deployment: Any) -> Rollout:
        return Rollout(
            deployment_id=deployment["id"],
            status=deployment["status"],
            state=deployment.get("rolloutState", "UNKNOWN"),
            reason=deployment.get("rolloutStateReason", ""),
            version=self.version_of(deployment["taskDefinition"]),
            desired=deployment.get("desiredCount", 0),
            running=deployment.get("runningCount", 0),
            pending=deployment.get("pendingCount", 0),
            failed_tasks=deployment.get("failedTasks", 0),
        )


def image_tag(definition: Mapping[str, Any]) -> str:
    """The tag of a task definition's image; the whole name of an image without one."""
    image: str = definition["containerDefinitions"][0]["image"]
    return image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else image


def _network(configuration: Mapping[str, Any]) -> Network:
    return Network(
        subnets=configuration.get("subnets", ()),
        security_groups=configuration.get("securityGroups", ()),
        public_address=configuration.get("assignPublicIp") == "ENABLED",
    )


def _on_demand(strategy: Sequence[Any]) -> int | None:
    """The base of FARGATE in a capacity provider strategy that also has Spot; None without Spot.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    bases = {part["capacityProvider"]: part.get("base", 0) for part in strategy}
    return bases.get("FARGATE", 0) if "FARGATE_SPOT" in bases else None
