"""`dlq`: lists and shows the messages in the dead-letter queue."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ops.aws.dead_letters import WORKER_ATTRIBUTES, DeadLetter, indented
from ops.commands._dead_letters import LIMIT, DeadLetterSession, Job, Reason
from ops.commands.dlq_purge import purge_command
from ops.commands.dlq_redrive import redrive_command
from ops.console import output
from ops.console.group import Commands
from ops.console.options import AsJson, Environment, JobsTable, Outputs, QueueUrl

dlq_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Look at the dead-letter queue, put jobs back, purge.")

_PREVIEW = 60
"""How much of a body without a job id is printed, in characters."""

Limit = Annotated[int, typer.Option(min=1, max=LIMIT, help="How many to print.")]


@dlq_app.command("list")
def list_command(
    job: Job = None,
    reason: Reason = None,
    limit: Limit = 100,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters, newest first, each with its reason.

    They are received and made visible again: meanwhile, for about a second, other readers don't see them.
    """
    session = DeadLetterSession(environment, outputs, queue_url, jobs_table)
    is_filtered = job is not None or reason is not None
    with session.receive(LIMIT if is_filtered else limit, job, reason) as (received, matching):
        shown = matching[:limit]
    if as_json:
        output.as_json(
            {
                "dlq_url": session.dead.url,
                "messages": [_summary(letter) for letter in shown],
                "matching": len(matching),
                "about": max(session.dead.total, len(received)),
            }
        )
        return
    for letter in shown:
        _print(letter)
    output.line(_count(len(shown), matching if is_filtered else None, received, session), "dim")


@dlq_app.command("show")
def show_command(
    job: Annotated[str, typer.Argument(help="A job's id, or a message's.")],
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Print a dead letter whole: its reason, and the job as it was sent."""
    session = DeadLetterSession(environment, outputs, queue_url, jobs_table)
    with session.receive(LIMIT, job, None) as (_, matching):
        pass
    if not matching:
        raise session.missing(job)
    if as_json:
        letters = [_summary(letter) | {"body": letter.body, "attributes": _attributes(letter)} for letter in matching]
        output.as_json({"messages": letters})
        return
    for letter in matching:
        _print(letter)
        attributes = {name: value for name, value in _attributes(letter).items() if name not in WORKER_ATTRIBUTES}
        sent_as = letter.sent_as if letter.sent_as != letter.message_id else ""
        pairs = {"message": letter.message_id, "sent as": sent_as, "video": letter.video_id}
        pairs = {name: value for name, value in pairs.items() if value}
        output.fields(
            pairs | {f"attribute {output.clean(name)}": output.clean(value) for name, value in attributes.items()},
            indent=12,
        )
        output.document(indented(letter.body))


dlq_app.command("redrive")(redrive_command)
dlq_app.command("purge")(purge_command)


def _print(letter: DeadLetter) -> None:
    output.line(f"{output.ago(letter.sent_at):>10}  {output.clean(letter.job_id) or f'message {letter.message_id}'}")
    output.line(f"{'':12}{output.clean(letter.reason)}")
    if not letter.job_id:
        output.line(f"{'':12}body: {_preview(letter.body)}", "dim")


def _attributes(letter: DeadLetter) -> dict[str, str]:
    """The message's attributes by name; an attribute that is no text is empty."""
    return {name: value.get("StringValue", "") for name, value in letter.attributes.items()}


def _preview(body: str) -> str:
    shown = output.clean(body[: 2 * _PREVIEW])[:_PREVIEW]
    return f"{shown}... ({output.count(len(body), 'character')})" if len(body) > _PREVIEW else shown or "(empty)"


def _count(
    shown: int, matching: Sequence[DeadLetter] | None, received: Sequence[DeadLetter], session: DeadLetterSession
) -> str:
    if not received:
        return f"{session.dead.name} is empty."
    total = max(session.dead.total, len(received))
    about = "about " if total > len(received) else ""
    found = shown if matching is None else len(matching)
    of = f"{found} of {about}" if total > found else ""
    printed = f", {shown} printed" if shown < found else ""
    return f"{of}{output.count(total, 'message')} in {session.dead.name}{printed}"


def _summary(letter: DeadLetter) -> dict[str, Any]:
    return {
        "job_id": letter.job_id or None,
        "video_id": letter.video_id or None,
        "message_id": letter.message_id,
        "reason": letter.reason,
        "sent_at": letter.sent_at,
        "sent_as": letter.sent_as,
        "body_start": letter.body[:_PREVIEW],
    }
