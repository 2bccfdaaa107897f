"""`queue`: how many jobs wait, run or have failed, and the age of the oldest."""

import dataclasses

from botocore.exceptions import ClientError

from ops.aws.queues import describe_queue, oldest_seconds
from ops.commands._pause import pause_of, print_pause
from ops.console import output
from ops.console.options import AsJson, Environment, Outputs, QueueUrl
from ops.stack.context import Context

_IN_FLIGHT = ": being rendered, or waiting for their next try or their webhook"
"""SQS counts a message as in flight from its receive until it is deleted or visible again."""


def queue_command(
    environment: Environment = None, outputs: Outputs = None, queue_url: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Print how many jobs wait, are in flight, or are in the dead-letter queue, and whether the fleet is paused.

    SQS calls its numbers approximate: they may lag by some seconds. The oldest job's age is CloudWatch's, a few minutes
    old, and unknown where it measured nothing. Parts are those of running jobs that idle workers may take.
    """
    context = Context(environment, outputs, {"queue_url": queue_url})
    url = context.name("queue_url")
    sqs = context.session.client("sqs")
    jobs = describe_queue(sqs, url)
    dead = describe_queue(sqs, jobs.dead_letter_url) if jobs.dead_letter_arn else None
    oldest = oldest_seconds(context.session.client("cloudwatch"), jobs)
    pause = pause_of(context)
    offered = _offered_parts(context)
    if as_json:
        output.as_json(
            {
                "queue_url": jobs.url,
                "visible": jobs.visible,
                "in_flight": jobs.in_flight,
                "delayed": jobs.delayed,
                "oldest_seconds": oldest,
                "tries": jobs.tries,
                "dlq_url": dead.url if dead else None,
                "dlq_messages": dead.total if dead else None,
                "parts_offered": offered,
                "paused": dataclasses.asdict(pause) if pause else None,
            }
        )
        return
    output.line(jobs.name, "bold")
    output.fields(
        {
            "waiting": jobs.visible,
            "in flight": f"{jobs.in_flight}{_IN_FLIGHT if jobs.in_flight else ''}",
            "delayed": jobs.delayed,
            "oldest": "unknown: CloudWatch has no measurement" if oldest is None else output.duration(oldest),
            "dead letters": "no dead-letter queue" if dead is None else dead.total,
            **({} if offered is None else {"parts": f"{offered} offered to idle workers"}),
        },
        indent=2,
    )
    if pause:
        print_pause(pause)
    if dead and dead.total:
        output.line("  Look at them with `hospup-video dlq list`.", "yellow")


def _offered_parts(context: Context) -> int | None:
    """Parts of jobs that no helper has taken yet. None without helpers, and where the queue of parts can't be read,
    since the command's subject is another."""
    url = context.optional("parts_queue_url")
    try:
        return describe_queue(context.session.client("sqs"), url).visible if url else None
    except ClientError:
        return None
