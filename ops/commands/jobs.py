"""`jobs`: the latest jobs, from the ledger."""

import dataclasses
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from ops.aws.ledger import JobState, list_jobs
from ops.commands._job_state import style_of
from ops.console import output
from ops.console.options import AsJson, Environment, JobsTable, Outputs, parse_duration
from ops.stack.context import Context


class WebhookState(StrEnum):
    """States of a job's final webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    NOT_NOTIFIED = "not_notified"
    OFF = "off"
    SUPERSEDED = "superseded"


def jobs_command(
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    since: Annotated[str | None, typer.Option(help="Only those that changed within 90s, 30m, 2h, 7d.")] = None,
    webhook: Annotated[
        WebhookState | None, typer.Option(case_sensitive=False, help="Only those whose webhook has this state.")
    ] = None,
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
    begin = time.time() - parse_duration(since) if since else None
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    listing = list_jobs(
        context.session.client("dynamodb"),
        context.name("jobs_table"),
        status="ERROR" if failed else None,
        since=begin,
        webhook=webhook.name if webhook else None,
    )
    shown = listing.jobs[:limit]
    if as_json:
        jobs = [dataclasses.asdict(job) for job in shown]
        output.as_json({"jobs": jobs, "found": len(listing.jobs), "scanned": listing.scanned})
        return
    for job in shown:
        _print(job)
    of = f"{len(shown)} of " if len(shown) < len(listing.jobs) else ""
    found = output.count(len(listing.jobs), "job")
    read = f"{output.count(listing.scanned, 'entry', 'entries')} read, {listing.read_units:g} read units"
    output.line(f"{of}{found}; {read}", "dim")


def _print(job: JobState) -> None:
    """Print one line per job, and below it what needs an operator: its error, its attempts, its webhook."""
    state = output.clean(job.status)
    output.line(
        f"{output.ago(job.created_at):>10}  {state:9}  {job.progress:3} %  {output.clean(job.job_id)}", style_of(job)
    )
    for line in _below(job):
        output.line(f"{'':12}{output.clean(line)}")


def _below(job: JobState) -> Iterator[str]:
    if job.error:
        yield f"{job.error_code or 'error'} of property {job.property_id or 'unknown'}: {job.error}"
    if job.attempt > 1 and not job.has_ended:
        yield f"attempt {job.attempt}"
    if job.is_abandoned:
        yield f"its worker is gone: the lease ran out {output.ago(job.lease_expires_at)}"
    if job.has_webhook_trouble:
        yield f"webhook {job.webhook_summary}"
