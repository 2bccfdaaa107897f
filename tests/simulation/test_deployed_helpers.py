"""Production's day with helpers: the promises of docs/design/scale.md, and the command that shows them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.helped_day import tight
from ops.simulation.fargate import worker_hour
from ops.simulation.rivals import SPEED_UP, rivals
from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import PARTS_VARIABLE, Stack, read_model
from ops.simulation.summary import summarise
from ops.simulation.traces import draw
from ops.stack.synthesis import synthesise
from tests.simulation.models import write_trace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise("prod", tmp_path_factory.mktemp("prod"))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_percentile_of_the_wait_gets_worse(stack: Path, seed: int) -> None:
    """Helped jobs leave sooner, so PeakJobs is lower and the fleet smaller: with more spare workers it is as large, and
    costs as much, as without helpers."""
    day = draw("day", hours=24, jobs=26_947, seed=seed)
    helped, alone = (
        summarise(run_simulation(model, day, hours=24, seed=seed))
        for model in (Stack(stack, helpers=True).model(), tight(Stack(stack, helpers=False).model()))
    )
    assert helped.wait_p50 <= alone.wait_p50
    assert helped.wait_p95 <= alone.wait_p95
    assert helped.wait_p99 <= alone.wait_p99
    assert helped.video_p50 < 0.6 * alone.video_p50
    assert helped.video_p95 < 0.9 * alone.video_p95
    assert helped.video_p99 < 0.9 * alone.video_p99
    assert helped.usd < 1.02 * alone.usd
    assert helped.killed == helped.lost == helped.unfinished == 0


def test_a_stack_has_helpers_if_its_workers_know_the_queue_of_parts(stack: Path, tmp_path: Path) -> None:
    for variables, helpers in (([{"name": PARTS_VARIABLE, "value": "${aws_sqs_queue.parts.url}"}], True), ([], False)):
        changed = json.loads(stack.read_text(encoding="utf-8"))
        task = changed["resource"]["aws_ecs_task_definition"]["worker"]
        containers = json.loads(task["container_definitions"])
        others = [pair for pair in containers[0]["environment"] if pair["name"] != PARTS_VARIABLE]
        containers[0]["environment"] = [*others, *variables]
        task["container_definitions"] = json.dumps(containers)
        path = tmp_path / "cdk.tf.json"
        path.write_text(json.dumps(changed), encoding="utf-8")
        assert read_model(path).worker.helpers is helpers
        assert Stack(path, helpers=not helpers).model().worker.helpers is not helpers


def test_larger_workers_cost_twice_as_much_and_encode_faster(stack: Path) -> None:
    ours = Stack(stack, helpers=True).model()
    (alone, same), (larger, faster), (fewer, _) = rivals(Stack(stack, helpers=True), {}, [(0.0, 22.0), (1.0, 1.0)])
    assert (alone.name, alone.worker.helpers, same) == ("without helpers", False, [(0.0, 22.0), (1.0, 1.0)])
    assert (larger.name, larger.worker.vcpu, larger.worker.helpers) == ("4 vCPU per worker", 4, False)
    assert worker_hour(larger.worker, "FARGATE") == pytest.approx(2 * worker_hour(ours.worker, "FARGATE"))
    assert faster == [(0.0, 2 + 20 / SPEED_UP), (1.0, 1.0)]
    assert (fewer.minimum, fewer.maximum, fewer.providers[0].base) == (5, 25, 2)
    assert rivals(Stack(stack, helpers=False), {}, [])[0][0].name == "with helpers"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_prints_times_to_video_beside_waits(stack: Path, tmp_path: Path) -> None:
    """A job of 22 s per minute, ten workers: alone it takes 22 s, in parts less than half."""
    trace = tmp_path / "trace.csv"
    write_trace(trace, [(60.0 * minute, 22.0) for minute in range(10)])
    options = ("--stack", str(stack), "--trace", str(trace), "--hours", "0.25", "--helpers")
    shown = run("simulate", *options)
    assert shown.returncode == 0, shown.stderr
    assert "video p50" in shown.stdout
    assert "Idle workers helped 10 jobs: they rendered" in shown.stdout
    compared = run("simulate", *options, "--compare-helpers", "--json")
    ours, alone, larger, _ = json.loads(compared.stdout)["runs"]
    assert (alone["policy"], alone["video_p50"], alone["helped_jobs"]) == ("without helpers", 22, 0)
    assert ours["video_p50"] < 11 < larger["video_p50"] == pytest.approx(2 + 20 / SPEED_UP, abs=1e-4)
    assert ours["wait_p99"] == alone["wait_p99"] == 0
    assert ours["usd"] == alone["usd"] == pytest.approx(larger["usd"] / 2, abs=1e-3)
    (without,) = json.loads(run("simulate", *options[:-1], "--no-helpers", "--json").stdout)["runs"]
    assert without["video_p50"] == 22


def test_plan_capacity_plays_helpers_too(stack: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    write_trace(trace, [(60.0 * minute, 22.0) for minute in range(10)])
    options = ("plan-capacity", "--p95", "0", "--stack", str(stack), "--trace", str(trace), "--json")
    helped, alone = (json.loads(run(*options, flag).stdout) for flag in ("--helpers", "--no-helpers"))
    assert helped["today"]["video_p50"] < 11 < alone["today"]["video_p50"] == 22
