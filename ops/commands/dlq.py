"""`dlq`: the jobs that no worker could finish."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops import show
from ops.ask import confirm
from ops.context import Context
from ops.dead_letters import DeadLetter, DeadLetters, explained, readable
from ops.errors import AwsError, FindingError
from ops.group import Commands
from ops.ledger import JobState, job_states
from ops.moving import start_move, wait_for_move
from ops.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl, Yes
from ops.queues import Queue, look_at

dlq_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Look at the dead-letter queue, put jobs back, purge.")

_MOST = 1_000
Job = Annotated[str | None, typer.Option("--job", help="Only the message of this job id, or of this message id.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only messages whose reason holds this text.")]
Limit = Annotated[int, typer.Option(min=1, max=_MOST, help="How many messages to look at.")]


_Letters = list[DeadLetter]


class _Site:
    """The two queues and the ledger of one command."""

    def __init__(self, context: Context) -> None:
        self._context = context
        url = context.name("queue_url")
        self.sqs = context.session.client("sqs")
        self.jobs: Queue = look_at(self.sqs, url)
        self.dead: Queue = look_at(self.sqs, self.jobs.dead_letter_url)
        self.letters = DeadLetters(self.sqs, self.dead.url)

    @contextmanager
    def held(
        self, limit: int, job: str | None, reason: str | None
    ) -> Iterator[tuple[list[DeadLetter], list[DeadLetter]]]:
        """All that is held, to remove from what mustn't be handed back; and those that are meant, with their reason."""
        with self.letters.held(limit) as held:
            known = self._known([letter.job_id for letter in held if letter.job_id])
            held[:] = [dataclasses.replace(letter, reason=explained(letter, known)) for letter in held]
            yield held, [letter for letter in held if letter.matches(job, reason)]

    def _known(self, job_ids: Sequence[str]) -> dict[str, JobState]:
        """What the ledger says; nothing where it can't be asked, since the messages can be looked at all the same."""
        table = self._context.known_quietly("jobs_table")
        if table is None or not job_ids:
            return {}
        try:
            return job_states(self._context.session.client("dynamodb"), table, job_ids)
        except (BotoCoreError, ClientError):
            show.complain("The ledger could not be read: reasons are missing.", "yellow")
            return {}


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
    site = _Site(Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table}))
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
    site = _Site(Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table}))
    with site.held(_MOST, job, None) as (_, meant):
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


@dlq_app.command("redrive")
def redrive_command(
    job: Job = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    wait: Annotated[bool, typer.Option(help="Wait until SQS has moved them all.")] = True,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Put dead letters back into the job queue, where they get all their tries again.

    All of them by SQS's own move, or with a filter those that match. A finished job is not rendered again; at most its
    webhook is sent.
    """
    site = _Site(Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table}))
    if job is None and reason is None:
        result = _move_all(site, dry_run=dry_run, wait=wait)
    else:
        with site.held(_MOST, job, reason) as (held, meant):
            for letter in () if dry_run else meant:
                site.letters.put_back(letter, site.jobs.url)
                held.remove(letter)
            result = {"status": "DRY_RUN" if dry_run else "COMPLETED", "messages": len(meant)}
    if as_json:
        show.as_json(result | {"queue_url": site.jobs.url, "dlq_url": site.dead.url})
    else:
        _say_moved(result, site.jobs.name)
    if result["status"] == "FAILED":
        raise typer.Exit(1)


@dlq_app.command("purge")
def purge_command(
    job: Job = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    queue_url: QueueUrl = None,
    jobs_table: JobsTable = None,
    as_json: AsJson = False,
) -> None:
    """Delete dead letters for good, all or those that a filter names. Asks first."""
    site = _Site(Context(environment, outputs, {"queue_url": queue_url, "jobs_table": jobs_table}))
    if job is None and reason is None:
        count = site.dead.total
        if count and not dry_run:
            confirm(
                f"Delete about {show.count(count, 'message')}, all there are in {site.dead.name}, for good?", yes=yes
            )
            site.letters.purge()
    else:
        with site.held(_MOST, job, reason) as (held, meant):
            count = len(meant)
            if meant and not dry_run:
                confirm(f"Delete {count} of {len(held)} messages in {site.dead.name}, for good?", yes=yes)
            for letter in () if dry_run else meant:
                site.letters.delete(letter)
                held.remove(letter)
    if as_json:
        show.as_json({"status": "DRY_RUN" if dry_run else "PURGED", "messages": count, "dlq_url": site.dead.url})
    elif not count:
        show.say("There is nothing to purge.")
    else:
        show.say(f"{'Would delete' if dry_run else 'Deleted'} {show.count(count, 'message')} of {site.dead.name}.")


def _move_all(site: _Site, *, dry_run: bool, wait: bool) -> dict[str, Any]:
    if dry_run:
        return {"status": "DRY_RUN", "messages": site.dead.total}
    if not site.dead.total:
        return {"status": "COMPLETED", "messages": 0}
    try:
        start_move(site.sqs, site.dead, site.jobs)
    except ClientError as error:
        if "already" in str(error) or "active" in str(error):
            raise AwsError(f"A move of {site.dead.name} is under way already: wait for its end.") from error
        raise
    if not wait:
        return {"status": "RUNNING", "messages": site.dead.total}
    move = wait_for_move(site.sqs, site.dead)
    return {"status": move.status, "messages": move.moved, "failure": move.failure}


def _say_moved(result: dict[str, Any], target: str) -> None:
    count = show.count(result["messages"], "message")
    match result["status"]:
        case "DRY_RUN":
            show.say(f"Would put {count} back into {target}.")
        case "RUNNING":
            show.say(f"SQS moves about {count} to {target}; `hospup-video queue` shows how far it is.")
        case "COMPLETED" if not result["messages"]:
            show.say("There is nothing to put back.")
        case "COMPLETED":
            show.say(f"Put {count} back into {target}.")
        case status:
            show.complain(f"The move ended as {status} after {count}: {show.clean(result['failure']) or 'no reason'}.")


def _print(letter: DeadLetter) -> None:
    show.say(f"{show.ago(letter.sent_at):>10}  {show.clean(letter.job_id) or f'message {letter.message_id}'}")
    show.say(f"{'':12}{show.clean(letter.reason)}")


def _count(meant: Sequence[DeadLetter], held: Sequence[DeadLetter], site: _Site) -> str:
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
