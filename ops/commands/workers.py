"""`workers`: who renders, and on which version."""

import dataclasses
from typing import Annotated

import typer

from ops import show
from ops.context import Context
from ops.errors import ExitCode
from ops.fleet import Fleet, Rollout, Service, Worker
from ops.options import AsJson, Cluster, Environment, Outputs
from ops.options import Service as ServiceName

_EVENTS = 3


def workers_command(
    every: Annotated[bool, typer.Option("--list", "-l", help="List each worker.")] = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many workers run, hold a job, and are wanted, and which version they run.

    Exit code 1 where a release has failed, or workers are wanted and none runs.
    """
    context = Context(environment, outputs, {"cluster_name": cluster_name, "service_name": service_name})
    cluster, name = context.name("cluster_name"), context.name("service_name")
    service = Service(context.session, cluster, name)
    fleet, workers = service.look(), service.workers()
    if as_json:
        told = dataclasses.asdict(fleet) | {"workers": [dataclasses.asdict(worker) for worker in workers]}
        show.as_json(told | {"protected": _protected(workers), "trouble": fleet.trouble or None})
    else:
        _print(fleet, workers)
        if every and workers:
            _list(workers)
    if fleet.trouble:
        raise typer.Exit(ExitCode.FINDING)


def _print(fleet: Fleet, workers: list[Worker]) -> None:
    protected = _protected(workers)
    starting = f", {fleet.pending} starting" if fleet.pending else ""
    show.say(f"{fleet.service} in {fleet.cluster}", "bold")
    pool = "autoscaling is not set up" if fleet.pool is None else f"{fleet.pool} always on, {fleet.maximum} at most"
    show.fields(
        {
            "wanted": fleet.desired,
            "running": f"{fleet.running}{starting}",
            "protected": "unknown" if protected is None else f"{protected} hold a job, or are taking one",
            "pool": pool,
            "version": show.clean(fleet.version),
        },
        indent=2,
    )
    for rollout in fleet.rollouts:
        if len(fleet.rollouts) > 1 or rollout.state != "COMPLETED":
            show.say(f"  {_describe(rollout)}", "red" if rollout.state == "FAILED" else "yellow")
    if fleet.trouble:
        show.say(f"  {show.clean(fleet.trouble)}", "red")
    if fleet.trouble or fleet.running < fleet.desired:
        for event in fleet.events[:_EVENTS]:
            show.say(f"  ECS: {show.clean(event)}")


def _describe(rollout: Rollout) -> str:
    failed = f", {rollout.failed_tasks} failed to start" if rollout.failed_tasks else ""
    state = rollout.state.lower().replace("_", " ")
    name = f"{rollout.status.lower()} release {show.clean(rollout.version)}"
    return f"{name}: {state}, {rollout.running} of {rollout.desired} run{failed}"


def _list(workers: list[Worker]) -> None:
    rows = [
        (
            worker.task_id[:12],
            worker.status.lower(),
            {True: "yes", False: "no", None: "unknown"}[worker.protected],
            worker.capacity.replace("FARGATE_SPOT", "Spot").replace("FARGATE", "on demand"),
            worker.zone,
            show.ago(worker.started_at) if worker.started_at else "",
            show.clean(worker.version),
        )
        for worker in workers
    ]
    show.table(["worker", "state", "protected", "capacity", "zone", "started", "version"], rows)


def _protected(workers: list[Worker]) -> int | None:
    known = [worker.protected for worker in workers]
    return None if None in known else sum(1 for protected in known if protected)
