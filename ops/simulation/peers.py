"""What others do by default, played on the same trace, the same pool and the same machines.

Each is taken as it comes: its workers aren't protected from scale-in, and a job that is killed waits for its lease to
run out. `protected=True` plays a peer's policy with our workers instead, to compare the policies alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from ops.simulation.expressions import compile_expression
from ops.simulation.model import Alarm, Provider, Setting, Source, Step, StepPolicy, TrackingPolicy, Watched

_VISIBLE = Source("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")
_CPU = Source("AWS/ECS", "CPUUtilization", "Average")
_FIVE_MINUTES = 300
_ON_DEMAND = (Provider("FARGATE", 0, 1),)


def peers_of(setting: Setting, *, protected: bool = False) -> list[Setting]:
    """The old stack, aws-cdk's defaults, Copilot's backlog per task, and two fixed pools."""
    scaled = [old_stack(setting), aws_cdk(setting), copilot(setting)]
    if protected:
        scaled = [replace(peer, worker=setting.worker, name=f"{peer.name}, protected") for peer in scaled]
    return [*scaled, fixed(setting, setting.minimum), fixed(setting, setting.maximum)]


def old_stack(setting: Setting) -> Setting:
    """The CDK stack that this system replaced: one worker less at 0 waiting messages, one more from 1, five from 10,
    ten from 30, cooldown 30 s, and CPU at 70 %. Its alarms have periods of 300 s, its lease was half an hour."""
    return _stepped(
        setting,
        "old stack",
        steps=(Step(0, 9, 1), Step(9, 29, 5), Step(29, None, 10)),
        threshold=1,
        cooldown=30,
        cpu=TrackingPolicy("cpu", _watched(_CPU), 70, 60, 60),
    )


def aws_cdk(setting: Setting) -> Setting:
    """`QueueProcessingFargateService` as it comes: one less at 0, one more from 100, five from 500, and CPU at 50 %.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecs_patterns.QueueProcessingFargateService.html
    """
    return _stepped(
        setting,
        "aws-cdk",
        steps=(Step(0, 400, 1), Step(400, None, 5)),
        threshold=100,
        cooldown=300,
        cpu=TrackingPolicy("cpu", _watched(_CPU), 50, 300, 300),
    )


def copilot(setting: Setting, acceptable_latency: float = 60.0, processing_time: float = 22.0) -> Setting:
    """Copilot's worker service: waiting messages for each task, tracked at acceptable latency by processing time.

    https://aws.github.io/copilot-cli/docs/manifest/worker-service/
    """
    backlog = Watched(
        {"visible": replace(_VISIBLE, statistic="Average"), "running": _running()},
        compile_expression("visible / IF(running > 0, running, 1)"),
        60,
    )
    policy = TrackingPolicy("backlog_per_task", backlog, acceptable_latency / processing_time, 60, 120)
    return replace(_bare(setting, "copilot", lease_seconds=900), tracking_policies=(policy,))


def fixed(setting: Setting, workers: int) -> Setting:
    """So many workers, always; ours in every other respect."""
    bare = replace(setting, alarms=(), step_policies={}, tracking_policies=(), scheduled=())
    return replace(bare, name=f"{workers} always", minimum=workers, maximum=workers)


def _stepped(
    setting: Setting, name: str, *, steps: Sequence[Step], threshold: float, cooldown: float, cpu: TrackingPolicy
) -> Setting:
    watched = _watched(_VISIBLE, _FIVE_MINUTES)
    out = Alarm("waiting", watched, "GreaterThanOrEqualToThreshold", threshold, 1, 1, "missing", ("out",))
    idle = Alarm("idle", watched, "LessThanOrEqualToThreshold", 0, 1, 1, "missing", ("in",))
    return replace(
        _bare(setting, name, lease_seconds=1800),
        alarms=(out, idle),
        step_policies={
            "out": StepPolicy("out", "ChangeInCapacity", tuple(steps), cooldown),
            "in": StepPolicy("in", "ChangeInCapacity", (Step(None, 0, -1),), cooldown),
        },
        tracking_policies=(cpu,),
    )


def _bare(setting: Setting, name: str, *, lease_seconds: float) -> Setting:
    worker = replace(
        setting.worker,
        protected=False,
        hands_back=False,
        renews_lease=False,
        lease_seconds=lease_seconds,
        peak_seconds=0.0,
    )
    return replace(
        setting,
        name=name,
        worker=worker,
        providers=_ON_DEMAND,
        alarms=(),
        step_policies={},
        tracking_policies=(),
        scheduled=(),
    )


def _watched(source: Source, period: int = 60) -> Watched:
    return Watched({"metric": source}, compile_expression("metric"), period)


def _running() -> Source:
    return Source("ECS/ContainerInsights", "RunningTaskCount", "Average")
