"""The AWS parts of `make bench-validation`, calculated by hand."""

import math
from typing import Any

import pytest

from benchmarks.validation.autoscaling import ScalableTarget, StepPolicy
from benchmarks.validation.calibration import Overheads
from benchmarks.validation.cloudwatch import Alarm, Metric, Metrics, UnsupportedRuleError
from benchmarks.validation.comparison import Figure, compare, predict, table, timings_here
from benchmarks.validation.ecs_service import EcsService
from benchmarks.validation.live_run import Observation
from benchmarks.validation.workload import LOADS, compressed_day
from ops.simulation.timings import LogNormal
from tests.simulation.models import model

QUEUE = frozenset({("QueueName", "jobs")})
PEAK = Metric("HospupVideo", "PeakJobs", QUEUE)
WAITING = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QUEUE)


def described(metric: Metric, **changes: Any) -> dict[str, Any]:
    """An alarm as CloudWatch describes it: two or more."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {
        "AlarmName": "busy",
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimensions,
        "Statistic": "Maximum",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 2.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": ["policy"],
        "Metrics": [],
        **changes,
    }


def peaks(*samples: tuple[float, float]) -> Metrics:
    """PeakJobs at certain seconds, visible ten seconds after its period's end; SQS' metric, after thirty."""
    metrics = Metrics(lambda namespace: 10.0 if namespace == "HospupVideo" else 30.0)
    for at, value in samples:
        metrics.put(PEAK, at, value)
    return metrics


def test_an_alarm_calls_once_its_period_is_shown_and_then_once_a_minute() -> None:
    """Three jobs in the period from 100 to 110, which is visible at 120; they stay for two minutes."""
    metrics = peaks(*((100.0 + 10 * period, 3.0) for period in range(12)))
    alarm = Alarm(described(PEAK), metrics, first_evaluation=105)
    called = [now for now in range(105, 300) if alarm.evaluate(now) is not None]
    # Evaluated every ten seconds from 105 on. The last, 210 to 220, is found until two periods later: at 245.
    assert called == [125, 185, 245]
    assert not alarm.in_alarm


def test_an_alarm_looks_at_the_newest_period() -> None:
    alarm = Alarm(described(PEAK), peaks((101, 9), (109, 7), (111, 1), (121, 5)), first_evaluation=120)
    assert [alarm.evaluate(now) for now in (120, 130, 140)] == [9, None, 5]


def test_no_data_is_no_alarm() -> None:
    alarm = Alarm(described(PEAK), peaks(), first_evaluation=0)
    assert [alarm.evaluate(now) for now in range(0, 100, 10)] == [None] * 10


def unheard(metrics: Metrics) -> Alarm:
    def query(name: str, metric: Metric) -> dict[str, Any]:
        named = {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": described(metric)["Dimensions"],
        }
        return {"Id": name, "MetricStat": {"Metric": named, "Period": 60, "Stat": "Maximum"}, "ReturnData": False}

    expression = {"Id": "e", "Expression": "IF(FILL(heard, -1) < 0, waiting, 0)", "ReturnData": True}
    queries = [query("waiting", WAITING), query("heard", PEAK), expression]
    return Alarm(described(PEAK, Metrics=queries, TreatMissingData="notBreaching", Threshold=1.0), metrics, 0)


def test_an_alarm_of_two_metrics_waits_for_the_later_one() -> None:
    """No worker publishes in the second minute, and four jobs wait; the minute ends at 120 and is visible at 150."""
    metrics = peaks((30, 1))
    metrics.put(WAITING, 59, 2)
    metrics.put(WAITING, 119, 4)
    alarm = unheard(metrics)
    assert [alarm.evaluate(now) for now in range(0, 240, 60)] == [None, None, None, 4]


def test_a_period_of_30_s_ends_at_each_evaluation() -> None:
    """Nine jobs at 101: visible from 120 on, and within the last thirty seconds until 149."""
    alarm = Alarm(
        described(PEAK, Period=30, Threshold=0.0),
        peaks(*((at, 9) if at == 101 else (at, 1) for at in range(81, 200, 10))),
        110,
    )
    called = {now: alarm.evaluate(now) for now in range(110, 180, 10)}
    assert called == {110: 1, 120: None, 130: None, 140: None, 150: None, 160: None, 170: 1}
    fresh = Alarm(described(PEAK, Period=30, Threshold=2.0), peaks((101, 9), (121, 1), (131, 1), (141, 1)), 110)
    assert [(fresh.evaluate(now), fresh.in_alarm)[1] for now in range(110, 170, 10)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


def test_all_of_several_datapoints_must_breach() -> None:
    metrics = peaks()
    for minute, jobs in enumerate((2, 0, 3, 4)):
        metrics.put(WAITING, 60 * minute + 59, jobs)
    two = {"Period": 60, "EvaluationPeriods": 2, "Threshold": 1.0, "TreatMissingData": "notBreaching"}
    alarm = Alarm(described(WAITING, **two), metrics, 0)
    assert [alarm.evaluate(now) for now in range(0, 360, 60)] == [None, None, None, None, None, 4]


@pytest.mark.parametrize(
    "changes", [{"EvaluationPeriods": 3}, {"TreatMissingData": "breaching"}, {"TreatMissingData": "ignore"}]
)
def test_an_alarm_of_another_kind_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedRuleError, match="busy"):
        Alarm(described(PEAK, **changes), peaks(), 0)


def test_embedded_metrics_are_taken_out_of_log_lines() -> None:
    directive = {"Namespace": "HospupVideo", "Dimensions": [["QueueName"]], "Metrics": [{"Name": "PeakJobs"}]}
    line = {"_aws": {"Timestamp": 12_500, "CloudWatchMetrics": [directive]}, "QueueName": "jobs", "PeakJobs": 4}
    metrics = peaks()
    metrics.put_embedded(line)
    metrics.put_embedded({"message": "Job started."})
    assert metrics.datapoint(PEAK, "Maximum", 10, 10) == 4
    assert math.isnan(metrics.datapoint(PEAK, "Maximum", 20, 10))


def policy(kind: str, *steps: tuple[float, float | None, int], cooldown: int = 60) -> StepPolicy:
    adjustments = []
    for lower, upper, change in steps:
        bounds = {"MetricIntervalLowerBound": lower} | ({} if upper is None else {"MetricIntervalUpperBound": upper})
        adjustments.append({**bounds, "ScalingAdjustment": change})
    configuration = {"AdjustmentType": kind, "Cooldown": cooldown, "StepAdjustments": adjustments}
    return StepPolicy({"PolicyName": "policy", "StepScalingPolicyConfiguration": configuration})


def target() -> ScalableTarget:
    return ScalableTarget({"MinCapacity": 2, "MaxCapacity": 8})


def test_an_exact_capacity_goes_up_at_once_and_down_after_the_cooldown() -> None:
    stairs, fleet = policy("ExactCapacity", (0, 1, 0), (1, 4, 4), (4, None, 6)), target()
    asked = [(0, 3), (10, 5), (20, 0), (69, 0), (70, 0)]
    assert [fleet.act(stairs, now, breach) and fleet.desired for now, breach in asked] == [4, 6, False, False, 2]


def test_the_bounds_cut_off_and_begin_no_cooldown_where_nothing_changes() -> None:
    stairs, fleet = policy("ExactCapacity", (0, 1, 0), (1, None, 20)), target()
    assert [fleet.act(stairs, now, 5) for now in (0, 60)] == [True, False]
    assert (fleet.desired, fleet.act(stairs, 70, 0), fleet.desired) == (8, True, 2)


def test_what_was_added_counts_during_the_cooldown() -> None:
    """AWS' example: two are added; three within the cooldown add one more."""
    adding, fleet = policy("ChangeInCapacity", (0, 10, 2), (10, None, 3), cooldown=180), target()
    for now, breach, capacity in [(0, 1, 4), (60, 1, 4), (120, 20, 5)]:
        fleet.act(adding, now, breach)
        assert fleet.desired == capacity
    assert (fleet.act(adding, 301, 1), fleet.desired) == (True, 7)


