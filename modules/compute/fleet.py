"""The worker fleet: ECS cluster, task definition and service."""

from collections.abc import Sequence

from modules.compute.container import SCRATCH, WorkerContainer
from modules.iam.permissions import Permissions
from modules.network.network import Network
from modules.terraform.bindings import Construct, TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext
from modules.terraform.json_document import json_document


class Fleet(Component):
    """Cluster, task definition and service.

    The first `on_demand_workers` run on demand, and all others on Spot. The service must have this strategy from the
    first deployment on: adding one later replaces the service. Autoscaling sets the number of workers, and Terraform
    never does, so a deployment doesn't reset a busy fleet. The circuit breaker rolls back a release whose tasks don't
    start; `rollback_alarm` rolls back a release whose jobs end in the dead-letter queue.

    Params:
        container: the worker's container.
        network, permissions: the workers' network and roles.
        rollback_alarm: name of the alarm that rolls back a deployment.

    Attributes:
        cluster, service: names, known once the resources exist.
        task_definition_arn: the deployed revision.
    """

    def __init__(
        self,
        context: StackContext,
        container: WorkerContainer,
        *,
        network: Network,
        permissions: Permissions,
        rollback_alarm: str,
    ) -> None:
        super().__init__(context, "fleet")
        self._context = context
        capacity = self._cluster()
        self.task_definition_arn = self._task_definition(container, permissions)
        self.service = self._service(network, rollback_alarm, [capacity, *permissions.policies])

    def _cluster(self) -> Construct:
        cluster = aws.ecs_cluster.EcsCluster(
            self,
            "workers",
            name=self._context.names.cluster,
            # Alarms and dashboard read its metrics RunningTaskCount and DesiredTaskCount, published while a task runs.
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

    def _task_definition(self, container: WorkerContainer, permissions: Permissions) -> str:
        config = self._context.environment.fleet
        task = aws.ecs_task_definition
        storage = config.ephemeral_storage_gib
        definition = task.EcsTaskDefinition(
            self,
            "worker",
            family=self._context.names.task_family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(config.cpu),
            memory=str(config.memory),
            runtime_platform=task.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=config.architecture, operating_system_family="LINUX"
            ),
            ephemeral_storage=task.EcsTaskDefinitionEphemeralStorage(size_in_gib=storage) if storage else None,
            volume=[task.EcsTaskDefinitionVolume(name=SCRATCH)],
            task_role_arn=permissions.task_role_arn,
            execution_role_arn=permissions.execution_role_arn,
            container_definitions=json_document([container.definition()]),
            # Keeps old revisions active, because the circuit breaker rolls back to the last one. They cost nothing.
            skip_destroy=self._context.environment.protect_data,
            tags=self.tags,
        )
        arn: str = definition.arn
        return arn

    def _service(self, network: Network, rollback_alarm: str, depends_on: Sequence[Construct]) -> str:
        ecs = aws.ecs_service
        strategy = ecs.EcsServiceCapacityProviderStrategy
        service = ecs.EcsService(
            self,
            "service.workers",
            name=self._context.names.service,
            cluster=self.cluster,
            task_definition=self.task_definition_arn,
            capacity_provider_strategy=[
                strategy(capacity_provider="FARGATE", base=self._context.variables.on_demand_workers, weight=0),
                strategy(capacity_provider="FARGATE_SPOT", weight=1),
            ],
            # Otherwise a change of the strategy (of on_demand_workers) replaces the service.
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
            # ECS ignores an alarm that is in alarm before the deployment begins, so that a fix can be released.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
            alarms=ecs.EcsServiceAlarms(alarm_names=[rollback_alarm], enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            enable_execute_command=self._context.environment.fleet.ecs_exec,
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
