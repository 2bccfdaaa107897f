"""Expressions, traces, and the stack as deployed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.errors import StackError
from ops.simulation.fargate import worker_hour
from ops.simulation.stack_reader import read_model
from ops.simulation.traces import TraceError, draw, read_trace
from ops.stack.expressions import ExpressionError, compile_expression
from ops.stack.synthesis import synthesise
from tests.simulation.models import write_trace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-(1 + 2) / 2", -1.5),
        ('var.tag == "" ? 0 : var.pool', 10),
        ("max(var.most, 20)", 50),
        ("(visible + hidden) / IF(running > 0, running, 1)", 12),
        ("IF(FILL(gone, -1) < 0, visible, 0)", 5),
        ("CEIL(visible / 2)", 3),
    ],
)
def test_expressions(text: str, value: float) -> None:
    names = {"var.tag": "1", "var.pool": 10, "var.most": 50, "visible": 5, "hidden": 7, "running": 0, "gone": None}
    assert compile_expression(text)(names) == value


@pytest.mark.parametrize("text", ["1 +", "1 2", "max(1", "§", "a ? 1", ""])
def test_what_cannot_be_read_is_quoted(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"expected|read"):
        compile_expression(text)({"a": 1})


def test_a_name_that_is_not_there_is_named() -> None:
    with pytest.raises(ExpressionError, match=r"var\.gone"):
        compile_expression("var.gone")({"var.there": 1})


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise("prod", tmp_path_factory.mktemp("prod"))


def test_the_stack_is_read_as_deployed(stack: Path) -> None:
    model = read_model(stack)
    assert (model.minimum, model.maximum) == (10, 50)
    assert [(one.name, one.base, one.weight) for one in model.providers] == [
        ("FARGATE", 3, 0),
        ("FARGATE_SPOT", 0, 1),
    ]
    worker = model.worker
    assert (worker.vcpu, worker.gigabytes, worker.architecture) == (2, 4, "ARM64")
    assert (worker.lease_seconds, worker.max_receives, worker.stop_timeout) == (90, 3, 120)
    assert worker.protected
    # The fleet scales, and every alarm action refers to an existing policy.
    policies = {*model.step_policies, *(policy.name for policy in model.tracking_policies)}
    assert policies
    assert {action for alarm in model.alarms for action in alarm.actions} <= policies


def test_variables_replace_their_defaults(stack: Path) -> None:
    model = read_model(stack, {"warm_pool_size": 4, "max_workers": 90, "on_demand_workers": 1})
    assert (model.minimum, model.maximum, model.providers[0].base) == (4, 90, 1)


@pytest.mark.parametrize(("text", "says"), [("no json", "is no JSON"), ("{}", "has no resource")])
def test_a_file_that_is_no_stack_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "cdk.tf.json"
    path.write_text(text)
    with pytest.raises(StackError, match=says):
        read_model(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "first line must name"),
        ("arrival_seconds,render_seconds\n", "holds no job"),
        ("arrival_seconds,render_seconds\n1,2\nx,2\n", "line 3: two numbers"),
        ("arrival_seconds,render_seconds\n1,0\n", "line 2: .*above 0"),
        ("arrival_seconds,render_seconds\n1,nan\n", "line 2"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(text)
    with pytest.raises(TraceError, match=says):
        read_trace(path)


def test_a_trace_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.csv", [(0.5, 20.25), (3, 11)])
    assert read_trace(tmp_path / "trace.csv") == [(0.5, 20.25), (3.0, 11.0)]


@pytest.mark.parametrize("shape", ["poisson", "burst", "day"])
def test_drawn_arrivals(shape: str) -> None:
    trace = draw(shape, hours=24, jobs=20_000, seed=4)
    assert 19_400 < len(trace) < 20_600
    assert trace == draw(shape, hours=24, jobs=20_000, seed=4)
    arrivals = [arrival for arrival, _ in trace]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < 24 * 3600
    renders = sorted(render for _, render in trace)
    assert 21 < renders[len(renders) // 2] < 23


def test_half_of_a_burst_comes_in_half_an_hour() -> None:
    trace = draw("burst", hours=24, jobs=20_000, seed=4)
    assert 0.48 < sum(12 * 3600 <= arrival < 12.5 * 3600 for arrival, _ in trace) / len(trace) < 0.52


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops", "simulate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_line(stack: Path, tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.csv", [(10.0 * second, 20.0) for second in range(60)])
    done = run("--stack", str(stack), "--trace", str(tmp_path / "trace.csv"), "--json", "--compare")
    assert done.returncode == 0, done.stderr
    ours, *others = json.loads(done.stdout)["runs"]
    assert ours["jobs"] == 60
    assert ours["lost"] == ours["killed"] == 0
    assert ours["within_1_s"] == 1
    # The pool of ten for its ten minutes, of which three workers are on demand; the last video takes less than 20 s.
    assert ours["worker_hours"] == pytest.approx(ours["on_demand_hours"] + ours["spot_hours"])
    assert ours["on_demand_hours"] == pytest.approx(3 * 600 / 3600, rel=0.01)
    assert [other["policy"] for other in others] == ["old stack", "aws-cdk", "copilot", "10 always", "50 always"]


def test_a_worker_costs_what_the_price_table_says(stack: Path) -> None:
    # Two vCPU and four GB of ARM64 in eu-west-1, on demand.
    assert worker_hour(read_model(stack).worker, "FARGATE") == pytest.approx(2 * 0.03238 + 4 * 0.00356)


def test_a_region_without_prices_is_refused(stack: Path, tmp_path: Path) -> None:
    moved = json.loads(stack.read_text(encoding="utf-8"))
    moved["provider"]["aws"][0]["region"] = "mars-north-1"
    elsewhere = tmp_path / "cdk.tf.json"
    elsewhere.write_text(json.dumps(moved), encoding="utf-8")
    done = run("--stack", str(elsewhere), "--hours", "1")
    assert done.returncode == 2
    assert "no prices of mars-north-1" in done.stderr


def test_wrong_options_are_refused_with_a_sentence(stack: Path, tmp_path: Path) -> None:
    done = run("--stack", str(stack), "--warm-pool-size", "60")
    assert done.returncode == 2
    assert "warm_pool_size (60) is above max_workers (50)" in done.stderr
    done = run("--stack", str(tmp_path / "gone.json"))
    assert done.returncode == 2
    assert "gone.json" in done.stderr
