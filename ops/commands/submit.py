"""`submit`: check a job, send it, and follow it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from botocore.exceptions import ClientError

from ops import show
from ops.context import Context
from ops.errors import FindingError
from ops.following import follow_job, print_state, state_json
from ops.job_file import check, read_job
from ops.ledger import JobState, job_state
from ops.options import AsJson, Environment, JobsTable, Outputs, QueueUrl
from ops.refusals import is_denied

if TYPE_CHECKING:
    from worker.job import JobWarning, PermanentError


def submit_command(
    job: Annotated[Path, typer.Argument(help="A message, in either dialect; - is standard input.")],
    new: Annotated[bool, typer.Option("--new-ids", help="Give the job a job_id and video_id of its own.")] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Follow the job to its end.")] = False,
    timeout: Annotated[str | None, typer.Option(help="With --wait: give up waiting after 90s, 30m, 2h.")] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Check a job field by field, and send it to the queue.

    Nothing is sent where a field is wrong, or where a job of the same id has ended already: a worker would render
    nothing. What is bent to make a video is told as a warning.
    """
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
            show.complain(_line(warning), "yellow")
    sent = context.session.client("sqs").send_message(QueueUrl=context.name("queue_url"), MessageBody=body)
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
        show.say(f"sent job {show.clean(job_id)}")
    state = None
    if wait:
        state = follow_job(context, job_id, timeout=timeout, attempts=before.attempt if before else 0)
        result["job"] = state_json(context, state)
    if as_json:
        show.as_json(result)
    elif state is not None:
        print_state(context, state)
    if state is not None and state.status != "COMPLETE":
        raise typer.Exit(1)


def _known(context: Context, job_id: str) -> JobState | None:
    """The job's entry, if it was sent before; who may send but not read the ledger isn't held up."""
    try:
        return job_state(context.session.client("dynamodb"), context.name("jobs_table"), job_id)
    except ClientError as error:
        if is_denied(error):
            return None
        raise


def _refuse(path: Path, wrong: "Sequence[PermanentError]", *, as_json: bool) -> NoReturn:
    if as_json:
        errors = [{"code": str(found.code), "pointer": found.pointer, "message": found.message} for found in wrong]
        show.as_json({"errors": errors})
    else:
        count = "one field is" if len(wrong) == 1 else f"{len(wrong)} fields are"
        show.complain(f"{path} is not sent: {count} wrong.")
        for found in wrong:
            show.complain(f"  {_line(found)}", "")
    raise typer.Exit(1)


def _line(found: "PermanentError | JobWarning") -> str:
    return f"{show.clean(found.pointer) or '(whole)'}  {found.code}  {show.clean(found.message)}"
