"""ECS: a service remembers what it was created with."""

from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from embedded.gaps._patch import Function, wrap

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
"""Parameters of `CreateService` that moto ignores, and the names under which its answers look for them."""


def fill() -> None:
    """Fills every gap of this service."""
    remember_service_parameters()


def remember_service_parameters() -> None:
    """moto ignores a third of `CreateService`'s parameters, the capacity provider strategy among them, and calls every
    service without a launch type one of type EC2.

    The provider reads the strategy back; a service without one "must be replaced", so without this a second plan would
    destroy and create the running service, and the deployment circuit breaker would be switched on at every apply.
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
