"""ECS: the parameters that a service was created with, scale-in protection of tasks, and the age of revisions."""

import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Service, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

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
            self.registered_at = datetime.datetime.now(datetime.UTC)

        return __init__

    wrap(TaskDefinition, "__init__", make)


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
