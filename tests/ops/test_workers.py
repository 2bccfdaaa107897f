"""`workers`: how many run, have a job and are wanted, with and without faults."""

from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from tests.ops.conftest import Operator
from tests.ops.scripted import Scripted, definition, rollout, service, tasks

NAMES = {"HOSPUP_CLUSTER_NAME": "cluster", "HOSPUP_SERVICE_NAME": "workers"}


@pytest.fixture(scope="module")
def operator(aws: EmbeddedAws) -> Operator:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="cluster")
    ecs.register_task_definition(family="w", containerDefinitions=[{"name": "w", "image": "r/w:7", "memory": 128}])
    ecs.create_service(cluster="cluster", serviceName="workers", taskDefinition="w", desiredCount=0)
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/cluster/workers",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=10,
        MaxCapacity=50,
    )
    return Operator(aws, NAMES)


def script(answer: dict[str, Any], *protected: bool) -> Scripted:
    return Scripted({"DescribeServices": [answer], "DescribeTaskDefinition": [definition()], **tasks(*protected)})


def test_a_fleet_that_is_well(operator: Operator) -> None:
    with script(service(pendingCount=2), True, False, True) as ecs:
        done = operator.run("workers", "--list", **ecs.variables())
    assert done.code == 0
    assert done.out.splitlines()[:6] == [
        "workers in cluster",
        "  wanted     10",
        "  running    10, 2 starting",
        "  protected  2 hold a job, or had one just now",
        "  pool       10 always on, 50 at most",
        "  version    2026-11-22_a1b2c3d",
    ]
    listed = done.out.splitlines()[-3:]  # in a pipe, one line per worker, whatever its length
    assert all("Spot" in line and line.endswith("2026-11-22_a1b2c3d") for line in listed)


def test_a_failed_release(operator: Operator) -> None:
    failed = rollout("FAILED", 2, status="ACTIVE", failedTasks=3, rolloutStateReason="tasks failed [red]to start")
    event = {"message": "(service workers) was unable to place a task.", "id": "1"}
    with script(service(rollout("IN_PROGRESS"), failed, running=8, events=[event])) as ecs:
        done = operator.run("workers", **ecs.variables())
        result = operator.run("workers", "--json", **ecs.variables())
    assert done.code == result.code == 1
    assert "active release 2026-11-22_a1b2c3d: failed, 10 of 10 run, 3 failed to start" in done.out
    assert "The release of 2026-11-22_a1b2c3d failed: tasks failed [red]to start" in done.out
    assert "ECS: (service workers) was unable to place a task." in done.out
    assert "failed" in result.json["trouble"]


def test_no_worker_runs(operator: Operator) -> None:
    with script(service(running=0)) as ecs:
        done = operator.run("workers", **ecs.variables())
    assert (done.code, "No worker runs." in done.out) == (1, True)


def test_no_worker_is_wanted(operator: Operator) -> None:
    done = operator.run("workers")
    assert done.code == 1
    assert "No worker is wanted, though the pool is 10" in done.out


def test_what_the_embedded_aws_knows(operator: Operator) -> None:
    result = operator.run("workers", "--json").json
    assert {name: result[name] for name in ("desired", "running", "version", "pool", "maximum", "protected")} == {
        "desired": 0,
        "running": 0,
        "version": "7",
        "pool": 10,
        "maximum": 50,
        "protected": 0,
    }


def test_a_service_that_is_not_there(operator: Operator, aws: EmbeddedAws) -> None:
    aws.client("ecs").create_cluster(clusterName="empty")
    done = operator.run("workers", "--cluster-name", "empty")
    assert (done.code, done.out) == (3, "")
    assert "There is no service workers in cluster empty" in done.err
    assert operator.run("workers", "--cluster-name", "not-there").code == 3
