"""The default scaling of other systems, for the same trace, pool and machines.

Each has its own defaults: its workers have no scale-in protection, and a killed job waits for its lease to end.
`protected=True` combines the other policy with our workers instead, to compare the policies alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from ops.simulation.model import (
    Alarm,
    CapacityProvider,
    MetricQuery,
    MetricStat,
    StackModel,
    StepAdjustment,
    StepPolicy,
    TrackingPolicy,
)
from ops.stack.expressions import compile_expression

_VISIBLE = MetricStat("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")
_CPU = MetricStat("AWS/ECS", "CPUUtilization", "Average")
_FIVE_MINUTES = 300
_ON_DEMAND = (CapacityProvider("FARGATE", 0, 1),)


def other_policies_for(model: StackModel, *, protected: bool = False) -> list[StackModel]:
    """The old stack, aws-cdk's defaults, Copilot's backlog per task, and two fixed pools."""
    scaled = [old_stack(model), aws_cdk(model), copilot(model)]
    if protected:
        scaled = [replace(other, worker=model.worker, name=f"{other.name}, protected") for other in scaled]
    return [*scaled, fixed(model, model.minimum), fixed(model, model.maximum)]


def old_stack(model: StackModel) -> StackModel:
    """The CDK stack that this system replaced: one worker less at 0 waiting messages, one more from 1, five from 10,
    ten from 30, cooldown 30 s, and CPU at 70 %. Its alarms have periods of 300 s, its lease is half an hour."""
    return _with_steps(
        model,
        "old stack",
        steps=(StepAdjustment(0, 9, 1), StepAdjustment(9, 29, 5), StepAdjustment(29, None, 10)),
        threshold=1,
        cooldown=30,
        cpu=TrackingPolicy("cpu", _query(_CPU), 70, 60, 60),
    )


def aws_cdk(model: StackModel) -> StackModel:
    """`QueueProcessingFargateService`, by default: one less at 0, one more from 100, five from 500, and CPU at 50 %.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecs_patterns.QueueProcessingFargateService.html
    """
    return _with_steps(
        model,
        "aws-cdk",
        steps=(StepAdjustment(0, 400, 1), StepAdjustment(400, None, 5)),
        threshold=100,
        cooldown=300,
        cpu=TrackingPolicy("cpu", _query(_CPU), 50, 300, 300),
    )


def copilot(model: StackModel, acceptable_latency: float = 60.0, processing_time: float = 22.0) -> StackModel:
    """Copilot's worker service: tracks waiting messages per task, at acceptable latency divided by processing time.

    https://aws.github.io/copilot-cli/docs/manifest/worker-service/
    """
    backlog = MetricQuery(
        {"visible": replace(_VISIBLE, statistic="Average"), "running": _running()},
        compile_expression("visible / IF(running > 0, running, 1)"),
        60,
    )
    policy = TrackingPolicy("backlog_per_task", backlog, acceptable_latency / processing_time, 60, 120)
    return replace(_without_scaling(model, "copilot", lease_seconds=900), tracking_policies=(policy,))


def fixed(model: StackModel, workers: int) -> StackModel:
    """A fixed number of workers; ours in every other respect."""
    bare = replace(model, alarms=(), step_policies={}, tracking_policies=(), scheduled=())
    return replace(bare, name=f"{workers} always", minimum=workers, maximum=workers)


def _with_steps(
    model: StackModel,
    name: str,
    *,
    steps: Sequence[StepAdjustment],
    threshold: float,
    cooldown: float,
    cpu: TrackingPolicy,
) -> StackModel:
    query = _query(_VISIBLE, _FIVE_MINUTES)
    out = Alarm("waiting", query, "GreaterThanOrEqualToThreshold", threshold, 1, 1, "missing", ("out",))
    idle = Alarm("idle", query, "LessThanOrEqualToThreshold", 0, 1, 1, "missing", ("in",))
    return replace(
        _without_scaling(model, name, lease_seconds=1800),
        alarms=(out, idle),
        step_policies={
            "out": StepPolicy("out", "ChangeInCapacity", tuple(steps), cooldown),
            "in": StepPolicy("in", "ChangeInCapacity", (StepAdjustment(None, 0, -1),), cooldown),
        },
        tracking_policies=(cpu,),
    )


def _without_scaling(model: StackModel, name: str, *, lease_seconds: float) -> StackModel:
    worker = replace(
        model.worker,
        protected=False,
        returns_jobs=False,
        renews_lease=False,
        lease_seconds=lease_seconds,
        peak_seconds=0.0,
        helpers=False,
    )
    return replace(
        model,
        name=name,
        worker=worker,
        providers=_ON_DEMAND,
        alarms=(),
        step_policies={},
        tracking_policies=(),
        scheduled=(),
    )


def _query(stat: MetricStat, period: int = 60) -> MetricQuery:
    return MetricQuery({"metric": stat}, compile_expression("metric"), period)


def _running() -> MetricStat:
    return MetricStat("ECS/ContainerInsights", "RunningTaskCount", "Average")
