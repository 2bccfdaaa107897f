"""`queue`: what waits, and for how long."""

from ops import show
from ops.context import Context
from ops.options import AsJson, Environment, Outputs, QueueUrl
from ops.queues import look_at, oldest_seconds


def queue_command(
    environment: Environment = None, outputs: Outputs = None, queue_url: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Tell how many jobs wait, run, or ended in the dead-letter queue.

    SQS calls its numbers approximate: they may lag by some seconds. The oldest job's age is CloudWatch's, a few minutes
    old, and unknown where it measured nothing.
    """
    context = Context(environment, outputs, {"queue_url": queue_url})
    url = context.name("queue_url")
    sqs = context.session.client("sqs")
    jobs = look_at(sqs, url)
    dead = look_at(sqs, jobs.dead_letter_url) if jobs.dead_letter_arn else None
    oldest = oldest_seconds(context.session.client("cloudwatch"), jobs)
    if as_json:
        show.as_json(
            {
                "queue_url": jobs.url,
                "visible": jobs.visible,
                "in_flight": jobs.in_flight,
                "delayed": jobs.delayed,
                "oldest_seconds": oldest,
                "tries": jobs.tries,
                "dlq_url": dead.url if dead else None,
                "dlq_messages": dead.total if dead else None,
            }
        )
        return
    show.say(jobs.name, "bold")
    show.fields(
        {
            "waiting": jobs.visible,
            "rendering": jobs.in_flight,
            "delayed": jobs.delayed,
            "oldest": "unknown: CloudWatch has no measurement" if oldest is None else show.duration(oldest),
            "dead letters": "no dead-letter queue" if dead is None else dead.total,
        },
        indent=2,
    )
    if dead and dead.total:
        show.say("  Look at them with `hospup-video dlq list`.", "yellow")
