"""The command line `hospup-video`: all commands are registered here."""

from importlib.metadata import version
from typing import Annotated

import typer

from ops.commands.alarms import alarms_command
from ops.commands.cancel import cancel_command
from ops.commands.cost import cost_command
from ops.commands.dlq import dlq_app
from ops.commands.doctor import doctor_command
from ops.commands.image import image_app
from ops.commands.jobs import jobs_command
from ops.commands.logs import logs_command
from ops.commands.open import open_command
from ops.commands.outputs import outputs_command
from ops.commands.pause import pause_command, resume_command
from ops.commands.plan_capacity import plan_capacity_command
from ops.commands.plan_review import plan_review_command
from ops.commands.queue import queue_command
from ops.commands.render import SETTINGS as RENDER_SETTINGS
from ops.commands.render import render_command
from ops.commands.rerun import rerun_command
from ops.commands.scale import scale_command
from ops.commands.simulate import simulate_command
from ops.commands.status import status_command
from ops.commands.submit import submit_command
from ops.commands.trace import trace_command
from ops.commands.usage import usage_command
from ops.commands.webhook import webhook_app
from ops.commands.workers import workers_command
from ops.console import output
from ops.console.group import Commands

app = typer.Typer(
    name="hospup-video",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        output.line(version("hospup-video"))
        raise typer.Exit


@app.callback()
def hospup_video(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Operate the Hospup video fleet.

    Exit codes: 0 fine; 1 what was asked about is bad or isn't there (a failed job, a finding of doctor, an unknown id);
    2 wrong usage or a no, nothing was done; 3 AWS refused or could not be reached; 4 --timeout is over; 70 a flaw of
    this program; 130 Ctrl-C.
    """


JOBS = "Jobs"
app.command("submit", rich_help_panel=JOBS)(submit_command)
app.command("status", rich_help_panel=JOBS)(status_command)
app.command("jobs", rich_help_panel=JOBS)(jobs_command)
app.command("rerun", rich_help_panel=JOBS)(rerun_command)
app.command("cancel", rich_help_panel=JOBS)(cancel_command)
app.add_typer(webhook_app, name="webhook", rich_help_panel=JOBS)

QUEUES = "Queues"
app.command("queue", rich_help_panel=QUEUES)(queue_command)
app.add_typer(dlq_app, name="dlq", rich_help_panel=QUEUES)

FLEET = "Fleet"
app.command("alarms", rich_help_panel=FLEET)(alarms_command)
app.command("logs", rich_help_panel=FLEET)(logs_command)
app.command("workers", rich_help_panel=FLEET)(workers_command)
app.command("scale", rich_help_panel=FLEET)(scale_command)
app.command("pause", rich_help_panel=FLEET)(pause_command)
app.command("resume", rich_help_panel=FLEET)(resume_command)
app.add_typer(image_app, name="image", rich_help_panel=FLEET)

PLANS = "Plans and money"
app.command("simulate", rich_help_panel=PLANS)(simulate_command)
app.command("plan-capacity", rich_help_panel=PLANS)(plan_capacity_command)
app.command("trace", rich_help_panel=PLANS)(trace_command)
app.command("plan-review", rich_help_panel=PLANS)(plan_review_command)
app.command("cost", rich_help_panel=PLANS)(cost_command)
app.command("usage", rich_help_panel=PLANS)(usage_command)

MORE = "Look around"
app.command("doctor", rich_help_panel=MORE)(doctor_command)
app.command("outputs", rich_help_panel=MORE)(outputs_command)
app.command("open", rich_help_panel=MORE)(open_command)
app.command("render", rich_help_panel=MORE, context_settings=RENDER_SETTINGS, add_help_option=False)(render_command)
