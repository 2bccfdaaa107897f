"""The workers: the cluster, what one of them is, and the service that keeps them running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.config import Fleet as FleetConfig
from modules.documents import document
from modules.names import Names
from modules.network import Network
from modules.permissions import Permissions
from modules.variables import Variables

CONTAINER = "ffmpeg-worker"

# A number no account on a host or in an image bears; the image's files are readable by all, and it writes below /tmp
# only.
_USER = "10001:10001"
# From SIGTERM to SIGKILL: the most that Fargate gives, and as long as the notice before a Spot interruption.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
_STOP_TIMEOUT_SECONDS = 120
_SCRATCH = "scratch"


@dataclass(frozen=True)
class Worker:
    """What one worker is made of.

    Params:
        image: repository and tag.
        environment: the container's environment; the job contract, section 4. Empty values are left out.
        secrets: environment variables whose values ECS fetches, by the ARN of their secret; those without are left out.
        log_group: name of the log group.
        region: the log group's region.
        ecs_exec: operators may open a shell in it.
    """

    image: str
    environment: Mapping[str, str | None]
    secrets: Mapping[str, str | None]
    log_group: str
    region: str
    ecs_exec: bool = False

    def container(self) -> dict[str, Any]:
        """The container definition, as ECS reads it."""
        return {
            "name": CONTAINER,
            "image": self.image,
            "essential": True,
            "user": _USER,
            # Nothing but /tmp can be written: a file that FFmpeg is tricked into writing can't become code. ECS Exec's
            # agent, where it is asked for, must write beside it.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
            "readonlyRootFilesystem": not self.ecs_exec,
            "mountPoints": [{"sourceVolume": _SCRATCH, "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
            "linuxParameters": {
                # Reaps FFmpeg's children and passes SIGTERM on.
                "initProcessEnabled": True,
                "capabilities": {"drop": ["ALL"]},
            },
            # Without a shell; 0 or 1. A worker that hangs is replaced after a minute and a half.
            "healthCheck": {
                "command": ["CMD", "python", "-m", "worker", "health"],
                "interval": 30,
                "timeout": 10,
                "retries": 3,
                "startPeriod": 60,
            },
            "stopTimeout": _STOP_TIMEOUT_SECONDS,
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items()) if value],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items()) if arn],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group,
                    "awslogs-region": self.region,
                    "awslogs-stream-prefix": "worker",
                },
            },
        }


class Fleet(Component):
    """Cluster, task definition and service.

    The first `on_demand_workers` run on demand and all others on Spot. The split must be there from the first
    deployment: a strategy added later replaces the service. How many run is autoscaling's, never Terraform's: a
    deployment doesn't reset a busy fleet. A release that doesn't come up is rolled back by the circuit breaker, and one
    whose jobs end in the dead-letter queue by the alarm on it.

    Params:
        config: a worker's size and processor.
        worker: its container.
        variables: `on_demand_workers`.
        network, permissions: where it runs and as whom.
        rollback_alarm: name of the alarm that takes a release back.
        protect_data: keep old revisions of the task definition when the stack is changed or destroyed.

    Attributes:
        cluster, service: names, known only once they exist.
        task_definition_arn: the revision that is deployed.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        config: FleetConfig,
        *,
        worker: Worker,
        variables: Variables,
        network: Network,
        permissions: Permissions,
        rollback_alarm: str,
        protect_data: bool,
    ) -> None:
        super().__init__(scope, "fleet")
        capacity = self._cluster(names)
        self._exec = config.ecs_exec
        self._rollback_alarm = rollback_alarm
        self.task_definition_arn = self._task(names, config, worker, permissions, keep_revisions=protect_data)
        self.service = self._service(names, variables, network, [capacity, *permissions.ready])

    def _cluster(self, names: Names) -> Construct:
        cluster = aws.ecs_cluster.EcsCluster(
            self,
            "workers",
            name=names.cluster,
            # RunningTaskCount, which autoscaling divides by, is a metric of Container Insights.
            setting=[aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")],
            tags=self.tags,
        )
        self.cluster: str = cluster.name
        capacity = aws.ecs_cluster_capacity_providers
        providers: Construct = capacity.EcsClusterCapacityProviders(
            self,
            "capacity.workers",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategy=[
                capacity.EcsClusterCapacityProvidersDefaultCapacityProviderStrategy(
                    capacity_provider="FARGATE_SPOT", weight=1
                )
            ],
        )
        return providers

    def _task(
        self, names: Names, config: FleetConfig, worker: Worker, permissions: Permissions, *, keep_revisions: bool
    ) -> str:
        task = aws.ecs_task_definition
        storage = config.ephemeral_storage_gib
        definition = task.EcsTaskDefinition(
            self,
            "worker",
            family=names.task_family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(config.cpu),
            memory=str(config.memory),
            runtime_platform=task.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=config.architecture, operating_system_family="LINUX"
            ),
            ephemeral_storage=task.EcsTaskDefinitionEphemeralStorage(size_in_gib=storage) if storage else None,
            volume=[task.EcsTaskDefinitionVolume(name=_SCRATCH)],
            task_role_arn=permissions.task_role_arn,
            execution_role_arn=permissions.execution_role_arn,
            container_definitions=document([worker.container()]),
            # The circuit breaker rolls back to the last revision, which must then still be active; a revision costs
            # nothing.
            skip_destroy=keep_revisions,
            tags=self.tags,
        )
        arn: str = definition.arn
        return arn

    def _service(self, names: Names, variables: Variables, network: Network, depends_on: Sequence[Construct]) -> str:
        ecs = aws.ecs_service
        strategy = ecs.EcsServiceCapacityProviderStrategy
        service = ecs.EcsService(
            self,
            "service.workers",
            name=names.service,
            cluster=self.cluster,
            task_definition=self.task_definition_arn,
            capacity_provider_strategy=[
                strategy(capacity_provider="FARGATE", base=variables.on_demand_workers, weight=0),
                strategy(capacity_provider="FARGATE_SPOT", weight=1),
            ],
            # Without it, a change of the strategy (another on_demand_workers) replaces the service.
            # https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ecs_service#capacity_provider_strategy
            force_new_deployment=True,
            network_configuration=ecs.EcsServiceNetworkConfiguration(
                subnets=network.subnet_ids,
                security_groups=[network.security_group_id],
                assign_public_ip=network.assign_public_ip,
            ),
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=ecs.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            # An alarm that rings before a deployment begins isn't heeded, so that a mending release can go out.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
            alarms=ecs.EcsServiceAlarms(alarm_names=[self._rollback_alarm], enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            enable_execute_command=self._exec,
            propagate_tags="SERVICE",
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]),
            depends_on=list(depends_on),
        )
        if network.assign_public_ip:
            self.accept(
                service,
                "CKV_AWS_333",
                "Nothing may come in; in a public subnet an address is the only way out without NAT.",
            )
        name: str = service.name
        return name
