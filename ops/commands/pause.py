"""`pause` and `resume`: whether the workers take jobs."""

import dataclasses
from typing import Annotated

import typer

from ops.aws.pause import begin_pause, end_pause, let_scale_out
from ops.commands._pause import print_pause
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, JobsTable, Outputs
from ops.console.options import Service as ServiceName
from ops.stack.context import Context


def pause_command(
    reason: Annotated[str, typer.Option(help="Why, for those who find the fleet paused.")] = "",
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Let no worker take a job: each finishes what it has, and within a minute none takes another.

    Jobs wait in the queue, for at most its retention of 4 days. Workers stay, and deliver the webhooks that they owe;
    autoscaling adds none meanwhile. It shows in `queue`, `workers`, `doctor` and on the dashboard, and an alarm rings
    after an hour. Twice does no harm: the first beginning stays, and a new --reason replaces the old one.
    """
    context = _context(environment, outputs, jobs_table, cluster_name, service_name)
    pause = begin_pause(context.session.client("dynamodb"), context.name("jobs_table"), reason)
    _let_scale_out(context, allowed=False)
    if as_json:
        output.as_json({"paused": dataclasses.asdict(pause)})
    else:
        print_pause(pause)


def resume_command(
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Let workers take jobs again, within half a minute, and autoscaling add workers. Twice does no harm."""
    context = _context(environment, outputs, jobs_table, cluster_name, service_name)
    _let_scale_out(context, allowed=True)
    was_paused = end_pause(context.session.client("dynamodb"), context.name("jobs_table"))
    if as_json:
        output.as_json({"paused": None, "was_paused": was_paused})
    elif was_paused:
        output.line("Workers take jobs again within half a minute.")
    else:
        output.line("The fleet was not paused: workers take jobs.")


def _context(environment: Environment, outputs: Outputs, *names: str | None) -> Context:
    given = zip(("jobs_table", "cluster_name", "service_name"), names, strict=True)
    context = Context(environment, outputs, dict(given))
    for output_name in context.given:
        context.name(output_name)  # nothing is changed unless all is known
    return context


def _let_scale_out(context: Context, *, allowed: bool) -> None:
    scaling = context.session.client("application-autoscaling")
    let_scale_out(scaling, context.name("cluster_name"), context.name("service_name"), allowed=allowed)
