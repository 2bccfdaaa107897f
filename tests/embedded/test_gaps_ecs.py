"""The parameters of an ECS service that the next plan reads, and task protection."""

import datetime
from typing import Any

import pytest

from embedded import EmbeddedAws

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
    ecs.register_task_definition(
        family="protects-fargate",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "worker", "image": "worker:1", "cpu": 256, "memory": 512}],
    )
    subnet = aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = aws.client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    task = ecs.run_task(
        cluster="protects",
        taskDefinition="protects-fargate",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
    )["tasks"][0]["taskArn"]

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
