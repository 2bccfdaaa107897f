"""`workers`: the running workers and their version."""

import dataclasses
from typing import Annotated

import typer

from ops.aws.pause import Pause
from ops.aws.service import EcsService, Rollout, ServiceState, WorkerTask
from ops.commands._pause import pause_of, print_pause
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs
from ops.console.options import Service as ServiceName
from ops.errors import ExitCode
from ops.stack.context import Context

_EVENTS = 3


def workers_command(
    every: Annotated[bool, typer.Option("--list", "-l", help="List each worker.")] = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Print how many workers run, hold a job, and are wanted, which version they run, and whether they are paused.

    Exit code 1 where a release has failed, or workers are wanted and none runs.
    """
    context = Context(environment, outputs, {"cluster_name": cluster_name, "service_name": service_name})
    cluster, name = context.name("cluster_name"), context.name("service_name")
    service = EcsService(context.session, cluster, name)
    state, workers, pause = service.describe(), service.workers(), pause_of(context)
    if as_json:
        result = dataclasses.asdict(state) | {"workers": [dataclasses.asdict(worker) for worker in workers]}
        result["paused"] = dataclasses.asdict(pause) if pause else None
        output.as_json(result | {"protected": _protected(workers), "trouble": state.problem or None})
    else:
        _print(state, workers, pause)
        if every and workers:
            _list(workers)
    if state.problem:
        raise typer.Exit(ExitCode.FINDING)


def _print(state: ServiceState, workers: list[WorkerTask], pause: Pause | None) -> None:
    protected = _protected(workers)
    starting = f", {state.pending} starting" if state.pending else ""
    output.line(f"{state.service} in {state.cluster}", "bold")
    pool = "autoscaling is not set up" if state.pool is None else f"{state.pool} always on, {state.maximum} at most"
    output.fields(
        {
            "wanted": state.desired,
            "running": f"{state.running}{starting}",
            "protected": "unknown" if protected is None else f"{protected} hold a job, or had one just now",
            "pool": pool,
            "version": output.clean(state.version),
        },
        indent=2,
    )
    if pause:
        print_pause(pause)
    for rollout in state.rollouts:
        if len(state.rollouts) > 1 or rollout.state != "COMPLETED":
            output.line(f"  {_describe(rollout)}", "red" if rollout.state == "FAILED" else "yellow")
    if state.problem:
        output.line(f"  {output.clean(state.problem)}", "red")
    if state.problem or state.running < state.desired:
        for event in state.events[:_EVENTS]:
            output.line(f"  ECS: {output.clean(event)}")


def _describe(rollout: Rollout) -> str:
    failed = f", {rollout.failed_tasks} failed to start" if rollout.failed_tasks else ""
    state = rollout.state.lower().replace("_", " ")
    name = f"{rollout.status.lower()} release {output.clean(rollout.version)}"
    return f"{name}: {state}, {rollout.running} of {rollout.desired} run{failed}"


def _list(workers: list[WorkerTask]) -> None:
    rows = [
        (
            worker.task_id[:12],
            worker.status.lower(),
            {True: "yes", False: "no", None: "unknown"}[worker.protected],
            worker.capacity.replace("FARGATE_SPOT", "Spot").replace("FARGATE", "on demand"),
            worker.zone,
            output.ago(worker.started_at) if worker.started_at else "",
            output.clean(worker.version),
        )
        for worker in workers
    ]
    output.table(["worker", "state", "protected", "capacity", "zone", "started", "version"], rows)


def _protected(workers: list[WorkerTask]) -> int | None:
    known = [worker.protected for worker in workers]
    return None if None in known else sum(1 for protected in known if protected)
