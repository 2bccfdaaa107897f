"""`submit`: checks a job, sends it, and follows it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from botocore.exceptions import ClientError

from ops.aws.ledger import JobState, job_state
from ops.aws_errors import is_denied
from ops.commands._follow import follow_job
from ops.commands._job_file import check, read_job, shown_name
from ops.commands._job_state import print_state, state_json
from ops.commands._prediction import predict_job
from ops.console import output
from ops.console.options import (
    AsJson,
    Cluster,
    Environment,
    JobsTable,
    Outputs,
    QueueUrl,
    Service,
    Timeout,
    Wait,
    parse_timeout,
)
from ops.cost.source_kind import Kind
from ops.errors import ExitCode, FindingError, UsageError
from ops.stack.context import Context

if TYPE_CHECKING:
    from worker.job import JobWarning, ParsedMessage, PermanentError


def submit_command(
    job: Annotated[Path, typer.Argument(help="File with a job as JSON; - is standard input.")],
    new: Annotated[bool, typer.Option("--new-ids", help="Give the job a job_id and video_id of its own.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Send nothing: predict seconds of a worker, and cents.")
    ] = False,
    assume: Annotated[Kind | None, typer.Option(help="With --dry-run: what every source is that is no still.")] = None,
    wait: Wait = False,
    timeout: Timeout = None,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    cluster_name: Cluster = None,
    service_name: Service = None,
    as_json: AsJson = False,
) -> None:
    """Check a job field by field, and send it to the queue.

    Nothing is sent if a field is wrong, or if a job of the same id has ended already: a worker would render nothing.
    Values that a worker would adjust are printed as warnings.

    --dry-run sends nothing: it predicts for how long a worker would have the job, and what that costs. Sources are
    known by name and size alone: what kind each is taken for is printed, and --assume sets it. Exit code 1 if a source
    is not in its bucket.
    """
    _refuse_contradiction(dry_run=dry_run, assume=assume, wait=wait)
    seconds = parse_timeout(timeout, wait=wait)
    body = read_job(job, new=new)
    parsed, wrong = check(body)
    if parsed is None:
        _refuse(job, wrong, as_json=as_json)
    names = {"queue_url": queue_url, "jobs_table": jobs_table}
    fleet = {"cluster_name": cluster_name, "service_name": service_name}
    context = Context(environment, outputs, names | (fleet if dry_run else {}))
    job_id = parsed.job.job_id
    before = _known(context, job_id)
    if before is not None and before.has_ended and not before.retryable:
        raise FindingError(
            f"Job {job_id} has ended already ({before.status}): sent again it would render nothing. Look at it with "
            f"`hospup-video status {job_id}`, or send it as a new one with --new-ids."
        )
    for warning in () if as_json else parsed.warnings:
        output.warn(_line(warning), "yellow")
    if dry_run:
        _predict(context, parsed, assume, as_json=as_json)
        return
    from worker.job import message_group  # noqa: PLC0415 - pydantic loads slowly

    sent = context.session.client("sqs").send_message(
        QueueUrl=context.name("queue_url"), MessageBody=body, MessageGroupId=message_group(parsed.job.property_id)
    )
    result: dict[str, Any] = {
        "job_id": job_id,
        "video_id": parsed.job.video_id,
        "message_id": sent["MessageId"],
        "queue_url": context.name("queue_url"),
        "warnings": _as_json(parsed.warnings),
    }
    if not as_json:
        output.line(f"sent job {output.clean(job_id)}")
    state = None
    try:
        if wait:
            state = follow_job(context, job_id, timeout=seconds, attempts=before.attempt if before else 0)
            result["job"] = state_json(context, state)
    finally:  # whatever ends the wait: the job is sent, and nothing else says its new id
        if as_json:
            output.as_json(result)
    if state is None:
        return
    if not as_json:
        print_state(context, state)
    if state.status != "COMPLETE":
        raise typer.Exit(ExitCode.FINDING)


def _refuse_contradiction(*, dry_run: bool, assume: Kind | None, wait: bool) -> None:
    """Raise `UsageError` where options exclude each other."""
    if assume is not None and not dry_run:
        raise UsageError("--assume is for a prediction: give --dry-run too, or leave it out.")
    if dry_run and wait:
        raise UsageError("--dry-run sends nothing to wait for: leave --wait out.")


def _predict(context: Context, parsed: "ParsedMessage", assumed: Kind | None, *, as_json: bool) -> None:
    """Print what a job would take and cost."""
    predicted = predict_job(context, parsed.job, assumed)
    if as_json:
        job = {"job_id": parsed.job.job_id, "video_id": parsed.job.video_id, "warnings": _as_json(parsed.warnings)}
        output.as_json(job | {"prediction": predicted.as_json()})
    else:
        predicted.show()
    if predicted.missing:
        raise typer.Exit(ExitCode.FINDING)


def _known(context: Context, job_id: str) -> JobState | None:
    """The job's entry, if it was sent before. None also if the caller may send but not read the ledger."""
    try:
        return job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
    except ClientError as error:
        if is_denied(error):
            return None
        raise


def _refuse(path: Path, wrong: "Sequence[PermanentError]", *, as_json: bool) -> NoReturn:
    if as_json:
        output.as_json({"errors": _as_json(wrong)})
    else:
        count = "one field is" if len(wrong) == 1 else f"{len(wrong)} fields are"
        output.warn(f"{output.clean(shown_name(path))} is not sent: {count} wrong.")
        for found in wrong:
            output.warn(f"  {_line(found)}", "")
    raise typer.Exit(1)


def _line(found: "PermanentError | JobWarning") -> str:
    return f"{output.clean(found.pointer) or '(whole)'}  {found.code}  {output.clean(found.message)}"


def _as_json(found: "Sequence[PermanentError | JobWarning]") -> list[dict[str, str]]:
    return [{"code": str(each.code), "pointer": each.pointer, "message": each.message} for each in found]
