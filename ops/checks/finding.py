"""What a check found, and what the checks look at."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops.context import Context
from ops.fleet import Fleet, Service


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    """Something is missing that some command, or some day, will need."""
    FAIL = "fail"
    """Something doesn't work now."""


@dataclass(frozen=True)
class Finding:
    """One finding: what was looked at, how it is, and what to do where it isn't well."""

    check: str
    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Caller:
    """Who asks AWS."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, or `aws-cn`, ..."""
        return self.arn.split(":")[1]


class Subject:
    """One environment under examination; what several checks need is asked for once."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @functools.cached_property
    def caller(self) -> Caller:
        """Raises botocore's errors where there are no credentials, or wrong ones."""
        answer = self.context.session.client("sts").get_caller_identity()
        return Caller(answer["Account"], answer["Arn"])

    @functools.cached_property
    def service(self) -> Service:
        """The workers' service."""
        return Service(self.context.session, self.context.name("cluster_name"), self.context.name("service_name"))

    @functools.cached_property
    def fleet(self) -> Fleet:
        """The service as it is."""
        return self.service.look()

    @functools.cached_property
    def definition(self) -> Mapping[str, Any]:
        """The task definition that is deployed."""
        return self.service.definition(self.fleet.task_definition)

    @functools.cached_property
    def container(self) -> Mapping[str, Any]:
        """The worker's container in it."""
        container: Mapping[str, Any] = self.definition["containerDefinitions"][0]
        return container

    @property
    def environment(self) -> Mapping[str, str]:
        """What the container is told."""
        return {item["name"]: item["value"] for item in self.container.get("environment", [])}

    def arn(self, service: str, resource: str) -> str:
        """The ARN of one of the environment's resources."""
        return f"arn:{self.caller.partition}:{service}:{self.context.region}:{self.caller.account}:{resource}"
