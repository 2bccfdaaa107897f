"""ECS: the parameters that a service was created with, its tasks and deployments, scale-in protection of tasks, and the
age of revisions.
"""

import datetime
import sys
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api import state_manager

from embedded.gaps._patch import Function, add, wrap

REMEMBERED = {
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
}
"""Parameters of `CreateService` that moto ignores, and the attributes that its answers read them from."""


def fill() -> None:
    """Fills every gap of this service."""
    remember_service_parameters()
    protect_tasks()
    date_revisions()
    run_tasks()
    follow_deployments()


def remember_service_parameters() -> None:
    """moto ignores a third of `CreateService`'s parameters, including the capacity provider strategy, and gives a
    service without a launch type the type EC2.

    The provider reads the strategy back, and a service without one "must be replaced": without this, a second plan
    would destroy and create the running service, and every apply would switch the deployment circuit breaker on.
    """

    def make(original: Function) -> Function:
        def create_service(self: EC2ContainerServiceResponse) -> object:
            result = original(self)
            service = result.result["service"]
            remember(self, service)
            return result

        return create_service

    wrap(EC2ContainerServiceResponse, "create_service", make)


def remember(request: EC2ContainerServiceResponse, service: Service) -> None:
    """Copies the ignored parameters of a `CreateService` request to the service that moto made of it."""
    for parameter, attribute in REMEMBERED.items():
        value = request._get_param(parameter)
        if value is not None:
            setattr(service, attribute, value)
    if request._get_param("capacityProviderStrategy"):
        service.launch_type = None


def protect_tasks() -> None:
    """moto has no `GetTaskProtection` and `UpdateTaskProtection`.

    `hospup-video workers` uses it to count the workers that hold a job. An expired protection is none.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
    """
    add(Task, "protected_until", None)

    def get_task_protection(self: EC2ContainerServiceResponse) -> ActionResult:
        return ActionResult({"protectedTasks": [_protection(task) for task in _tasks(self)], "failures": []})

    def update_task_protection(self: EC2ContainerServiceResponse) -> ActionResult:
        minutes = int(self._get_param("expiresInMinutes") or _PROTECTION_MINUTES)
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        for task in _tasks(self):
            task.protected_until = until if self._get_param("protectionEnabled") else None
        return get_task_protection(self)

    for operation in (get_task_protection, update_task_protection):
        add(EC2ContainerServiceResponse, operation.__name__, operation)


def date_revisions() -> None:
    """moto's task definitions have no `registeredAt`, the time of a release for `hospup-video image list`.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    """

    def make(original: Function) -> Function:
        def __init__(self: TaskDefinition, *arguments: Any, **named: Any) -> None:  # noqa: N807
            original(self, *arguments, **named)
            vars(self)["registered_at"] = datetime.datetime.now(datetime.UTC)

        return __init__

    wrap(TaskDefinition, "__init__", make)


def run_tasks() -> None:
    """moto starts no tasks for a service, stops each task when it is first looked at, lists stopped ones too, and
    refuses one whose container names no memory, which Fargate takes from the task.

    A task that is started in the group `service:NAME` (embedded/workers.py) is one of that service here: the service
    counts it, and `hospup-video workers` shows it.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
    """
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": sys.maxsize})

    def start(original: Function) -> Function:
        def __init__(self: Task, *arguments: Any, **named: Any) -> None:  # noqa: N807
            original(self, *arguments, **named)
            vars(self)["started_at"] = datetime.datetime.now(datetime.UTC)

        return __init__

    def require(original: Function) -> Function:
        def of(task_definition: TaskDefinition) -> object:
            return {} if task_definition.memory else original(task_definition)

        return staticmethod(of)

    def count(original: Function) -> Function:
        def describe_services(self: EC2ContainerServiceBackend, *arguments: Any) -> object:
            found, failures = original(self, *arguments)
            for service in found:
                _count_tasks(service, self.tasks.get(service.cluster_name, {}).values())
            return found, failures

        return describe_services

    def list_running(original: Function) -> Function:
        def list_tasks(self: EC2ContainerServiceBackend, *arguments: Any) -> list[Task]:
            *_, wanted = arguments
            return [task for task in original(self, *arguments) if wanted or task.desired_status == "RUNNING"]

        return list_tasks

    wrap(Task, "__init__", start)
    wrap(EC2ContainerServiceBackend, "list_tasks", list_running)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", require)
    wrap(EC2ContainerServiceBackend, "describe_services", count)


def _count_tasks(service: Service, tasks: Iterable[Task]) -> None:
    """Let a service that has had tasks count those that run."""
    own = [task for task in tasks if task.group == f"service:{service.name}"]
    if own:
        service.running_count = sum(task.desired_status == "RUNNING" for task in own)
        service.pending_count = max(service.desired_count - service.running_count, 0)
        _tell_deployment(service)


def follow_deployments() -> None:
    """moto's deployment of a service keeps the task definition and the counts with which the service was created.

    `hospup-video image release` reads there which image the service moves to. The embedded ECS is there at once.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
    """

    def make(original: Function) -> Function:
        def update_service(self: EC2ContainerServiceBackend, *arguments: Any) -> object:
            service = original(self, *arguments)
            _tell_deployment(service)
            return service

        return update_service

    wrap(EC2ContainerServiceBackend, "update_service", make)


def _tell_deployment(service: Service) -> None:
    for deployment in service.deployments[:1]:
        deployment["taskDefinition"] = service.task_definition
        deployment["desiredCount"] = service.desired_count
        deployment["runningCount"] = service.running_count
        deployment["pendingCount"] = service.pending_count


_PROTECTION_MINUTES = 120


def _tasks(request: EC2ContainerServiceResponse) -> list[Any]:
    """The tasks that are named in a request."""
    cluster, tasks = request._get_param("cluster", "default"), request._get_param("tasks", [])
    found: list[Any] = request.ecs_backend.describe_tasks(cluster, tasks)
    return found


def _protection(task: Any) -> dict[str, object]:
    until = task.protected_until
    is_protected = until is not None and until > datetime.datetime.now(datetime.UTC)
    expiry = {"expirationDate": until} if is_protected else {}
    return {"taskArn": task.task_arn, "protectionEnabled": is_protected, **expiry}
