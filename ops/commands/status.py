"""`status`: where a job stands."""

from pathlib import Path
from typing import Annotated

import typer

from ops import show
from ops.context import Context
from ops.errors import FindingError
from ops.following import fetch_video, follow_job, print_state, state_json
from ops.ledger import job_state
from ops.options import AsJson, Environment, JobsTable, Outputs


def status_command(
    job_id: Annotated[str, typer.Argument(help="The job's id, as it was sent.")],
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Follow the job to its end.")] = False,
    timeout: Annotated[str | None, typer.Option(help="With --wait: give up waiting after 90s, 30m, 2h.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fetch the finished video into this file.", dir_okay=False)
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Tell where a job stands. Exit code 1 where it failed, or no worker has seen it."""
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    if wait:
        state = follow_job(context, job_id, timeout=timeout)
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
        show.as_json(state_json(context, state))
    else:
        print_state(context, state)
    if state.status == "ERROR":
        raise typer.Exit(1)
