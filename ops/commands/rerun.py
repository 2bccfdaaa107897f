"""`rerun`: sends jobs that have ended again, from the messages that the ledger keeps."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.kept_message import kept_messages, newer_job
from ops.aws.ledger import BATCH, JobState, job_state
from ops.commands._job_filter import Code, Property, parse_code, parse_since
from ops.console import output
from ops.console.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl, Yes, check_job_id
from ops.console.prompt import confirm
from ops.errors import FindingError, UsageError
from ops.stack.context import Context

_NOT_KEPT = (
    "its message was not kept: an earlier release took it, it is over 64 KB compressed, or it may hold a secret, such "
    "as a URL with a query"
)
_STEM_CHARACTERS = 110
"""Of the first id in those of its reruns: an id has 128 at most."""
_RERUN = re.compile(r"(?P<stem>.+)-rerun-(?P<number>\d{1,6})")


@dataclass(frozen=True)
class _Rerun:
    """A job that is to be sent again, under a new id, or the reason why it can't be."""

    job: JobState
    new_id: str = ""
    body: str = ""
    refusal: str = ""


def rerun_command(
    job: Annotated[str | None, typer.Argument(help="A job's id; without it, --since says which failed jobs.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed, with --since.")] = False,
    code: Code = None,
    property_id: Property = "",
    since: Annotated[str | None, typer.Option(help="All that failed and were begun within 90s, 30m, 2h, 7d.")] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Send a job that has ended again, under a new id: the same message makes the same video's files anew.

    Lists the jobs first, and asks. A job is left out if a later one for the same video exists, since its video would be
    replaced by an older one. Asking twice does no harm. The ledger keeps messages for 30 days; none that is over 64 KB
    compressed, and none that may hold a secret: a URL with a user or a query, a field that is called token or the like.
    """
    if (job is None) == (since is None) or (job is not None and (failed or code or property_id)):
        raise UsageError("Name one job, or give --failed or --code, with --since such as 2h, for all that failed then.")
    if since is not None and not (failed or code):
        raise UsageError("--since alone doesn't say which jobs: give --failed, or --code such as RENDER_FAILED.")
    wanted = JobFilter(property_id=property_id, statuses=("ERROR",), code=parse_code(code), since=parse_since(since))
    if job is not None:
        check_job_id(job)
    context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
    jobs = _all(context, wanted) if job is None else [_one(context, job)]
    reruns: list[_Rerun] = []
    for each in _prepare(context, jobs):
        if job is not None and each.refusal:
            raise FindingError(f"Job {job} is not sent again: {each.refusal}.")
        reruns.append(each)
        if not as_json:
            _print(each)
    sendable = [each for each in reruns if not each.refusal]
    if sendable and not dry_run:
        confirm(f"Send {output.count(len(sendable), 'job')} again?", yes=yes)
        _send(context, sendable)
    _print_result(reruns, sent=not dry_run, as_json=as_json)


def _one(context: Context, job_id: str) -> JobState:
    """The job, if it has ended. Raises `FindingError`."""
    found = job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
    if found is None or not found.has_ended:
        state = f"is {found.status}" if found else "is not in the ledger"
        raise FindingError(f"Job {job_id} {state}: only a job that has ended is sent again.")
    return found


def _all(context: Context, wanted: JobFilter) -> Sequence[JobState]:
    """The jobs that are wanted, in the order in which they were begun."""
    return list(find_jobs(context.session.client("dynamodb"), context.name("jobs_table"), wanted))[::-1]


def _prepare(context: Context, jobs: Sequence[JobState]) -> Iterator[_Rerun]:
    """What is to be done with each of the jobs, in their order."""
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    for begin in range(0, len(jobs), BATCH):
        some = jobs[begin : begin + BATCH]
        kept = dict(kept_messages(dynamodb, table, some))
        for job in some:
            yield _rerun(job, newer_job(dynamodb, table, job), kept.get(job.job_id))


def _rerun(job: JobState, later: JobState | None, kept: bytes | None) -> _Rerun:
    from worker.job import message_to_send_again  # noqa: PLC0415 - pydantic loads slowly

    if later:
        return _Rerun(job, refusal=f"job {later.job_id} was sent later for the same video, and is {later.status}")
    if kept is None:
        return _Rerun(job, refusal=_NOT_KEPT)
    new_id = next_id(job.job_id)
    try:
        return _Rerun(job, new_id, message_to_send_again(kept, new_id, job.video_id))
    except ValueError as error:
        return _Rerun(job, refusal=f"what the ledger keeps as its message can't be read ({error})")


def next_id(job_id: str) -> str:
    """The id of a job's rerun: `j-rerun-1` after `j`, `j-rerun-2` after that.

    It is the same each time, so a rerun that is asked for twice sends a duplicate, which no worker renders.
    """
    again = _RERUN.fullmatch(job_id)
    stem, number = (again["stem"], int(again["number"]) + 1) if again else (job_id, 1)
    if len(stem) > _STEM_CHARACTERS:
        digest = hashlib.sha256(stem.encode(errors="surrogatepass")).hexdigest()[:8]
        stem = f"{stem[: _STEM_CHARACTERS - 9]}-{digest}"
    return f"{stem}-rerun-{number}"


def _send(context: Context, reruns: Sequence[_Rerun]) -> None:
    from worker.job import message_group  # noqa: PLC0415 - pydantic loads slowly

    sqs = context.session.client("sqs")
    for each in reruns:
        sqs.send_message(
            QueueUrl=context.name("queue_url"),
            MessageBody=each.body,
            MessageGroupId=message_group(each.job.property_id),
        )


def _print(each: _Rerun) -> None:
    code = output.clean(each.job.error_code or each.job.status)
    line = f"{output.ago(each.job.created_at):>10}  {code}  {output.clean(each.job.job_id)}"
    output.line(f"{line} -> {output.clean(each.new_id)}" if each.new_id else line, "dim" if each.refusal else "")
    if each.refusal:
        output.line(f"{'':12}left out: {output.clean(each.refusal)}", "yellow")


def _print_result(reruns: Sequence[_Rerun], *, sent: bool, as_json: bool) -> None:
    sendable, left_out = [each for each in reruns if not each.refusal], [each for each in reruns if each.refusal]
    if as_json:
        output.as_json(
            {
                "jobs": [{"job_id": each.job.job_id, "new_job_id": each.new_id} for each in sendable],
                "left_out": [{"job_id": each.job.job_id, "reason": each.refusal} for each in left_out],
                "sent": len(sendable) if sent else 0,
            }
        )
        return
    jobs, rest = output.count(len(sendable), "job"), f", {len(left_out)} left out" if left_out else ""
    output.line(f"sent {jobs} again{rest}" if sent else f"{jobs} to send again{rest}", "dim")
