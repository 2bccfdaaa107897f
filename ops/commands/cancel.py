"""`cancel`: ends jobs that wait or render, without a video."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from ops.aws.cancellation import request_cancellation
from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.ledger import JobState, job_state
from ops.commands._job_filter import parse_since
from ops.commands._job_state import words_of
from ops.console import output
from ops.console.options import AsJson, DryRun, Environment, JobsTable, Outputs, Yes, check_job_id, id_given
from ops.console.prompt import confirm
from ops.errors import ExitCode, FindingError, UsageError
from ops.stack.context import Context


def cancel_command(
    job: Annotated[str | None, typer.Argument(metavar="JOB_ID", help="The job's id, as it was sent.")] = None,
    video: Annotated[str, typer.Option(help="All unfinished jobs of this video.", callback=id_given)] = "",
    property_id: Annotated[
        str, typer.Option("--property", help="All unfinished jobs of this property.", callback=id_given)
    ] = "",
    since: Annotated[
        str | None, typer.Option(help="With --video or --property: only those that began within 90s, 30m, 2h, 7d.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Cancel jobs: one that waits never starts, one that renders stops within 35 s. Lists several, and asks first.

    Nothing of a cancelled job is published. Its receiver is notified of an ERROR with the code JOB_CANCELLED, or of
    CANCELLED where a version 1 job asks for that. Twice does no harm. A job that no worker has received yet can be
    cancelled by its id; --video and --property find those that one has.

    Exit code 1 if a job has ended, or its video is about to appear: that job goes on as it was.
    """
    if (job is not None) == bool(video or property_id):
        raise UsageError("Name one job, or give --video or --property for all unfinished jobs of one.")
    if job is not None and since is not None:
        raise UsageError("--since chooses among several jobs: give --video or --property too, or leave it out.")
    begin = parse_since(since)
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    found = [_one(context, job)] if job is not None else _unfinished(context, video, property_id, begin)
    if not as_json and (dry_run or len(found) > 1):
        for state in found:
            begun = output.ago(state.created_at) if state.created_at else "waits"
            output.line(f"{begun:>10}  {words_of(state):20}  {output.clean(state.job_id)}")
    if not dry_run:
        if any(state.status != "CANCELLED" for state in found):
            confirm(_question(found), yes=yes)
        found = list(_cancel(context, found, as_json=as_json))
    if as_json:
        jobs = [dataclasses.asdict(state) | {"cancelled": _is_cancelled(state)} for state in found]
        output.as_json({"jobs": jobs})
    elif dry_run:
        output.line(f"{output.count(len(found), 'job')} to cancel", "dim")
    if not dry_run and not all(map(_is_cancelled, found)):
        raise typer.Exit(ExitCode.FINDING)


def _cancel(context: Context, jobs: Sequence[JobState], *, as_json: bool) -> Iterator[JobState]:
    """Cancel jobs one after the other, and print of each at once what came of it."""
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    for job in jobs:
        state = request_cancellation(dynamodb, table, job.job_id)
        if not as_json:
            output.line(_outcome(state), "" if _is_cancelled(state) else "red")
        yield state


def _one(context: Context, job_id: str) -> JobState:
    """The job, also where no worker has received it. Raises `FindingError` where it has ended without being cancelled,
    and `UsageError` where no job can have the id."""
    state = job_state(context.session.client("dynamodb"), context.name("jobs_table"), check_job_id(job_id))
    if state is not None and state.has_ended and state.status != "CANCELLED":
        raise FindingError(f"Job {job_id} has ended already ({state.status}): there is nothing to cancel.")
    return state or JobState(job_id, "QUEUED")


def _unfinished(context: Context, video: str, property_id: str, begin: float) -> list[JobState]:
    """The jobs of a video or a property that a worker has received and that have not ended, oldest first. Raises
    `FindingError` where there is none."""
    wanted = JobFilter(video, property_id, statuses=("QUEUED", "RENDERING"), since=begin)
    found = list(find_jobs(context.session.client("dynamodb"), context.name("jobs_table"), wanted))[::-1]
    if not found:
        which = f"property {property_id}" if property_id else f"video {video}"
        raise FindingError(
            f"No such job of {which} renders or is back in the queue; one that no worker has received yet is cancelled "
            "by its id."
        )
    return found


def _question(found: Sequence[JobState]) -> str:
    if len(found) > 1:
        return f"Cancel {output.count(len(found), 'unfinished job')}?"
    (state,) = found
    words = words_of(state) if state.attempt else "no worker has seen it yet"
    return f"Cancel job {output.clean(state.job_id)} ({words})?"


def _is_cancelled(state: JobState) -> bool:
    return state.cancel_requested_at > 0


def _outcome(state: JobState) -> str:
    job = f"Job {output.clean(state.job_id)}"
    if state.status == "CANCELLED":
        return f"{job} was cancelled before."
    if state.has_ended:
        return f"{job} has ended meanwhile ({state.status}): there is nothing to cancel."
    if not _is_cancelled(state):
        return f"{job} goes on: its video is being published, and it is too late to cancel it."
    if state.status == "RENDERING" and not state.is_abandoned:
        return f"{job} is cancelled: its worker stops within 35 s."
    return f"{job} is cancelled: the worker that receives its message makes no video."
