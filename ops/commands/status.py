"""`status`: the state of one job."""

from pathlib import Path
from typing import Annotated

import typer

from ops.aws.ledger import job_state
from ops.commands._follow import follow_job
from ops.commands._job_state import fetch_video, print_state, state_json
from ops.console import output as console
from ops.console.options import (
    AsJson,
    Environment,
    JobsTable,
    Outputs,
    Timeout,
    Wait,
    check_job_id,
    parse_timeout,
)
from ops.errors import FindingError
from ops.stack.context import Context


def status_command(
    job_id: Annotated[str, typer.Argument(help="The job's id, as it was sent.")],
    wait: Wait = False,
    timeout: Timeout = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fetch the finished video into this file.", dir_okay=False)
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Print the state of a job, and its timeline.

    The bars are to scale: how long the job waited, each stage of its last attempt, the parts that other workers
    rendered, and the webhook. What goes on ends with an arrow.

    Exit code 1 if it failed, was cancelled, or no worker has seen it; 4 if --timeout is over.
    """
    seconds = parse_timeout(timeout, wait=wait)
    check_job_id(job_id)
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    if wait:
        state = follow_job(context, job_id, timeout=seconds)
    else:
        found = job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
        if found is None:
            raise FindingError(
                f"No worker has seen a job {job_id} yet: it waits (`hospup-video queue`), it was set aside "
                "(`hospup-video dlq list`), or it has another id."
            )
        state = found
    if output is not None:
        fetch_video(context, state, output)
    if as_json:
        console.as_json(state_json(context, state))
    else:
        print_state(context, state)
    if state.status in {"ERROR", "CANCELLED"}:
        raise typer.Exit(1)
