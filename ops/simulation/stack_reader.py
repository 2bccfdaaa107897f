"""Reads a stack's scaling from its synthesised Terraform JSON, the file that is deployed.

That is: the scalable target and its scheduled actions, the policies and the alarms that call them, the capacity
providers, the queue's lease and maximum of receives, the task's size and stop timeout, and from the task role whether
workers may protect themselves. Terraform's variables have their defaults, or the values given.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.errors import StackError
from ops.simulation.model import (
    Alarm,
    CapacityProvider,
    MetricQuery,
    MetricStat,
    StackModel,
    StepAdjustment,
    StepPolicy,
    TrackingPolicy,
    WorkerModel,
)
from ops.simulation.schedules import ScheduledAction, ScheduleError, read_schedule
from ops.stack.expressions import ExpressionError, compile_expression
from ops.stack.synthesis import read_stack

RELEASED = "simulated"
"""The image tag that is simulated: without one, the fleet stays at zero."""
METRIC_ID = "metric"
PEAK_VARIABLE = "PEAK_JOBS_SECONDS"
"""The worker's environment variable with the window of PeakJobs, in seconds."""
PARTS_VARIABLE = "PARTS_QUEUE_URL"
"""The worker's environment variable with the queue of parts; without it, no worker helps another."""


class Stack:
    """A `cdk.tf.json`, read once and simulated with several values of its variables.

    Params:
        path: the file.
        helpers: whether its idle workers help; default: as deployed.

    Raises `StackError` where the file holds no stack.
    """

    def __init__(self, path: Path, *, helpers: bool | None = None) -> None:
        self._path = path
        self._helpers = helpers
        self._json = read_stack(path)

    def model(self, variables: Mapping[str, float] | None = None) -> StackModel:
        """The stack's model with these Terraform variables, by name; others have their defaults.

        Raises `StackError` where the file isn't a stack of this app.
        """
        try:
            model = _Reader(self._json, variables or {}).model(self._path.parent.name)
        except KeyError as missing:
            raise StackError(f"{self._path} has no {missing.args[0]}: a stack of this app is expected.") from missing
        except (ExpressionError, ScheduleError) as error:
            raise StackError(f"{self._path}: {error}") from error
        return model if self._helpers is None else model.with_helpers(self._helpers)


def read_model(path: Path, variables: Mapping[str, float] | None = None) -> StackModel:
    """The model of a `cdk.tf.json`. Raises `StackError`."""
    return Stack(path).model(variables)


