"""`scale`: one size changes, and everything else stays as it is deployed."""

from pathlib import Path
from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from tests.ops.bench import BEFORE, VARIABLES, Bench, moves_to, releasing
from tests.ops.conftest import Operator
from tests.ops.scripted import Scripted, rollout


@pytest.fixture
def bench(aws: EmbeddedAws, tmp_path: Path) -> Bench:
    made = Bench(Operator(aws), tmp_path)
    made.install("cdktf")
    return made


def sized(pool: int, maximum: int, *answers: dict[str, Any], tags: tuple[str, ...] = ("before",)) -> Scripted:
    """An ECS with a scalable target of this size."""
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/cluster/workers",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": pool,
        "MaxCapacity": maximum,
    }
    return releasing(*(answers or (BEFORE,)), tags=tags, DescribeScalableTargets=[{"ScalableTargets": [target]}])


def where(ecs: Scripted) -> dict[str, str]:
    return ecs.variables() | ecs.variables("APPLICATION_AUTO_SCALING")


def test_one_size_changes_and_every_other_variable_stays(bench: Bench) -> None:
    with sized(20, 100) as ecs:
        done = bench.run("scale", "--max", "100", "--yes", "-e", "prod", **where(ecs))
    assert done.code == 0, done.err
    assert bench.deployed() == {**VARIABLES, "max_workers": "100"}
    assert bench.calls()[0]["env"] == {"ENV": "prod", "TF_WORKSPACE": "prod"}
    assert done.out.endswith("workers: 20 always on, 100 at most, 5 on demand\n")
    assert "Write 100 into environments/prod.json as fleet.max_workers" in done.err


def test_sizes_together_as_json(bench: Bench) -> None:
    with sized(30, 60) as ecs:
        done = bench.run("scale", "--pool", "30", "--on-demand", "25", "--yes", "--json", **where(ecs))
    assert done.json == {"warm_pool_size": 30, "max_workers": 60, "on_demand_workers": 25}
    assert bench.deployed() == {**VARIABLES, "warm_pool_size": "30", "on_demand_workers": "25"}


def test_a_release_that_ecs_took_back_is_not_released_again(bench: Bench) -> None:
    """Terraform deployed `before`; the circuit breaker went back to `good`, which the service runs."""
    with sized(20, 100, moves_to(1, rollout("COMPLETED", 1)), tags=("good", "before")) as ecs:
        done = bench.run("scale", "--max", "100", "--yes", **where(ecs))
    assert done.code == 0, done.err
    assert bench.deployed()["worker_image_tag"] == "good"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "Say what to change: --pool, --max or --on-demand."),
        (("--max", "10"), "10 workers at most are fewer than the 20 always on"),
        (("--on-demand", "21"), "21 on demand are more than the 20 always on"),
    ],
)
def test_sizes_that_contradict_each_other_touch_nothing(bench: Bench, options: tuple[str, ...], sentence: str) -> None:
    with sized(20, 60) as ecs:
        done = bench.run("scale", *options, "--yes", **where(ecs))
    assert (done.code, sentence in " ".join(done.err.split()), bench.calls()) == (2, True, [])


def test_a_size_that_was_not_applied_is_a_finding(bench: Bench) -> None:
    """cdktf ends with 0 also when its plan is declined."""
    with sized(20, 60) as ecs:
        done = bench.run("scale", "--max", "100", "--yes", **where(ecs))
    assert (done.code, "max_workers is 60: 100 was not applied." in done.err) == (1, True)


def test_a_deployment_that_recorded_no_variables(bench: Bench) -> None:
    del bench.outputs["deployed_variables"]
    with sized(20, 60) as ecs:
        done = bench.run("scale", "--max", "100", "--yes", **where(ecs))
    assert (done.code, bench.calls()) == (2, [])
    assert "make deploy ENV=... VARS='worker_image_tag=before ...'" in done.err
