"""PeakJobs, the metric that the fleet scales by: log lines that CloudWatch reads as a metric."""

from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import endless_job
from worker.telemetry.peak_jobs import SlidingMaximum


def test_a_worker_publishes_peak_jobs_at_any_log_level(site: Site, clip: Path) -> None:
    def published() -> list[dict[str, Any]]:
        return [line for line in site.logged("metrics") if "PeakJobs" in line]

    site.start_worker(LOG_LEVEL="ERROR")
    eventually(lambda: bool(published()))
    idle = published()[-1]
    (directive,) = idle["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "HospupVideo",
        "Dimensions": [["QueueName"]],
        "Metrics": [{"Name": "PeakJobs", "Unit": "Count", "StorageResolution": 1}],
    }
    assert idle["QueueName"] == site.queue_url.rpartition("/")[2]
    assert idle["PeakJobs"] == 0
    assert isinstance(idle["_aws"]["Timestamp"], int)

    # One job renders and one waits; the metric is published meanwhile.
    for job_id in ("first", "second"):
        site.send(endless_job(site, clip, job_id))
    eventually(lambda: published()[-1]["PeakJobs"] == 2)


def test_a_busy_moment_is_remembered_for_so_long() -> None:
    peak = SlidingMaximum(240)
    added = [(0, 3), (10, 12), (20, 7), (249, 2), (251, 1), (261, 0), (489, 0), (490, 0), (700, 4)]
    assert [peak.add(float(now), number) for now, number in added] == [3, 12, 12, 12, 7, 2, 2, 1, 4]


@pytest.mark.parametrize("number", [0, 5])
def test_a_steady_queue_is_remembered_once(number: int) -> None:
    peak = SlidingMaximum(240)
    assert {peak.add(10.0 * beat, number) for beat in range(100)} == {number}
