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
from ops.console import output
from ops.console.options import AsJson, Environment, JobsTable, Outputs, QueueUrl, Timeout, Wait, parse_timeout
from ops.errors import ExitCode, FindingError
from ops.stack.context import Context

if TYPE_CHECKING:
    from worker.job import JobWarning, PermanentError


def submit_command(
    job: Annotated[Path, typer.Argument(help="File with a job as JSON; - is standard input.")],
    new: Annotated[bool, typer.Option("--new-ids", help="Give the job a job_id and video_id of its own.")] = False,
    wait: Wait = False,
    timeout: Timeout = None,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Check a job field by field, and send it to the queue.

    Nothing is sent if a field is wrong, or if a job of the same id has ended already: a worker would render nothing.
    Values that a worker would adjust are printed as warnings.
    """
    seconds = parse_timeout(timeout, wait=wait)
    body = read_job(job, new=new)
    parsed, wrong = check(body)
    if parsed is None:
        _refuse(job, wrong, as_json=as_json)
    context = Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table})
    job_id = parsed.job.job_id
    before = _known(context, job_id)
    if before is not None and before.has_ended and not before.retryable:
        raise FindingError(
            f"Job {job_id} has ended already ({before.status}): sent again it would render nothing. Look at it with "
            f"`hospup-video status {job_id}`, or send it as a new one with --new-ids."
        )
    if not as_json:
        for warning in parsed.warnings:
            output.warn(_line(warning), "yellow")
    from worker.job import message_group  # noqa: PLC0415 - pydantic loads slowly

    sent = context.session.client("sqs").send_message(
        QueueUrl=context.name("queue_url"), MessageBody=body, MessageGroupId=message_group(parsed.job.property_id)
    )
    result: dict[str, Any] = {
        "job_id": job_id,
        "video_id": parsed.job.video_id,
        "message_id": sent["MessageId"],
        "queue_url": context.name("queue_url"),
        "warnings": [
            {"code": str(found.code), "pointer": found.pointer, "message": found.message} for found in parsed.warnings
        ],
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
        errors = [{"code": str(found.code), "pointer": found.pointer, "message": found.message} for found in wrong]
        output.as_json({"errors": errors})
    else:
        count = "one field is" if len(wrong) == 1 else f"{len(wrong)} fields are"
        output.warn(f"{output.clean(shown_name(path))} is not sent: {count} wrong.")
        for found in wrong:
            output.warn(f"  {_line(found)}", "")
    raise typer.Exit(1)


def _line(found: "PermanentError | JobWarning") -> str:
    return f"{output.clean(found.pointer) or '(whole)'}  {found.code}  {output.clean(found.message)}"
