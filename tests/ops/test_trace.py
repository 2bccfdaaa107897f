"""`trace`: what the ledger knows of the last days, as `simulate` and `plan-capacity` read it."""

import time
from pathlib import Path

import pytest

from ops.simulation.traces import read_trace, trace_text
from tests.ops.conftest import Site

MINUTE = time.time() // 60 * 60 - 7200
"""A whole minute, two hours ago."""


@pytest.fixture
def worked(site: Site) -> Site:
    """Jobs that ended, one that earlier releases made, one that renders, and an old one."""
    for name, second, seconds in (("first", 10.5, 8.25), ("second", 130.0, 4.0)):
        sent = MINUTE + second
        site.enter(
            name,
            status="COMPLETE",
            sent_at=int(sent * 1000),
            created_at=sent + 2,
            claimed_at=sent + 2,
            ended_at=sent + 2 + seconds,
        )
    site.enter("failed", status="ERROR", created_at=MINUTE + 60, claimed_at=MINUTE + 90, ended_at=MINUTE + 100)
    site.enter("waits", status="QUEUED", created_at=MINUTE + 70)
    site.enter("old", status="COMPLETE", created_at=MINUTE - 9e5, claimed_at=MINUTE - 9e5, ended_at=MINUTE - 8e5)
    return site


TRACE = [(10.5, 8.25), (60.0, 10.0), (130.0, 4.0)]


def test_arrivals_of_the_ledger(worked: Site, tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    done = worked.run("trace", "--since", "7d", "-o", str(path))
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("3 jobs from ")
    assert read_trace(path) == TRACE


def test_it_is_what_simulate_plays(worked: Site, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text(worked.run("trace").out)
    done = worked.run("simulate", "--trace", str(tmp_path / "trace.csv"), "--json")
    assert done.code == 0, done.err
    assert done.json["runs"][0]["jobs"] == 3


def test_json(worked: Site) -> None:
    found = worked.run("trace", "--json").json
    assert [(job["arrival_seconds"], job["render_seconds"]) for job in found["jobs"]] == TRACE
    assert found["file"] is None


def test_a_trace_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text(trace_text(TRACE))
    assert read_trace(tmp_path / "trace.csv") == TRACE


def test_without_jobs(site: Site) -> None:
    done = site.run("trace", "--since", "2h")
    assert done.code == 1
    assert "No job that was begun within 2h has ended" in " ".join(done.err.split())


def test_a_file_that_can_t_be_written(worked: Site, tmp_path: Path) -> None:
    done = worked.run("trace", "-o", str(tmp_path / "none" / "trace.csv"))
    assert done.code == 2
    assert "can't be written (No such file or directory)" in " ".join(done.err.split())
