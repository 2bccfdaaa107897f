"""`dlq`: the jobs that no worker could finish, listed and shown."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ops import show
from ops.commands.purge import purge_command
from ops.commands.redrive import redrive_command
from ops.dead_letter_site import MOST, Job, Reason, Site
from ops.dead_letters import DeadLetter, readable
from ops.errors import FindingError
from ops.group import Commands
from ops.options import AsJson, Environment, JobsTable, Outputs, QueueUrl

dlq_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Look at the dead-letter queue, put jobs back, purge.")

Limit = Annotated[int, typer.Option(min=1, max=MOST, help="How many messages to look at.")]


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

    They are received and handed back: others don't see them for the second that takes.
    """
    site = Site(environment, outputs, queue_url, jobs_table)
    with site.held(limit, job, reason) as (held, meant):
        pass
    if as_json:
        show.as_json({"dlq_url": site.dead.url, "messages": [_summary(letter) for letter in meant]})
        return
    for letter in meant:
        _print(letter)
    show.say(_count(meant, held, site), "dim")


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
    site = Site(environment, outputs, queue_url, jobs_table)
    with site.held(MOST, job, None) as (_, meant):
        pass
    if not meant:
        raise FindingError(f"No dead letter is of job {job}: `hospup-video dlq list` lists them.")
    if as_json:
        show.as_json([_summary(letter) | {"body": letter.body, "attributes": letter.attributes} for letter in meant])
        return
    for letter in meant:
        _print(letter)
        attributes = {name: show.clean(value.get("StringValue", "")) for name, value in letter.attributes.items()}
        pairs = {"message": letter.message_id, "video": letter.video_id, "received": f"{letter.receives} times"}
        pairs = {name: value for name, value in pairs.items() if value}
        show.fields(pairs | {f"attribute {show.clean(name)}": value for name, value in attributes.items()}, indent=12)
        show.document(readable(letter.body))


dlq_app.command("redrive")(redrive_command)
dlq_app.command("purge")(purge_command)


def _print(letter: DeadLetter) -> None:
    show.say(f"{show.ago(letter.sent_at):>10}  {show.clean(letter.job_id) or f'message {letter.message_id}'}")
    show.say(f"{'':12}{show.clean(letter.reason)}")


def _count(meant: Sequence[DeadLetter], held: Sequence[DeadLetter], site: Site) -> str:
    if not held:
        return f"{site.dead.name} is empty."
    of = f"{len(meant)} of " if len(meant) < len(held) else ""
    more = f", about {site.dead.total} in all" if site.dead.total > len(held) else ""
    return f"{of}{show.count(len(held), 'message')} in {site.dead.name}{more}"


def _summary(letter: DeadLetter) -> dict[str, Any]:
    return {
        "job_id": letter.job_id or None,
        "video_id": letter.video_id or None,
        "message_id": letter.message_id,
        "reason": letter.reason,
        "sent_at": letter.sent_at,
        "receives": letter.receives,
    }