def test_steps_below_the_threshold_are_refused() -> None:
    with pytest.raises(UnsupportedRuleError, match="policy"):
        policy("ExactCapacity", (-5, 0, 1))


class Process:
    """A worker that ends on SIGTERM."""

    def __init__(self) -> None:
        self.running = True

    def terminate(self) -> None:
        self.running = False


def service(protected: set[str], processes: dict[str, Process]) -> EcsService:
    """Two tasks that run, each start billed after 20 s and running after 30."""

    def start(task: str) -> Process:
        return processes.setdefault(task, Process())

    one = EcsService(start, lambda task: task not in protected, lambda: (20.0, 10.0))
    one.begin_with(2, 0)
    return one


def test_tasks_start_after_their_delay_and_are_billed_from_the_pull() -> None:
    processes: dict[str, Process] = {}
    one = service(set(), processes)
    one.desired = 3
    for now in range(1, 61):
        one.tick(now)
        assert len(processes) == (3 if now >= 31 else 2)
    assert [task.billed(60) for task in one.tasks] == [60, 60, 39]


def test_the_youngest_that_is_not_protected_is_stopped_and_others_are_waited_for() -> None:
    processes: dict[str, Process] = {}
    protected = {"task-2", "task-3"}
    one = service(protected, processes)
    one.begin_with(1, 0)
    one.desired = 1
    one.tick(5)
    assert [process.running for process in processes.values()] == [False, True, True]
    one.tick(6)
    protected.discard("task-2")
    one.tick(7)
    assert [process.running for process in processes.values()] == [False, False, True]


