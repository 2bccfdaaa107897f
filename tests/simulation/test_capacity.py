"""Sizes for an objective, and pictures of a run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.simulation.capacity import smallest
from ops.stack.synthesis import synthesise
from tests.simulation.models import write_trace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("least", "found"), [(0, 0), (1, 1), (37, 37), (100, 100), (101, None)])
def test_the_smallest_that_holds(least: int, found: int | None) -> None:
    assert smallest(0, 100, lambda number: number >= least) == found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise("prod", tmp_path_factory.mktemp("prod"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_seven_at_once_need_seven_workers(stack: Path, tmp_path: Path) -> None:
    """Seven jobs at once every 20 minutes: a worker that starts then is too late, and stopped before the next time."""
    trace = tmp_path / "trace.csv"
    write_trace(trace, [(1200.0 * turn + 1, 25.0) for turn in range(12) for _ in range(7)])
    done = run("plan-capacity", "--p95", "0", "--stack", str(stack), "--trace", str(trace), "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert (rows["cheapest"]["warm_pool_size"], rows["cheapest"]["max_workers"]) == (7, 7)
    assert rows["cheapest"]["wait_p95"] == 0
    assert rows["half_the_pool"]["wait_p95"] > 0
    assert rows["cheapest"]["usd"] < rows["today"]["usd"]
    assert (rows["today"]["warm_pool_size"], rows["today"]["max_workers"]) == (10, 50)
    assert (rows["twice_the_pool"]["warm_pool_size"], rows["twice_the_maximum"]["max_workers"]) == (14, 14)


def test_an_impossible_objective_is_refused(stack: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    write_trace(trace, [(1.0, 25.0)] * 2000)
    done = run("plan-capacity", "--p95", "1", "--stack", str(stack), "--trace", str(trace))
    assert done.returncode == 1
    assert "No size up to 1000 workers" in done.stderr


def test_a_run_is_drawn_twice(stack: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    write_trace(trace, [(float(second), 20.0) for second in range(0, 1200, 3)])
    done = run("simulate", "--stack", str(stack), "--trace", str(trace), "--plot", str(tmp_path / "été"))
    assert done.returncode == 0, done.stderr
    assert f"drew {tmp_path / 'été.png'} and" in done.stderr.replace("\n", "")
    assert (tmp_path / "été.png").read_bytes().startswith(b"\x89PNG")
    drawn = (tmp_path / "été.svg").read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "Workers" in drawn
    assert "<!-- minute -->" in drawn  # tenths of an hour say nothing
    done = run("simulate", "--stack", str(stack), "--trace", str(trace), "--plot", str(tmp_path / "no" / "where"))
    assert done.returncode == 2
    assert "can't be written (No such file or directory)" in done.stderr
