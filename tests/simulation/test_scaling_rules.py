"""Step scaling and target tracking, calculated by hand."""

import pytest

from ops.simulation.model import StepAdjustment, StepPolicy, TrackingPolicy
from ops.simulation.step_scaling import StepScaling
from ops.simulation.target_tracking import TargetTracking
from tests.simulation.models import query


def policy(kind: str, *steps: tuple[float | None, float | None, int], cooldown: float = 0.0) -> StepScaling:
    return StepScaling(StepPolicy("p", kind, tuple(StepAdjustment(*step) for step in steps), cooldown))


# AWS's example: threshold 60, steps at 0..10 none, 10..20 by a tenth, above by three tenths, of a capacity of 10.
# https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
@pytest.mark.parametrize(("metric", "capacity"), [(60, 10), (69.9, 10), (70, 11), (79.9, 11), (80, 13), (200, 13)])
def test_lower_bounds_belong_to_a_step_and_upper_ones_do_not(metric: float, capacity: int) -> None:
    steps = policy("PercentChangeInCapacity", (0, 10, 0), (10, 20, 10), (20, None, 30))
    assert steps.capacity(0, 60, [metric], 10) == capacity


@pytest.mark.parametrize(("metric", "capacity"), [(40, 10), (30.1, 10), (30, 9), (20.1, 9), (20, 7), (0, 7)])
def test_below_the_threshold_it_is_the_other_way_round(metric: float, capacity: int) -> None:
    steps = policy("PercentChangeInCapacity", (-10, 0, 0), (-20, -10, -10), (None, -20, -30))
    assert steps.capacity(0, 40, [metric], 10) == capacity


@pytest.mark.parametrize(("percent", "capacity"), [(10, 5), (30, 5), (60, 6), (-10, 3), (-60, 2)])
def test_a_percentage_is_one_worker_at_least_and_rounded_towards_zero_above(percent: int, capacity: int) -> None:
    assert policy("PercentChangeInCapacity", (0, None, percent)).capacity(0, 0, [1], 4) == capacity


def test_at_its_threshold_an_alarm_at_or_below_takes_the_step_below() -> None:
    assert policy("ChangeInCapacity", (None, 0, -1)).capacity(0, 0, [0], 10) == 9


def test_what_was_added_counts_during_the_cooldown() -> None:
    """AWS's example: two are added; three within the cooldown add one more."""
    steps = policy("ChangeInCapacity", (0, 10, 2), (10, None, 3), cooldown=300)
    assert steps.capacity(0, 0, [5], 10) == 12
    assert steps.capacity(60, 0, [5], 12) == 12
    assert steps.capacity(120, 0, [15], 12) == 13
    assert steps.capacity(500, 0, [5], 13) == 15


def test_scaling_in_waits_for_its_cooldown_and_not_for_ever() -> None:
    steps = policy("ChangeInCapacity", (None, 0, -1), cooldown=30)
    assert steps.capacity(0, 0, [0], 10) == 9
    assert steps.capacity(29, 0, [0], 9) == 9
    assert steps.capacity(30, 0, [0], 9) == 8


def test_an_exact_capacity_is_what_it_says_up_and_down() -> None:
    steps = policy("ExactCapacity", (0, 5, 10), (5, None, 20), cooldown=60)
    assert steps.capacity(0, 10, [15], 10) == 20
    assert steps.capacity(59, 10, [12], 20) == 20  # in, during the cooldown after scaling out
    assert steps.capacity(60, 10, [12], 20) == 10


def test_no_cooldown_begins_where_the_bounds_leave_nothing_to_change() -> None:
    """At eight of eight, with twenty wanted: nothing is done, so scaling in is allowed half a minute later."""
    steps = policy("ExactCapacity", (0, 5, 4), (5, None, 20), cooldown=60)
    assert steps.capacity(0, 10, [15], 8, (2, 8)) == 8
    assert steps.capacity(30, 10, [12], 8, (2, 8)) == 4


def test_a_step_beyond_the_bounds_is_cut_off_and_its_cooldown_begins() -> None:
    steps = policy("ExactCapacity", (0, 5, 4), (5, None, 20), cooldown=60)
    assert steps.capacity(0, 10, [15], 6, (2, 8)) == 8
    assert steps.capacity(30, 10, [12], 8, (2, 8)) == 8
    assert steps.capacity(60, 10, [12], 8, (2, 8)) == 4


def tracking() -> TargetTracking:
    return TargetTracking(TrackingPolicy("cpu", query("AWS/ECS", "CPUUtilization"), 70, 60, 120))


def test_tracking_has_two_alarms() -> None:
    high, low = tracking().alarms()
    assert (high.comparison, high.threshold, high.evaluation_periods) == ("GreaterThanThreshold", 70, 3)
    assert (low.comparison, low.threshold, low.evaluation_periods) == ("LessThanThreshold", 63, 15)


def test_tracking_asks_for_what_brings_the_metric_to_its_target() -> None:
    one = tracking()
    assert one.capacity(0, 100, current=10, running=10) == 15  # 10 * 100 / 70 = 14.3
    assert one.capacity(30, 100, current=15, running=10) == 15  # no more than before, within the cooldown
    assert one.capacity(31, 140, current=15, running=10) == 20  # more than before
    assert one.capacity(200, 35, current=20, running=20) == 10
    assert one.capacity(201, 35, current=10, running=10) == 10  # the cooldown after scaling in
    assert one.capacity(320, 35, current=10, running=10) == 5