class _Reader:
    def __init__(self, stack: Mapping[str, Any], variables: Mapping[str, float]) -> None:
        self._resources: Mapping[str, Any] = stack["resource"]
        self._provider: Mapping[str, Any] = next(iter(stack.get("provider", {}).get("aws", [])), {})
        defaults = {key: value.get("default") for key, value in stack.get("variable", {}).items()}
        known = {**defaults, "worker_image_tag": RELEASED, **variables}
        self._names = {f"var.{key}": value for key, value in known.items()}

    def model(self, name: str) -> StackModel:
        target = self._first("aws_appautoscaling_target")
        policies = self._resources.get("aws_appautoscaling_policy", {})
        steps = {key: self._steps(key, policy) for key, policy in policies.items() if _kind(policy) == "StepScaling"}
        return StackModel(
            name=name,
            minimum=round(self._number(target["min_capacity"])),
            maximum=round(self._number(target["max_capacity"])),
            worker=self._worker(),
            providers=self._providers(),
            alarms=tuple(self._alarms()),
            step_policies=steps,
            tracking_policies=tuple(
                self._tracking(key, policy) for key, policy in policies.items() if _kind(policy) != "StepScaling"
            ),
            scheduled=tuple(self._scheduled()),
        )

    def _first(self, kind: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(iter(self._resources[kind].values()))
        return found

    def _number(self, value: Any) -> float:
        """A number, or the Terraform expression of one."""
        if isinstance(value, str):
            inner = re.fullmatch(r"\$\{(.*)\}", value, re.DOTALL)
            return float(compile_expression(inner.group(1) if inner else value)(self._names))
        return float(value)

    def _optional(self, value: Any) -> float | None:
        return None if value in {None, ""} else self._number(value)

    def _steps(self, key: str, policy: Mapping[str, Any]) -> StepPolicy:
        configuration = policy["step_scaling_policy_configuration"]
        return StepPolicy(
            name=key,
            adjustment_type=configuration["adjustment_type"],
            # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
            cooldown=self._number(configuration.get("cooldown", 300)),
            aggregation=configuration.get("metric_aggregation_type", "Average"),
            minimum_magnitude=round(self._number(configuration.get("min_adjustment_magnitude", 1))),
            steps=tuple(
                StepAdjustment(
                    lower=self._optional(step.get("metric_interval_lower_bound")),
                    upper=self._optional(step.get("metric_interval_upper_bound")),
                    adjustment=round(self._number(step["scaling_adjustment"])),
                )
                for step in configuration["step_adjustment"]
            ),
        )

    def _tracking(self, key: str, policy: Mapping[str, Any]) -> TrackingPolicy:
        configuration = policy["target_tracking_scaling_policy_configuration"]
        return TrackingPolicy(
            name=key,
            query=_tracking_query(configuration),
            target=self._number(configuration["target_value"]),
            scale_out_cooldown=self._number(configuration.get("scale_out_cooldown", 300)),
            scale_in_cooldown=self._number(configuration.get("scale_in_cooldown", 300)),
            scales_in=not configuration.get("disable_scale_in", False),
        )

    def _alarms(self) -> list[Alarm]:
        """The alarms that call a policy."""
        alarms = []
        for key, alarm in self._resources.get("aws_cloudwatch_metric_alarm", {}).items():
            actions = tuple(
                match.group(1)
                for action in alarm.get("alarm_actions", [])
                if (match := re.fullmatch(r"\$\{aws_appautoscaling_policy\.([\w-]+)\.arn\}", action))
            )
            if actions:
                periods = round(self._number(alarm["evaluation_periods"]))
                alarms.append(
                    Alarm(
                        name=key,
                        query=_query(alarm),
                        comparison=alarm["comparison_operator"],
                        threshold=self._number(alarm["threshold"]),
                        evaluation_periods=periods,
                        datapoints_to_alarm=round(self._number(alarm.get("datapoints_to_alarm", periods))),
                        missing=alarm.get("treat_missing_data", "missing"),
                        actions=actions,
                    )
                )
        return alarms

    def _scheduled(self) -> Iterator[ScheduledAction]:
        for key, action in self._resources.get("aws_appautoscaling_scheduled_action", {}).items():
            if action.get("start_time") or action.get("end_time"):
                raise ScheduleError(f"{key} begins or ends at a date, which the simulator doesn't play.")
            bounds = action["scalable_target_action"]
            minimum, maximum = (self._optional(bounds.get(name)) for name in ("min_capacity", "max_capacity"))
            yield ScheduledAction(
                name=key,
                schedule=read_schedule(action["schedule"], action.get("timezone", "UTC")),
                minimum=None if minimum is None else round(minimum),
                maximum=None if maximum is None else round(maximum),
            )

    def _providers(self) -> tuple[CapacityProvider, ...]:
        service = self._first("aws_ecs_service")
        strategy = service.get("capacity_provider_strategy") or [{"capacity_provider": "FARGATE", "weight": 1}]
        return tuple(
            CapacityProvider(
                name=one["capacity_provider"],
                base=round(self._number(one.get("base", 0))),
                weight=round(self._number(one.get("weight", 0))),
            )
            for one in strategy
        )

    def _worker(self) -> WorkerModel:
        task = self._first("aws_ecs_task_definition")
        container = json.loads(task["container_definitions"])[0]
        environment = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
        queue = next(one for one in self._resources["aws_sqs_queue"].values() if one.get("redrive_policy"))
        roles = json.dumps(self._resources.get("aws_iam_role_policy", {}))
        protected = "ecs:UpdateTaskProtection" in roles
        return WorkerModel(
            vcpu=self._number(task["cpu"]) / 1024,
            gigabytes=self._number(task["memory"]) / 1024,
            architecture=task.get("runtime_platform", {}).get("cpu_architecture", "X86_64"),
            lease_seconds=self._number(queue["visibility_timeout_seconds"]),
            # Our worker does all three; any other does none.
            renews_lease=protected,
            protected=protected,
            returns_jobs=protected,
            max_receives=round(self._number(json.loads(queue["redrive_policy"])["maxReceiveCount"])),
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
            stop_timeout=self._number(container.get("stopTimeout", 30)),
            region=str(self._provider.get("region", WorkerModel.region)),
            peak_seconds=float(environment.get(PEAK_VARIABLE, 0)),
            helpers=PARTS_VARIABLE in environment,
        )


def _kind(policy: Mapping[str, Any]) -> str:
    return str(policy.get("policy_type", "StepScaling"))


def _query(alarm: Mapping[str, Any]) -> MetricQuery:
    queries = alarm.get("metric_query")
    if not queries:
        stat = MetricStat(alarm["namespace"], alarm["metric_name"], alarm["statistic"])
        return MetricQuery({METRIC_ID: stat}, compile_expression(METRIC_ID), int(alarm["period"]))
    metrics = {query["id"]: query["metric"] for query in queries if "metric" in query}
    stats = {key: MetricStat(one["namespace"], one["metric_name"], one["stat"]) for key, one in metrics.items()}
    return _math_query(stats, queries, max(int(one["period"]) for one in metrics.values()))


def _tracking_query(configuration: Mapping[str, Any]) -> MetricQuery:
    """The metric of a target tracking policy, in periods of a minute."""
    predefined = configuration.get("predefined_metric_specification")
    if predefined:
        names = {
            "ECSServiceAverageCPUUtilization": "CPUUtilization",
            "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
        }
        stat = MetricStat("AWS/ECS", names[predefined["predefined_metric_type"]], "Average")
        return MetricQuery({METRIC_ID: stat}, compile_expression(METRIC_ID), 60)
    customized = configuration["customized_metric_specification"]
    if "metrics" not in customized:
        stat = MetricStat(customized["namespace"], customized["metric_name"], customized["statistic"])
        return MetricQuery({METRIC_ID: stat}, compile_expression(METRIC_ID), 60)
    queries = customized["metrics"]
    metrics = {query["id"]: query["metric_stat"] for query in queries if "metric_stat" in query}
    stats = {
        key: MetricStat(one["metric"]["namespace"], one["metric"]["metric_name"], one["stat"])
        for key, one in metrics.items()
    }
    return _math_query(stats, queries, 60)


def _math_query(stats: Mapping[str, MetricStat], queries: list[Mapping[str, Any]], period: int) -> MetricQuery:
    """The query that returns data: an expression, or one of the metrics."""
    result = next((query for query in queries if query.get("return_data")), queries[-1])
    text = str(result.get("expression", result["id"]))
    return MetricQuery.calculated(stats, text, period)
