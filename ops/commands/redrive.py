"""`dlq redrive`: dead letters back into the job queue."""

from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from ops import show
from ops.dead_letter_site import MOST, Job, Reason, Site
from ops.errors import AwsError, ExitCode
from ops.moving import start_move, wait_for_move
from ops.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl


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
    site = Site(environment, outputs, queue_url, jobs_table)
    if job is None and reason is None:
        result = _move_all(site, dry_run=dry_run, wait=wait)
    else:
        with site.held(MOST, job, reason) as (held, meant):
            for letter in () if dry_run else meant:
                site.letters.put_back(letter, site.jobs.url)
                held.remove(letter)
            result = {"status": "DRY_RUN" if dry_run else "COMPLETED", "messages": len(meant)}
    if as_json:
        show.as_json(result | {"queue_url": site.jobs.url, "dlq_url": site.dead.url})
    else:
        _say_moved(result, site.jobs.name)
    if result["status"] == "FAILED":
        raise typer.Exit(ExitCode.FINDING)


def _move_all(site: Site, *, dry_run: bool, wait: bool) -> dict[str, Any]:
    if dry_run:
        return {"status": "DRY_RUN", "messages": site.dead.total}
    if not site.dead.total:
        return {"status": "COMPLETED", "messages": 0}
    try:
        start_move(site.sqs, site.dead, site.jobs)
    except ClientError as error:
        if "already" in str(error):
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
