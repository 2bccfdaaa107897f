"""`webhook`: notifies the backend of jobs that ended while there was no receiver."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.ledger import NOT_NOTIFIED, JobState, job_state
from ops.console import output
from ops.console.group import Commands
from ops.console.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl, check_job_id, parse_duration
from ops.errors import FindingError, UsageError
from ops.stack.context import Context

webhook_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Notify the backend of jobs whose end it missed.")


@webhook_app.callback()
def webhook() -> None:
    """Notify the backend of jobs whose end it missed."""


@webhook_app.command("resend")
def resend_command(
    job: Annotated[str | None, typer.Argument(help="A job's id; without it, --since says which jobs.")] = None,
    since: Annotated[str | None, typer.Option(help="All that were begun within 90s, 30m, 2h, 7d.")] = None,
    dry_run: DryRun = False,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Let workers deliver the webhooks of jobs that ended without a receiver, to the WEBHOOK_URL that they have now.

    A worker signs and sends each webhook, with the id and the payload that it has had from the start; the queue repeats
    a delivery that fails. Deploy the receiver's URL first. Asking twice does no harm.
    """
    if (job is None) == (since is None):
        raise UsageError("Name one job, or give --since such as 2d for all jobs that were begun since then.")
    begin = time.time() - parse_duration(since or "1s")
    if job is not None:
        check_job_id(job)
    context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
    jobs = [_one(context, job)] if job is not None else _all(context, begin)
    if not dry_run:
        _request(context, jobs)
    if as_json:
        output.as_json({"jobs": [found.job_id for found in jobs], "requested": 0 if dry_run else len(jobs)})
        return
    for found in jobs:
        output.line(f"{output.ago(found.updated_at):>10}  {found.status:9}  {output.clean(found.job_id)}")
    webhooks = output.count(len(jobs), "webhook")
    if dry_run or not jobs:
        output.line(f"{webhooks} to deliver", "dim")
    else:
        output.line(f"asked the workers for {webhooks}: `hospup-video status JOB_ID` shows each as delivered", "dim")


def _one(context: Context, job_id: str) -> JobState:
    """The job, if it has ended and its receiver was not notified. Raises `FindingError`."""
    found = job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
    if found is None or not found.has_ended:
        state = f"is {found.status}" if found else "is not in the ledger"
        raise FindingError(f"Job {job_id} {state}: there is no end to notify.")
    if found.webhook not in NOT_NOTIFIED:
        raise FindingError(
            f"The webhook of job {job_id} is {found.webhook.lower()}: only an end without a receiver is resent."
        )
    return found


def _all(context: Context, since: float) -> Sequence[JobState]:
    wanted = JobFilter(webhooks=sorted(NOT_NOTIFIED), since=since)
    return list(find_jobs(context.session.client("dynamodb"), context.name("jobs_table"), wanted))


def _request(context: Context, jobs: Sequence[JobState]) -> None:
    """Send the requests, in the order in which the jobs ended."""
    from worker.job import ResendRequest, message_group  # noqa: PLC0415 - pydantic loads slowly

    sqs = context.session.client("sqs")
    for found in sorted(jobs, key=lambda found: found.updated_at):
        sqs.send_message(
            QueueUrl=context.name("queue_url"),
            MessageBody=ResendRequest(found.job_id).body(),
            MessageGroupId=message_group(found.property_id),
        )
