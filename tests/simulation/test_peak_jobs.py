"""The metric PeakJobs, calculated by hand."""

import random

from ops.simulation.peak_jobs import PeakJobsMetric


def metric(window: float = 240, *, batch_seconds: float = 0) -> PeakJobsMetric:
    return PeakJobsMetric(window, 10, batch_seconds, random.Random(1))  # noqa: S311  no secret


def peak_jobs(*count_times: float, window: float = 240) -> PeakJobsMetric:
    result = metric(window)
    for count_time in count_times:
        result.join(count_time)
    return result


def maximum(one: PeakJobsMetric, now: float) -> float:
    """End the period, and return the largest value that was published in it."""
    return max(line.value for line in one.close(now))


def test_a_worker_counts_the_jobs_at_its_count_time() -> None:
    one = peak_jobs(3)
    one.change(2, 5)
    one.change(4, 1)
    assert maximum(one, 10) == 5


def test_a_job_after_the_count_is_seen_in_the_next_period() -> None:
    one = peak_jobs(3)
    one.change(3.5, 5)
    assert maximum(one, 10) == 0
    assert maximum(one, 20) == 5


def test_a_job_between_two_counts_is_never_seen() -> None:
    one = peak_jobs(3)
    one.change(4, 5)
    assert maximum(one, 10) == 0
    one.change(12, 0)
    assert maximum(one, 20) == 0


def test_more_workers_see_more() -> None:
    three = peak_jobs(1, 5, 9)
    three.change(4, 2)
    three.change(6, 7)
    three.change(8, 3)
    # No worker counts between 6 and 8.
    assert [line.value for line in three.close(10)] == [0, 2, 3]


def test_the_maximum_is_remembered_for_the_window() -> None:
    one = peak_jobs(3, window=20)
    one.change(2, 5)
    one.change(4, 1)
    # Five are counted at 3, and remembered for twenty seconds.
    assert [maximum(one, 10), maximum(one, 20)] == [5, 5]
    one.change(22, 4)
    one.change(24, 0)
    # Then what was counted at 23.
    assert [maximum(one, 10.0 * period) for period in range(3, 7)] == [5, 4, 4, 0]


def test_a_young_worker_knows_no_earlier_peak() -> None:
    two = peak_jobs(3)
    two.change(1, 9)
    two.change(5, 2)
    assert [line.value for line in two.close(10)] == [9]
    two.join(17)
    assert [line.value for line in two.close(20)] == [9, 2]


def test_each_line_is_shown_at_its_own_time() -> None:
    """Ten seconds after it has left the log driver, in which it waits for up to five."""
    one = metric(batch_seconds=5)
    for count_time in (0.5, 4.0, 9.5):
        one.join(count_time)
    waited = [line.shown - written - 10 for line, written in zip(one.close(10), (0.5, 4.0, 9.5), strict=True)]
    assert all(0 <= seconds <= 5 for seconds in waited)
    assert len(set(waited)) == 3


def test_without_workers_nothing_is_published() -> None:
    one = metric()
    one.change(1, 9)
    assert one.close(10) == []
    counter = one.join(15)
    assert maximum(one, 20) == 9
    one.leave(counter)
    one.change(25, 0)
    assert one.close(30) == []
    one.join(32)
    assert maximum(one, 40) == 0
