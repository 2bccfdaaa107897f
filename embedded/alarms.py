"""Evaluates the alarms of the embedded CloudWatch: moto stores alarms, and evaluates none.

The rules are those of the simulator (ops/simulation/alarms.py, ops/simulation/model.py), each with its source: M of N
datapoints, missing data, metric math, and the actions, which are called when the state changes and, if they scale, once
a minute while it stays. An alarm begins in INSUFFICIENT_DATA, a state in which `alarm_actions` are not called.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

The time is an argument, so that a test needs no waiting.
"""

import math
import re
import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatum

from ops.simulation.alarms import AlarmState
from ops.simulation.metrics import STATISTICS
from ops.simulation.model import Alarm as AlarmModel
from ops.simulation.model import MetricQuery, MetricStat
from ops.stack.expressions import compile_expression

_CONDITION = re.compile(r'(ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)')
_SCALES = ":scalingPolicy:"

Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions."""
Values = list[tuple[float, float]]
"""Times in seconds of the epoch, and values, in this order."""


class Call(NamedTuple):
    """An action that an alarm calls."""

    alarm: str
    state: str
    action: str


class AlarmEvaluator:
    """The alarms of one account and region, with their states between evaluations.

    Params:
        backend: moto's CloudWatch.
    """

    def __init__(self, backend: CloudWatchBackend) -> None:
        self._backend = backend
        self._states: dict[str, tuple[Alarm, AlarmState]] = {}
        self._published: dict[Metric, Values] = defaultdict(list)
        self._read_to = 0
        self._lock = threading.Lock()

    def evaluate(self, now: float, *, only_published: bool = False) -> list[Call]:
        """Evaluate the alarms at a time. Returns the actions that they call.

        Params:
            now: in seconds of the epoch.
            only_published: leave alarms in INSUFFICIENT_DATA whose metrics nobody has ever published here.
        """
        with self._lock:  # a server's requests have a thread each
            return self._evaluate(now, only_published=only_published)

    def _evaluate(self, now: float, *, only_published: bool) -> list[Call]:
        self._read_datapoints()
        alarms: dict[str, Alarm] = dict(self._backend.alarms)
        self._states = {name: state for name, state in self._states.items() if name in alarms}
        calls: list[Call] = []
        for alarm in alarms.values():
            if not alarm.rule:
                calls += self._evaluate_metric_alarm(alarm, now, only_published=only_published)
        rules = {name: {named for _, named in _CONDITION.findall(one.rule or "")} for name, one in alarms.items()}
        for name in TopologicalSorter(rules).static_order():  # a composite alarm may refer to others
            if name in alarms and (rule := alarms[name].rule):
                calls += _change(alarms[name], "ALARM" if self._holds(rule) else "OK")
        return calls

    def _read_datapoints(self) -> None:
        """Sort in what was published since the last evaluation."""
        data = self._backend.metric_data
        for datum in data[self._read_to :]:
            if isinstance(datum, MetricDatum):
                at = datum.timestamp if datum.timestamp.tzinfo else datum.timestamp.replace(tzinfo=UTC)
                insort(
                    self._published[_key(datum.namespace, datum.name, datum.dimensions)], (at.timestamp(), datum.value)
                )
        self._read_to = len(data)

    def _evaluate_metric_alarm(self, alarm: Alarm, now: float, *, only_published: bool) -> list[Call]:
        known, state = self._states.get(alarm.name, (None, None))
        metrics, model = _read(alarm)
        if known is not alarm or state is None:
            before = state.state if state else "INSUFFICIENT_DATA"
            state = AlarmState(model)  # a changed alarm keeps its state until its next evaluation
            state.state = alarm.state_value = before
            self._states[alarm.name] = (alarm, state)
        if only_published and not any(self._published[key] for key in metrics.values()):
            return []
        query = model.query
        every = state.interval
        newest = math.floor(now / every) * every  # the window slides to the time of the evaluation
        datapoints = []
        for back in range(state.reach):
            end = newest - back * query.period
            values = {
                name: _statistic(self._published[metrics[name]], stat.statistic, end - query.period, end)
                for name, stat in query.stats.items()
            }
            datapoints.append(query.value(values, {name for name, key in metrics.items() if self._published[key]}))
        was_in_alarm = alarm.state_value == "ALARM"
        is_called = bool(state.evaluate(now, datapoints))
        calls = _change(alarm, state.state)
        if is_called and was_in_alarm and alarm.actions_enabled:
            calls += [Call(alarm.name, "ALARM", action) for action in alarm.alarm_actions if _SCALES in action]
        return calls

    def _holds(self, rule: str) -> bool:
        """Whether a composite alarm's rule holds.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
        """

        def is_in(condition: re.Match[str]) -> str:
            alarm = self._backend.alarms.get(condition[2])
            return "true" if alarm is not None and alarm.state_value == condition[1] else "false"

        return bool(compile_expression(_CONDITION.sub(is_in, rule).replace("NOT ", "!"))({}))


def _change(alarm: Alarm, state: str) -> list[Call]:
    """Set an alarm's state. Returns the actions that this calls."""
    if state == alarm.state_value:
        return []
    alarm.update_state(f"Evaluated to {state}", "{}", state)
    if not alarm.actions_enabled:
        return []
    actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state, alarm.insufficient_data_actions)
    return [Call(alarm.name, state, action) for action in actions or []]


def _read(alarm: Alarm) -> tuple[Mapping[str, Metric], AlarmModel]:
    """An alarm's metrics by their ids in its query, and the alarm as the rules see it."""
    if alarm.metric_data_queries:
        named = {query.id: query.metric_stat for query in alarm.metric_data_queries if query.metric_stat}
        metrics = {
            key: _key(one.metric.namespace, one.metric.metric_name, one.metric.dimensions) for key, one in named.items()
        }
        stats = {key: MetricStat(*metrics[key][:2], one.stat) for key, one in named.items()}
        result = next(query for query in alarm.metric_data_queries if query.return_data)
        period = max(int(one.period) for one in named.values())
        query = MetricQuery.calculated(stats, result.expression or result.id, period)
    else:
        metrics = {"metric": _key(alarm.namespace, alarm.metric_name, alarm.dimensions)}
        stat = MetricStat(alarm.namespace, alarm.metric_name, alarm.statistic or alarm.extended_statistic or "")
        query = MetricQuery.calculated({"metric": stat}, "metric", int(alarm.period))
    periods = int(alarm.evaluation_periods)
    return metrics, AlarmModel(
        name=alarm.name,
        query=query,
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        evaluation_periods=periods,
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
        missing=alarm.treat_missing_data or "missing",
    )


def _key(namespace: str, name: str, dimensions: Sequence[Any]) -> Metric:
    return namespace, name, frozenset((one.name, one.value) for one in dimensions)


def _statistic(published: Values, statistic: str, begin: float, end: float) -> float | None:
    values = sorted(value for _, value in published[bisect_left(published, (begin,)) : bisect_left(published, (end,))])
    if not values:
        return None
    if statistic in STATISTICS:
        return STATISTICS[statistic](values)
    rank = math.ceil(float(statistic.removeprefix("p")) / 100 * len(values))
    return values[max(rank - 1, 0)]
