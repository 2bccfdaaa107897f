"""What CloudWatch shows of a metric, and when; calculated by hand."""

from collections.abc import Sequence

import pytest

from ops.simulation.metrics import WORKER_NAMESPACE, Line, Metrics
from ops.simulation.model import MetricQuery, MetricStat
from ops.simulation.queue_activity import QueueActivity
from tests.simulation.models import EXACT, query

HOUR = 3600


def peaks(period: int) -> tuple[Metrics, MetricQuery]:
    """An old worker and a young one: their lines of each ten seconds are 9 and 1, shown 10 and 14 s after its end."""
    now = 0.0

    def lines() -> Sequence[Line]:
        return [Line(now + 14, 9.0), Line(now + 10, 1.0)]

    metrics = Metrics({(WORKER_NAMESPACE, "PeakJobs"): lines}, EXACT)
    one = query(WORKER_NAMESPACE, "PeakJobs", period=period)
    metrics.watch(one)
    for now in range(10, 110, 10):
        metrics.sample(now, 10)
    return metrics, one


def newest(metrics: Metrics, one: MetricQuery, now: float) -> float | None:
    return next(value for value in metrics.datapoints(one, now, 3) if value is not None)


def test_ten_seconds_may_hold_the_lines_of_a_young_worker_alone() -> None:
    metrics, ten = peaks(10)
    assert [newest(metrics, ten, now) for now in (70, 73, 74, 79, 80)] == [1, 1, 9, 9, 1]


def test_thirty_seconds_always_hold_lines_of_all_workers() -> None:
    metrics, thirty = peaks(30)
    assert {newest(metrics, thirty, now) for now in range(60, 100)} == {9}


def test_a_longer_period_ends_at_each_evaluation() -> None:
    """Five minutes of one-minute samples, shown 30 s late: at 10:30 the newest are those of the minutes 5 to 10."""
    minute = 0
    visible = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    metrics = Metrics({visible: lambda: float(minute)}, EXACT)
    five = query(*visible, period=300, statistic="Minimum")
    metrics.watch(five)
    for minute in range(1, 12):
        metrics.sample(60.0 * minute, 60)
    assert list(metrics.datapoints(five, 629, 1)) == [5]
    assert list(metrics.datapoints(five, 630, 1)) == [6]
    assert list(metrics.datapoints(five, 690, 2)) == [7, 2]


def filled(expression: str) -> MetricQuery:
    stats = {name: MetricStat("AWS/SQS", name, "Maximum") for name in ("jobs", "heard")}
    return MetricQuery.calculated(stats, expression, 60)


@pytest.mark.parametrize(
    ("expression", "heard", "published", "value"),
    [
        ("IF(FILL(heard, -1) < 0, jobs, 0)", None, {"jobs", "heard"}, 5),
        ("IF(FILL(heard, -1) < 0, jobs, 0)", None, {"jobs"}, None),  # FILL of a metric that never had a datapoint
        ("IF(heard < 0, 1, jobs)", None, {"jobs", "heard"}, None),  # a missing operand
        ("jobs / heard", 0, {"jobs", "heard"}, None),
    ],
)
def test_metric_math_with_missing_data(
    expression: str, heard: float | None, published: set[str], value: float | None
) -> None:
    assert filled(expression).value({"jobs": 5, "heard": heard}, published) == value


def test_a_queue_is_silent_after_six_hours_and_for_15_minutes_of_new_use() -> None:
    queue = QueueActivity()
    assert queue.is_published(0, in_use=True)
    assert queue.is_published(6 * HOUR, in_use=False)
    assert not queue.is_published(6 * HOUR + 60, in_use=False)
    again = 7 * HOUR
    assert not queue.is_published(again, in_use=True)
    assert not queue.is_published(again + 14 * 60, in_use=True)
    assert queue.is_published(again + 15 * 60, in_use=True)
    assert queue.is_published(again + 16 * 60, in_use=False)