def test_who_has_not_started_yet_never_does_and_who_has_died_is_replaced() -> None:
    processes: dict[str, Process] = {}
    one = service({"task-1", "task-2"}, processes)
    one.desired = 3
    one.tick(1)
    one.desired = 2
    one.tick(2)
    processes["task-1"].running = False
    one.tick(3)
    one.tick(33)
    assert [task.name for task in one.active] == ["task-2", "task-4"]
    assert list(processes) == ["task-1", "task-2", "task-4"]


def test_a_compressed_day_brings_the_loads_that_it_is_made_of() -> None:
    trace = compressed_day(6000, seed=2)
    assert trace == compressed_day(6000, seed=2)
    hour = 6000 * 60 / len(LOADS)
    spike = sum(render for arrival, render in trace if 14 * hour <= arrival < 15 * hour)
    assert spike / hour == pytest.approx(LOADS[14], rel=0.05)


def test_a_difference_is_judged_by_what_was_predicted() -> None:
    figures = [Figure("mean wait, s", 10, 9, 11, observed, is_judged=True) for observed in (11.4, 8.6, 11.6)]
    assert [figure.holds for figure in figures] == [True, True, False]
    assert Figure("p50, s", 0, 0, 0, 0.2, is_judged=False).holds
    assert "| mean wait, s | 10.0 (9.0 to 11.0) | 11.4 | +14% |" in table(figures)
    assert "| +0.2 s |" in table([Figure("p50, s", 0, 0, 0, 0.2, is_judged=False)])


def test_a_prediction_is_compared_figure_by_figure() -> None:
    """Jobs of 19 s and 1 s of overhead, at 0, 5 and 100: the second waits for 15 s. One worker, for three minutes."""
    predicted = predict(model(1), [(0.0, 19.0), (5.0, 19.0), (100.0, 19.0)], 180, Overheads(1.0, (0.5, 0.7, 0.9)))
    figures = {figure.name: figure for figure in compare(predicted, Observation([0.0, 0.0, 18.0], 198.0))}
    assert (figures["mean wait, s"].predicted, figures["mean wait, s"].observed) == (5, 6)
    assert figures["longest, s"].difference == pytest.approx(0.2)
    assert not figures["mean wait, s"].holds
    assert figures["longest, s"].holds
    assert figures["worker-minutes"].predicted == pytest.approx(3)
    assert figures["worker-minutes"].observed == pytest.approx(3.3)


def test_measurements_are_passed_to_the_simulator() -> None:
    assert timings_here(Overheads(1.0, (0.5, 0.7, 0.9))).boot == LogNormal(0.7, 0.9)
