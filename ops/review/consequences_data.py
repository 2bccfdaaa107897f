"""What it means that a resource which holds data is destroyed or replaced: queues, ledger, bucket, images, secrets."""

from collections.abc import Callable, Mapping

from ops.cost.resources import number
from ops.review.judgements import Judgement, Weight
from ops.review.live_counts import LiveCounts
from ops.review.plan import Action, Change
from ops.review.resource_names import DATA_HELD, is_dead_letter, is_parts_queue
from ops.words import count

HELD = DATA_HELD

_PARTS_QUEUE = (
    "{verb} the queue of parts: no worker finds helpers until it knows another queue. Nothing is lost: each job is "
    "rendered by its own worker alone."
)


def removed(change: Change, live: LiveCounts) -> Judgement | None:
    """The consequence for the data; None where the resource holds none."""
    if change.kind not in DATA_HELD:
        return None
    if is_parts_queue(change):
        return Judgement(_PARTS_QUEUE.format(verb=_verb(change)))
    describe = _REMOVED.get(change.kind)
    sentence = describe(change, live) if describe else f"{_verb(change)} it: {DATA_HELD[change.kind]} is lost."
    return Judgement(sentence, Weight.HARM)


def _queue(change: Change, live: LiveCounts) -> str:
    if is_dead_letter(change):
        messages = live.amount(change, "failed job")
        return f"{_verb(change)} the dead-letter queue: {messages} would be lost{live.note(change)}."
    lost = f"the queue: {live.amount(change, 'waiting message')} would be lost{live.note(change)}"
    if change.action is Action.DESTROY:
        return f"Destroys {lost}, and the backend can't send jobs any more."
    return f"Replaces {lost}. Renders that run can't acknowledge, and the backend needs the new queue_url."


def _ledger(change: Change, _live: LiveCounts) -> str:
    return (
        f"{_verb(change)} the ledger: who did which job is forgotten, so renders that run lose their claim and a "
        "duplicate message renders again."
    )


def _bucket(change: Change, _live: LiveCounts) -> str:
    if change.before.get("force_destroy") is True:
        return f"{_verb(change)} the bucket with all its objects: sources and videos are lost, and links to them break."
    return f"{_verb(change)} the bucket; S3 refuses as long as it holds objects, and then the apply stops half-way."


def _registry(change: Change, _live: LiveCounts) -> str:
    return f"{_verb(change)} the registry with its images: no worker can start until one is pushed; others go on."


def _logs(change: Change, _live: LiveCounts) -> str:
    return f"{_verb(change)} the log group: its lines are lost, and workers can't log until it is there again."


def _secret(change: Change, _live: LiveCounts) -> str:
    days = number(change.before.get("recovery_window_in_days"))
    grace = f"It can be restored for {count(days, 'day')}" if days else "It can't be restored"
    return (
        f"{_verb(change)} the secret. {grace}. Without a value no worker starts, and receivers can't verify webhooks."
    )


def _key(change: Change, _live: LiveCounts) -> str:
    days = number(change.before.get("deletion_window_in_days"), 30)
    return f"{_verb(change)} the key: after {count(days, 'day')} nothing that it encrypted can be read."


def _verb(change: Change) -> str:
    return "Replaces" if change.action is Action.REPLACE else "Destroys"


_REMOVED: Mapping[str, Callable[[Change, LiveCounts], str]] = {
    "aws_cloudwatch_log_group": _logs,
    "aws_dynamodb_table": _ledger,
    "aws_ecr_repository": _registry,
    "aws_kms_key": _key,
    "aws_s3_bucket": _bucket,
    "aws_secretsmanager_secret": _secret,
    "aws_sqs_queue": _queue,
}
