"""What scaling goes by, from outside: lines in the log that CloudWatch reads as a metric."""

from pathlib import Path

import pytest

from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import endless_job
from worker.heartbeat import Peak


def test_a_worker_says_how_busy_the_queue_is_whatever_else_it_logs(site: Site, clip: Path) -> None:
    site.start_worker(LOG_LEVEL="ERROR")
    eventually(lambda: bool(site.logged("heartbeat")), 30)
    idle = site.logged("heartbeat")[-1]
    (directive,) = idle["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "HospupVideo",
        "Dimensions": [["QueueName"]],
        "Metrics": [{"Name": "PeakJobs", "Unit": "Count", "StorageResolution": 1}],
    }
    assert idle["QueueName"] == site.queue_url.rpartition("/")[2]
    assert idle["PeakJobs"] == 0
    assert isinstance(idle["_aws"]["Timestamp"], int)

    # One that is rendered and one that waits; the heart goes on beating meanwhile.
    for job_id in ("first", "second"):
        site.send(endless_job(site, clip, job_id))
    eventually(lambda: site.logged("heartbeat")[-1]["PeakJobs"] == 2, 30)


def test_a_busy_moment_is_remembered_for_so_long() -> None:
    peak = Peak(240)
    noted = [(0, 3), (10, 12), (20, 7), (249, 2), (251, 1), (261, 0), (489, 0), (490, 0), (700, 4)]
    assert [peak.note(float(now), number) for now, number in noted] == [3, 12, 12, 12, 7, 2, 2, 1, 4]


@pytest.mark.parametrize("number", [0, 5])
def test_a_steady_queue_is_remembered_once(number: int) -> None:
    peak = Peak(240)
    assert {peak.note(10.0 * beat, number) for beat in range(100)} == {number}
