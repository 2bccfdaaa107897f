"""`jobs`: jobs by property, video, status, webhook, code and age, from the ledger's indexes."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from ops.aws.job_index import JobFilter, find_jobs, job_to_go_on_after
from ops.aws.ledger import JobState
from ops.commands._job_filter import Code, JobStatus, Property, WebhookState, parse_code, parse_since, recorded_as
from ops.commands._job_state import style_of
from ops.commands._watch import watch
from ops.console import output
from ops.console.options import AsJson, Environment, JobsTable, Outputs, check_job_id, id_given
from ops.errors import UsageError
from ops.stack.context import Context


def jobs_command(
    property_id: Property = "",
    video_id: Annotated[str, typer.Option("--video", help="Only those of this video.", callback=id_given)] = "",
    status: Annotated[
        list[JobStatus] | None,
        typer.Option(case_sensitive=False, help="Only those in this status; may be given several times."),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed: --status error.")] = False,
    webhook: Annotated[
        WebhookState | None, typer.Option(case_sensitive=False, help="Only those whose webhook has this state.")
    ] = None,
    code: Code = None,
    since: Annotated[str | None, typer.Option(help="Only those that were begun within 90s, 30m, 2h, 7d.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to print, newest first.")] = 50,
    after: Annotated[str | None, typer.Option(help="Go on after this job, the last that was printed.")] = None,
    watching: Annotated[bool, typer.Option("--watch", help="Show a table that is read again every 2 s.")] = False,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first, as the ledger knows them. A job is begun when a worker takes it for the first time.

    The ledger's indexes find them by property, video, status, or state of the webhook; of several filters one chooses
    the index, and the others choose among the jobs that it finds.
    """
    wanted = JobFilter(
        video_id,
        property_id,
        statuses=tuple(each.name for each in status or ()) or (("ERROR",) if failed else ()),
        webhooks=recorded_as(webhook),
        code=parse_code(code),
        since=parse_since(since),
    )
    if failed and status:
        raise UsageError("--failed is --status error: give one of the two.")
    if watching and (as_json or after):
        raise UsageError("--watch shows the newest jobs on a terminal: leave --json and --after out.")
    context = Context(environment, outputs, {"jobs_table": jobs_table})
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    if watching:
        watch(lambda rows: list(itertools.islice(find_jobs(dynamodb, table, wanted), min(rows, limit))))
        return
    last = job_to_go_on_after(dynamodb, table, check_job_id(after)) if after is not None else None
    found = find_jobs(dynamodb, table, wanted, after=last)
    shown: list[JobState] = []
    for job in itertools.islice(found, limit):
        shown.append(job)
        if not as_json:
            _print(job)
    has_more = next(found, None) is not None
    if as_json:
        jobs = [dataclasses.asdict(job) for job in shown]
        output.as_json({"jobs": jobs, "next": shown[-1].job_id if has_more else None})
    else:
        output.line(_closing_line(shown, wanted, has_more=has_more), "dim")


def _closing_line(shown: Sequence[JobState], wanted: JobFilter, *, has_more: bool) -> str:
    found = output.count(len(shown), "job")
    for name, value in (("property", wanted.property_id), ("video", wanted.video_id)):
        found += f" of {name} {output.clean(value)}" if value else ""
    return f"{found}, and more: --after {output.clean(shown[-1].job_id)} goes on" if has_more else found


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
