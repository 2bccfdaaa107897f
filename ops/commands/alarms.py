"""`alarms`: what rings, since when, and what to do about it."""

import dataclasses
import time
from typing import Annotated

import typer

from ops.aws.alarms import OUTPUTS, Alarm, read_alarms
from ops.console import output
from ops.console.options import AsJson, Environment, Outputs
from ops.errors import ExitCode
from ops.stack.context import Context


def alarms_command(
    every: Annotated[bool, typer.Option("--all", "-a", help="List those that don't ring, too.")] = False,
    environment: Environment = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Print which alarms ring, since when, and where the runbook says what to do.

    Alarms that only scale the fleet don't count. Exit code 1 if one rings.
    """
    context = Context(environment, outputs, dict.fromkeys(OUTPUTS))
    resources = {context.name(name).rpartition("/")[2] for name in OUTPUTS}
    alarms = read_alarms(context.session.client("cloudwatch"), resources)
    ringing = [alarm for alarm in alarms if alarm.rings]
    if as_json:
        shown = alarms if every else ringing
        output.as_json({"alarms": [dataclasses.asdict(alarm) | {"rings": alarm.rings} for alarm in shown]})
    else:
        _print(alarms, ringing, every=every)
    if ringing:
        raise typer.Exit(ExitCode.FINDING)


def _print(alarms: list[Alarm], ringing: list[Alarm], *, every: bool) -> None:
    for alarm in ringing:
        notifies = "notifies" if alarm.notifies else "is a cause"
        output.line(
            f"{output.clean(alarm.name)}  rings for {output.duration(time.time() - alarm.changed_at)}, {notifies}",
            "red",
        )
        output.line(f"  {output.clean(alarm.meaning)}")
        if alarm.runbook:
            output.url(f"  {output.clean(alarm.runbook)}")
    watching = [alarm for alarm in alarms if not alarm.scales]
    if every:
        for alarm in alarms:
            if not alarm.rings:
                state = "scales" if alarm.scales else alarm.state.lower().replace("_", " ")
                output.line(f"{output.clean(alarm.name)}  {state}", "dim")
    unknown = sum(alarm.state == "INSUFFICIENT_DATA" for alarm in watching)
    rest = f", {unknown} have no data yet" if unknown else ""
    output.line(f"{len(ringing)} of {output.count(len(watching), 'alarm')} in ALARM{rest}", "bold")
