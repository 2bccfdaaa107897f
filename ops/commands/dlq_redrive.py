"""`dlq redrive`: moves dead letters back to the job queue."""

from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from ops.aws.dead_letters import start_move, wait_for_move
from ops.commands._dead_letters import LIMIT, DeadLetterSession, Job, Reason
from ops.console import output
from ops.console.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl
from ops.errors import AwsError, ExitCode


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
    session = DeadLetterSession(environment, outputs, queue_url, jobs_table)
    if job is None and reason is None:
        result = _move_all(session, dry_run=dry_run, wait=wait)
    else:
        with session.receive(LIMIT, job, reason) as (received, matching):
            if job is not None and not matching:
                raise session.missing(job)
            for letter in () if dry_run else matching:
                session.letters.redrive(letter, session.jobs.url)
                received.remove(letter)
            result = {"status": "DRY_RUN" if dry_run else "COMPLETED", "messages": len(matching)}
    if as_json:
        output.as_json(result | {"queue_url": session.jobs.url, "dlq_url": session.dead.url})
    else:
        _print_result(result, session.jobs.name)
    if result["status"] == "FAILED":
        raise typer.Exit(ExitCode.FINDING)


def _move_all(session: DeadLetterSession, *, dry_run: bool, wait: bool) -> dict[str, Any]:
    if dry_run:
        return {"status": "DRY_RUN", "messages": session.dead.total}
    try:  # also where SQS counts none: a message that has just arrived isn't counted yet
        start_move(session.sqs, session.dead, session.jobs)
    except ClientError as error:
        if "already" in str(error):
            raise AwsError(f"A move of {session.dead.name} is under way already: wait for its end.") from error
        raise
    if not wait:
        return {"status": "RUNNING", "messages": session.dead.total}
    move = wait_for_move(session.sqs, session.dead)
    return {"status": move.status, "messages": move.moved, "failure": move.failure}


def _print_result(result: dict[str, Any], target: str) -> None:
    count = output.count(result["messages"], "message")
    match result["status"]:
        case "DRY_RUN":
            output.line(f"Would put {count} back into {target}, by SQS's count, which can be a minute old.")
        case "RUNNING":
            output.line(f"SQS moves about {count} to {target}; `hospup-video queue` shows how far it is.")
        case "COMPLETED" if not result["messages"]:
            output.line(f"No message was put back into {target}: none was found.")
        case "COMPLETED":
            output.line(f"Put {count} back into {target}.")
        case status:
            output.warn(f"The move ended as {status} after {count}: {output.clean(result['failure']) or 'no reason'}.")
