"""The parameters of an ECS service that the next plan reads, and task protection."""

import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embedded import EmbeddedAws
from embedded.process import REPOSITORY

STRATEGY = [
    {"capacityProvider": "FARGATE", "base": 2, "weight": 0},
    {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1},
]
DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


def create_service(aws: EmbeddedAws, cluster: str, **parameters: Any) -> dict[str, Any]:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=cluster)
    ecs.register_task_definition(
        family=cluster, containerDefinitions=[{"name": "worker", "image": "worker:1", "memory": 128}]
    )
    created = ecs.create_service(
        cluster=cluster, serviceName="workers", taskDefinition=cluster, desiredCount=1, **parameters
    )
    described = ecs.describe_services(cluster=cluster, services=["workers"])["services"][0]
    assert described["serviceArn"] == created["service"]["serviceArn"]
    return dict(described)


def run_task(aws: EmbeddedAws, cluster: str, family: str, **parameters: Any) -> str:
    ecs = aws.client("ecs")
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker:1"}],
    )
    subnet = aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = aws.client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    started = ecs.run_task(
        cluster=cluster,
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        **parameters,
    )
    return str(started["tasks"][0]["taskArn"])


@pytest.fixture(scope="module")
def service(aws: EmbeddedAws) -> dict[str, Any]:
    return create_service(
        aws,
        "remembers",
        capacityProviderStrategy=STRATEGY,
        deploymentConfiguration=DEPLOYMENT,
        availabilityZoneRebalancing="ENABLED",
        enableECSManagedTags=True,
        enableExecuteCommand=True,
        propagateTags="SERVICE",
    )


def test_the_capacity_provider_strategy_is_kept(service: dict[str, Any]) -> None:
    assert service["capacityProviderStrategy"] == STRATEGY


def test_a_service_with_a_strategy_has_no_launch_type(service: dict[str, Any]) -> None:
    assert "launchType" not in service


def test_a_service_with_a_launch_type_keeps_it(aws: EmbeddedAws) -> None:
    service = create_service(aws, "launches", launchType="FARGATE")
    assert service["launchType"] == "FARGATE"
    assert not service.get("capacityProviderStrategy")


def test_the_deployment_configuration_is_kept(service: dict[str, Any]) -> None:
    assert service["deploymentConfiguration"] == DEPLOYMENT


def test_switches_are_kept(service: dict[str, Any]) -> None:
    assert service["enableECSManagedTags"] is True
    assert service["enableExecuteCommand"] is True
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    assert service["propagateTags"] == "SERVICE"


def test_an_update_changes_what_was_remembered(aws: EmbeddedAws) -> None:
    create_service(aws, "updates", capacityProviderStrategy=STRATEGY)
    ecs = aws.client("ecs")
    ecs.update_service(cluster="updates", service="workers", capacityProviderStrategy=STRATEGY[:1])
    service = ecs.describe_services(cluster="updates", services=["workers"])["services"][0]
    assert service["capacityProviderStrategy"] == STRATEGY[:1]


def test_a_task_is_protected_until_it_is_no_more(aws: EmbeddedAws) -> None:
    ecs = aws.client("ecs")
    create_service(aws, "protects")
    task = run_task(aws, "protects", "protects-fargate")

    def protected() -> list[bool]:
        answer = ecs.get_task_protection(cluster="protects", tasks=[task])
        return [found["protectionEnabled"] for found in answer["protectedTasks"] if found["taskArn"] == task]

    assert protected() == [False]
    ecs.update_task_protection(cluster="protects", tasks=[task], protectionEnabled=True, expiresInMinutes=5)
    assert protected() == [True]
    ecs.update_task_protection(cluster="protects", tasks=[task], protectionEnabled=False)
    assert protected() == [False]


def test_a_revision_knows_when_it_was_registered(aws: EmbeddedAws) -> None:
    ecs = aws.client("ecs")
    container: Any = {"name": "worker", "image": "worker:1", "memory": 128}
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    ecs.register_task_definition(family="dated", containerDefinitions=[container])
    found = ecs.describe_task_definition(taskDefinition="dated:1")["taskDefinition"]
    assert before <= found["registeredAt"] <= datetime.datetime.now(datetime.UTC)


def test_a_service_counts_the_tasks_of_its_group(aws: EmbeddedAws, tmp_path: Path) -> None:
    ecs = aws.client("ecs")
    create_service(aws, "counts")
    one, other = (run_task(aws, "counts", "counts-fargate", group="service:workers") for _ in range(2))
    ecs.update_service(cluster="counts", service="workers", desiredCount=2)

    def counts() -> tuple[int, int, int]:
        found = ecs.describe_services(cluster="counts", services=["workers"])["services"][0]
        (deployment,) = found["deployments"]
        return found["runningCount"], found["pendingCount"], deployment["runningCount"]

    assert counts() == (2, 0, 2)
    assert all("startedAt" in task for task in ecs.describe_tasks(cluster="counts", tasks=[one, other])["tasks"])
    aws.client("logs").create_log_group(logGroupName="counts")
    ship = [sys.executable, "-m", "embedded.awslogs", "counts", "one", str(tmp_path / "log"), f"--task={one}"]
    subprocess.run(ship, input=b"", env=aws.environment(), cwd=REPOSITORY, check=True)  # its container has ended
    assert counts() == (1, 1, 1)
    assert ecs.list_tasks(cluster="counts", serviceName="workers")["taskArns"] == [other]


def test_a_deployment_moves_to_the_task_definition_of_its_service(aws: EmbeddedAws) -> None:
    ecs = aws.client("ecs")
    create_service(aws, "moves")
    container: Any = {"name": "worker", "image": "worker:2", "memory": 128}
    second = ecs.register_task_definition(family="moves", containerDefinitions=[container])["taskDefinition"]
    ecs.update_service(cluster="moves", service="workers", taskDefinition=second["taskDefinitionArn"])
    found = ecs.describe_services(cluster="moves", services=["workers"])["services"][0]
    assert found["deployments"][0]["taskDefinition"] == second["taskDefinitionArn"]
