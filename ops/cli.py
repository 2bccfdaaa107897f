"""The commands of `hospup-video`. Exit codes: 0 fine, 1 the job failed, 2 wrong usage."""

from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from ops.jobs import JobState, follow, job_state, new_ids, submit
from ops.simulation.capacity_command import plan_capacity
from ops.simulation.command import simulate
from worker.job import PermanentError, parse_message

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Operate the Hospup video fleet.")
console = Console(highlight=False)
problems = Console(stderr=True, highlight=False)

QueueUrl = Annotated[str, typer.Option(envvar="SQS_QUEUE_URL", help="Terraform's output queue_url.")]
JobsTable = Annotated[str, typer.Option(envvar="JOBS_TABLE", help="Terraform's output jobs_table.")]


app.command("simulate")(simulate)
app.command("plan-capacity")(plan_capacity)


@app.command("submit")
def submit_command(
    job: Annotated[Path, typer.Argument(help="A message, in either dialect.", exists=True, dir_okay=False)],
    queue_url: QueueUrl,
    jobs_table: JobsTable,
    new: Annotated[bool, typer.Option("--new-ids", help="Give the job a job_id and video_id of its own.")] = False,
    wait: Annotated[bool, typer.Option(help="Follow the job to its end.")] = False,
) -> None:
    """Check a job, and send it to the queue."""
    body = job.read_text(encoding="utf-8")
    try:
        body = new_ids(body) if new else body
        parsed = parse_message(body)
    except PermanentError as error:
        problems.print(f"[red]{error.code}[/] {error.pointer} {error.message}")
        raise typer.Exit(2) from error
    for warning in parsed.warnings:
        problems.print(f"[yellow]{warning.code}[/] {warning.pointer} {warning.message}")
    try:
        submit(boto3.client("sqs"), queue_url, body)
        console.print(f"sent job {parsed.job.job_id}")
        if wait:
            with console.status("waiting"):
                state = follow(boto3.client("dynamodb"), jobs_table, parsed.job.job_id)
            _show(state)
    except (BotoCoreError, ClientError) as error:
        raise _unreachable(error) from error


@app.command("status")
def status_command(job_id: str, jobs_table: JobsTable) -> None:
    """Tell where a job stands."""
    try:
        state = job_state(boto3.client("dynamodb"), jobs_table, job_id)
    except (BotoCoreError, ClientError) as error:
        raise _unreachable(error) from error
    if state is None:
        problems.print(f"No worker has seen a job {job_id} yet.")
        raise typer.Exit(1)
    _show(state)


def _show(state: JobState) -> None:
    console.print(f"{state.status}  stage {state.stage}, {state.progress} %, attempt {state.attempt}")
    for name, key in state.outputs.items():
        console.print(f"  {name}: {key}")
    if state.error:
        problems.print(f"[red]{state.error}[/]")
        raise typer.Exit(1)


def _unreachable(error: Exception) -> typer.Exit:
    problems.print(f"[red]AWS refused or could not be reached:[/] {error}")
    return typer.Exit(2)
