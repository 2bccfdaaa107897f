"""`dlq purge`: dead letters deleted for good."""

from ops import show
from ops.ask import confirm
from ops.dead_letter_site import MOST, Job, Reason, Site
from ops.options import AsJson, DryRun, Environment, JobsTable, Outputs, QueueUrl, Yes


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
    site = Site(environment, outputs, queue_url, jobs_table)
    if job is None and reason is None:
        count = site.dead.total
        if count and not dry_run:
            confirm(
                f"Delete about {show.count(count, 'message')}, all there are in {site.dead.name}, for good?", yes=yes
            )
            site.letters.purge()
    else:
        with site.held(MOST, job, reason) as (held, meant):
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
