"""The commands of `hospup-video`: the one place where they are registered."""

import typer

from ops.commands.dlq import dlq_app
from ops.commands.jobs import jobs_command
from ops.commands.logs import logs_command
from ops.commands.queue import queue_command
from ops.commands.status import status_command
from ops.commands.submit import submit_command
from ops.commands.workers import workers_command
from ops.group import Commands

app = typer.Typer(
    name="hospup-video",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Operate the Hospup video fleet.

    Exit codes: 0 fine; 1 what was asked about is bad (a failed job, a finding of doctor); 2 wrong usage, nothing was
    done; 3 AWS refused or could not be reached.""",
)

JOBS = "Jobs"
app.command("submit", rich_help_panel=JOBS)(submit_command)
app.command("status", rich_help_panel=JOBS)(status_command)
app.command("jobs", rich_help_panel=JOBS)(jobs_command)

QUEUES = "Queues"
app.command("queue", rich_help_panel=QUEUES)(queue_command)
app.add_typer(dlq_app, name="dlq", rich_help_panel=QUEUES)

FLEET = "Fleet"
app.command("logs", rich_help_panel=FLEET)(logs_command)
app.command("workers", rich_help_panel=FLEET)(workers_command)
