"""`jobs`: the latest jobs, from the ledger."""

import dataclasses
import time
from typing import Annotated

import typer

from ops import show
from ops.context import Context
from ops.durations import seconds_of
from ops.ledger import JobState, list_jobs
from ops.options import AsJson, Environment, JobsTable, Outputs

_STYLES = {"COMPLETE": "green", "ERROR": "red"}


def jobs_command(
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    since: Annotated[str | None, typer.Option(help="Only those that changed within 90s, 30m, 2h, 7d.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to print, newest first.")] = 50,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first, as the ledger knows them.

    The ledger is read whole, whatever the filters: half a DynamoDB read unit for each 4 KB, thirty days of jobs. The
    last line says how much that was. For one job, `status` reads one item.
    """
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    listing = list_jobs(
        context.session.client("dynamodb"),
        context.name("jobs_table"),
        status="ERROR" if failed else None,
        since=time.time() - seconds_of(since) if since else None,
    )
    shown = listing.jobs[:limit]
    if as_json:
        jobs = [dataclasses.asdict(job) for job in shown]
        show.as_json({"jobs": jobs, "found": len(listing.jobs), "scanned": listing.scanned})
        return
    for job in shown:
        _print(job)
    of = f"{len(shown)} of " if len(shown) < len(listing.jobs) else ""
    found = show.count(len(listing.jobs), "job")
    read = f"{show.count(listing.scanned, 'entry', 'entries')} read, {listing.read_units:g} read units"
    show.say(f"{of}{found}; {read}", "dim")


def _print(job: JobState) -> None:
    """Two lines where it failed: why stands below, as long as it may be."""
    state = show.clean(job.status)
    show.say(
        f"{show.ago(job.created_at):>10}  {state:9}  {job.progress:3} %  {show.clean(job.job_id)}",
        _STYLES.get(job.status, ""),
    )
    if job.error:
        show.say(f"{'':12}{show.clean(job.error)}")
