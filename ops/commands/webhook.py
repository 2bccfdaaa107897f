"""`webhook`: notifies the backend of jobs that have ended, for the first time or again."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.kept_message import kept_messages
from ops.aws.ledger import NOT_NOTIFIED, JobState, job_state
from ops.commands._job_filter import Code, Property, WebhookState, parse_code, parse_since, recorded_as
from ops.console import output
from ops.console.group import Commands
from ops.console.options import (
    AsJson,
    DryRun,
    Environment,
    JobsTable,
    Outputs,
    QueueUrl,
    Yes,
    check_job_id,
)
from ops.console.prompt import confirm
from ops.errors import FindingError, UsageError
from ops.stack.context import Context

_WHY_NOT = {
    "OFF": "off: the job wants none",
    "SUPERSEDED": "superseded: it would replace what the backend knows of a newer video",
}
_NO_RECEIVER = "its message was not kept, so the receiver that it named isn't known"


class Resendable(StrEnum):
    """States of a webhook that can be delivered for the first time, or again."""

    NOT_NOTIFIED = "not_notified"
    PENDING = "pending"
    REFUSED = "refused"
    DELIVERED = "delivered"


webhook_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Notify the backend of jobs whose end it missed.")


@webhook_app.callback()
def webhook() -> None:
    """Notify the backend of jobs whose end it missed."""


@webhook_app.command("resend")
def resend_command(
    job: Annotated[str | None, typer.Argument(help="A job's id; without it, --since says which jobs.")] = None,
    since: Annotated[str | None, typer.Option(help="All that were begun within 90s, 30m, 2h, 7d.")] = None,
    state: Annotated[
        Resendable, typer.Option("--webhook", case_sensitive=False, help="With --since: whose webhook has this state.")
    ] = Resendable.NOT_NOTIFIED,
    failed: Annotated[bool, typer.Option("--failed", help="With --since: only those that failed.")] = False,
    code: Code = None,
    property_id: Property = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Let workers deliver the webhooks of jobs that have ended, to the WEBHOOK_URL that they have now or the job's own.

    A worker signs and sends each webhook, with the id and the payload that it has had from the start; the queue repeats
    a delivery that fails. For ends without a receiver, deploy its URL first. Several, and an end that was delivered or
    refused, are delivered only after a question; a receiver that remembers webhook ids drops what it has. Asking twice
    does no harm.
    """
    if (job is None) == (since is None):
        raise UsageError("Name one job, or give --since such as 2d for all jobs that were begun since then.")
    if job is not None and (failed or code or property_id):
        raise UsageError(
            "--failed, --code and --property choose among the jobs of --since: leave them out for one job."
        )
    wanted = JobFilter(
        property_id=property_id,
        statuses=("ERROR",) if failed else (),
        webhooks=recorded_as(WebhookState[state.name]),
        code=parse_code(code),
        since=parse_since(since),
    )
    if job is not None:
        check_job_id(job)
    context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
    jobs, unknown = _one(context, job) if job is not None else _all(context, wanted)
    if not as_json:
        for found in jobs:
            output.line(f"{output.ago(found.updated_at):>10}  {found.status:9}  {output.clean(found.job_id)}")
        for found in unknown:
            output.line(f"{'left out':>10}  {found.status:9}  {output.clean(found.job_id)}: {_NO_RECEIVER}", "yellow")
    again = sum(found.webhook not in NOT_NOTIFIED for found in jobs)
    if not dry_run:
        if again or len(jobs) > 1:
            confirm(f"Deliver {output.count(len(jobs), 'webhook')}{' again' if again else ''}?", yes=yes)
        _request(context, jobs)
    if as_json:
        ids, left_out = [found.job_id for found in jobs], [found.job_id for found in unknown]
        output.as_json({"jobs": ids, "left_out": left_out, "requested": 0 if dry_run else len(jobs)})
        return
    webhooks = output.count(len(jobs), "webhook")
    if dry_run or not jobs:
        output.line(f"{webhooks} to deliver", "dim")
    else:
        output.line(f"asked the workers for {webhooks}: `hospup-video status JOB_ID` shows each as delivered", "dim")


def _one(context: Context, job_id: str) -> tuple[Sequence[JobState], Sequence[JobState]]:
    """The job, if its end can be delivered, as `_all` returns it. Raises `FindingError`."""
    found = job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
    if found is None or not found.has_ended:
        state = f"is {found.status}" if found else "is not in the ledger"
        raise FindingError(f"Job {job_id} {state}: there is no end to notify.")
    if reason := _WHY_NOT.get(found.webhook):
        raise FindingError(f"The webhook of job {job_id} is {reason}.")
    known, unknown = _by_receiver(context, [found])
    if unknown:
        raise FindingError(
            f"The webhook of job {job_id} is {found.webhook.lower()}, and can't be repeated: {_NO_RECEIVER}."
        )
    return known, unknown


def _all(context: Context, wanted: JobFilter) -> tuple[Sequence[JobState], Sequence[JobState]]:
    """The jobs whose ends can be delivered, and those whose receiver isn't known."""
    return _by_receiver(
        context, list(find_jobs(context.session.client("dynamodb"), context.name("jobs_table"), wanted))
    )


def _by_receiver(context: Context, jobs: Sequence[JobState]) -> tuple[Sequence[JobState], Sequence[JobState]]:
    """The jobs whose receiver is known, and the others. A first delivery has only one: WEBHOOK_URL."""
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    again = [job for job in jobs if job.webhook not in NOT_NOTIFIED]
    unknown = {job.job_id for job in again} - {job_id for job_id, _ in kept_messages(dynamodb, table, again)}
    return [job for job in jobs if job.job_id not in unknown], [job for job in jobs if job.job_id in unknown]


def _request(context: Context, jobs: Sequence[JobState]) -> None:
    """Send the requests, in the order in which the jobs ended."""
    from worker.job import ResendRequest, message_group  # noqa: PLC0415 - pydantic loads slowly

    sqs = context.session.client("sqs")
    for found in sorted(jobs, key=lambda found: found.updated_at):
        sqs.send_message(
            QueueUrl=context.name("queue_url"),
            MessageBody=ResendRequest(found.job_id, again=found.webhook not in NOT_NOTIFIED).body(),
            MessageGroupId=message_group(found.property_id),
        )
