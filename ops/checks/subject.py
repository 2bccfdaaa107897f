"""The environment that `doctor` examines."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.aws.service import EcsService, ServiceState
from ops.stack.context import Context


@dataclass(frozen=True)
class Caller:
    """The identity that calls AWS."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """AWS partition, such as `aws` or `aws-cn`."""
        return self.arn.split(":")[1]


class Subject:
    """One environment. What several checks need is read from AWS once."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @functools.cached_property
    def caller(self) -> Caller:
        """The caller's identity. Raises botocore's errors where credentials are missing or wrong."""
        answer = self.context.session.client("sts").get_caller_identity()
        return Caller(answer["Account"], answer["Arn"])

    @functools.cached_property
    def service(self) -> EcsService:
        """The workers' service."""
        return EcsService(self.context.session, self.context.name("cluster_name"), self.context.name("service_name"))

    @functools.cached_property
    def service_state(self) -> ServiceState:
        """The service as it is now."""
        return self.service.describe()

    @functools.cached_property
    def definition(self) -> Mapping[str, Any]:
        """The deployed task definition."""
        return self.service.definition(self.service_state.task_definition)

    @functools.cached_property
    def container(self) -> Mapping[str, Any]:
        """The worker's container in the task definition."""
        container: Mapping[str, Any] = self.definition["containerDefinitions"][0]
        return container

    @property
    def environment(self) -> Mapping[str, str]:
        """The container's environment variables."""
        return {item["name"]: item["value"] for item in self.container.get("environment", [])}

    def arn(self, service: str, resource: str) -> str:
        """The ARN of one of the environment's resources."""
        return f"arn:{self.caller.partition}:{service}:{self.context.region}:{self.caller.account}:{resource}"
