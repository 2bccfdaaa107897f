"""`trace`: the arrivals of the last days, for `simulate` and `plan-capacity`."""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.ledger import ENDED, JobState
from ops.commands._job_filter import parse_since
from ops.console import output
from ops.console.options import AsJson, Environment, JobsTable, Outputs
from ops.errors import FindingError, UsageError
from ops.simulation.traces import Trace, trace_text
from ops.stack.context import Context


def trace_command(
    since: Annotated[str, typer.Option(help="Jobs that were begun within 2h, 7d, 30d.")] = "7d",
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write into this file; default: print.", dir_okay=False)
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Write when jobs arrived, and how long each had a worker, as the CSV that simulate and plan-capacity read.

    An arrival is when the job's first message was sent, in seconds since the first one's minute. Of a job that had
    several tries the last one counts. Jobs that have not ended are left out. The ledger keeps jobs for 30 days.

    Exit code 1 if no job has ended.
    """
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    wanted = JobFilter(statuses=sorted(ENDED), since=parse_since(since))
    found = find_jobs(context.session.client("dynamodb"), context.name("jobs_table"), wanted)
    ended = (job for job in found if job.ended_at > job.claimed_at > 0)
    arrivals = sorted((_arrival(job), job.ended_at - job.claimed_at) for job in ended)
    if not arrivals:
        raise FindingError(f"No job that was begun within {since} has ended: give a longer --since.")
    begins, trace = _trace(arrivals)
    text = trace_text(trace)
    if file is not None:
        _write(file, text)
    if as_json:
        jobs = [{"arrival_seconds": round(arrival, 3), "render_seconds": round(render, 3)} for arrival, render in trace]
        output.as_json({"begins": begins.isoformat(), "file": file, "jobs": jobs})
        return
    if file is None:
        output.verbatim(text)
    output.warn(f"{output.count(len(trace), 'job')} from {begins:%Y-%m-%dT%H:%M} UTC on", "dim")


def _trace(arrivals: Trace) -> tuple[datetime.datetime, Trace]:
    """The minute of the first arrival, and the trace since then."""
    begins = arrivals[0][0] // 60 * 60
    trace = [(arrival - begins, max(render, 0.001)) for arrival, render in arrivals]  # a trace has no zeros
    return datetime.datetime.fromtimestamp(begins, datetime.UTC), trace


def _arrival(job: JobState) -> float:
    """When the job was sent; its first claim, where an earlier release has not noted that."""
    return min(job.sent_at or job.created_at, job.created_at)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output {file} can't be written ({error.strerror}): name another file.") from error
