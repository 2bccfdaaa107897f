"""`dlq purge`: deletes dead letters."""

from ops.commands._dead_letters import LIMIT, DeadLetterSession, Job, Reason
from ops.console import output
from ops.console.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl, Yes
from ops.console.prompt import confirm


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
    session = DeadLetterSession(environment, outputs, queue_url, jobs_table)
    if job is None and reason is None:
        count = session.dead.total
        if count and not dry_run:
            confirm(
                f"Delete about {output.count(count, 'message')}, all there are in {session.dead.name}, for good?",
                yes=yes,
            )
            session.letters.purge()
    else:
        with session.receive(LIMIT, job, reason) as (received, matching):
            count = len(matching)
            if job is not None and not matching:
                raise session.missing(job)
            if matching and not dry_run:
                messages = output.count(len(received), "message")
                confirm(f"Delete {count} of {messages} in {session.dead.name}, for good?", yes=yes)
            for letter in () if dry_run else matching:
                session.letters.delete(letter)
                received.remove(letter)
    if as_json:
        output.as_json({"status": "DRY_RUN" if dry_run else "PURGED", "messages": count, "dlq_url": session.dead.url})
    elif not count:
        output.line(f"None deleted: no message was seen in {session.dead.name}. SQS counts a new one within a minute.")
    else:
        output.line(
            f"{'Would delete' if dry_run else 'Deleted'} {output.count(count, 'message')} of {session.dead.name}."
        )
