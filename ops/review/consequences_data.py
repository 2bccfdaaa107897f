"""What a change of something that holds data means: queues, ledger, bucket, images, logs, secrets."""

from ops.cost.resources import block, number
from ops.review.data import HOLD_DATA
from ops.review.differences import ABSENT
from ops.review.kinds import is_dead_letter
from ops.review.live import Live
from ops.review.plan import Action, Change


def queue(change: Change, live: Live) -> str:
    """The job queue and the dead-letter queue."""
    if is_dead_letter(change):
        if change.removes:
            messages = live.amount(change, "failed jobs")
            return f"{_verb(change)} the dead-letter queue: {messages} would be lost{live.note(change)}."
        return _queue_settings(change)
    if change.action is Action.DESTROY:
        return (
            f"Destroys the queue: {live.amount(change, 'waiting messages')} would be lost{live.note(change)}, and the "
            "backend can't send jobs any more."
        )
    if change.action is Action.REPLACE:
        return (
            f"Replaces the queue: {live.amount(change, 'waiting messages')} would be lost{live.note(change)}. Renders "
            "that run can't acknowledge, and the backend needs the new queue_url."
        )
    return _queue_settings(change)


def _queue_settings(change: Change) -> str:
    said = []
    if lease := change.changed("visibility_timeout_seconds"):
        said.append(f"A crashed worker's job comes back after {lease.after} s; leases held now keep theirs.")
    if kept := change.changed("message_retention_seconds"):
        shorter = number(kept.after) < number(kept.before)
        lost = ": messages older than that are deleted at once" if shorter else ""
        said.append(f"Unread jobs wait for {_days(kept.after)}{lost}.")
    if tries := change.changed("redrive_policy.maxReceiveCount"):
        said.append(f"A job goes to the dead-letter queue after {tries.after} tries.")
    if (dead := change.changed("redrive_policy.deadLetterTargetArn")) and dead.after == ABSENT:
        said.append("Failed jobs no longer go to a dead-letter queue: they are tried until they expire.")
    if any(item.path.startswith("redrive_allow_policy") for item in change.differences):
        said.append("Other queues may send their failed jobs here.")
    if any(item.path.startswith("policy") for item in change.differences):
        said.append("Who may use the queue changes.")
    return " ".join(said)


def ledger(change: Change, _live: Live) -> str:
    """The table of jobs."""
    if change.removes:
        return (
            f"{_verb(change)} the ledger: who did which job is forgotten, so renders that run lose their claim and a "
            "duplicate message renders again."
        )
    said = []
    if (protection := change.changed("deletion_protection_enabled")) and protection.after == "false":
        said.append("The table can be deleted from now on.")
    if (recovery := change.changed("point_in_time_recovery[0].enabled")) and recovery.after == "false":
        said.append("It can no longer be restored to an earlier moment.")
    return " ".join(said)


def bucket(change: Change, _live: Live) -> str:
    """Sources and videos."""
    if not change.removes:
        if (force := change.changed("force_destroy")) and force.after == "true":
            return "Destroying the bucket would from now on delete its objects too."
        return ""
    if change.before.get("force_destroy") is True:
        return f"{_verb(change)} the bucket with all its objects: sources and videos are lost, and links to them break."
    return f"{_verb(change)} the bucket; S3 refuses as long as it holds objects, and then the apply stops half-way."


def lifecycle(change: Change, _live: Live) -> str:
    """When objects expire."""
    if change.action is Action.DESTROY:
        return "Objects no longer expire."
    days = [
        block(rule.get("expiration")).get("days") for rule in change.after.get("rule") or [] if isinstance(rule, dict)
    ]
    known = sorted({f"{number(day):g}" for day in days if day})
    return f"Objects expire after {', '.join(known)} days, by prefix." if known else ""


def registry(change: Change, _live: Live) -> str:
    """The images."""
    if change.kind == "aws_ecr_lifecycle_policy":
        return "Images that its rules don't keep are deleted." if change.action is Action.UPDATE else ""
    if change.removes:
        return f"{_verb(change)} the registry with its images: no worker can start until one is pushed; others go on."
    return ""


def logs(change: Change, _live: Live) -> str:
    """The workers' logs."""
    if change.removes:
        return f"{_verb(change)} the log group: its lines are lost, and workers can't log until it is there again."
    if kept := change.changed("retention_in_days"):
        lost = " Older lines are deleted." if number(kept.after) < number(kept.before) else ""
        return f"Lines are kept for {kept.after} days.{lost}"
    return ""


def secret(change: Change, _live: Live) -> str:
    """The webhook signing key."""
    if not change.removes:
        return ""
    days = number(change.before.get("recovery_window_in_days"))
    grace = f"It can be restored for {days:g} days" if days else "It can't be restored"
    return (
        f"{_verb(change)} the secret. {grace}. Without a value no worker starts, and receivers can't verify webhooks."
    )


def key(change: Change, _live: Live) -> str:
    """An encryption key."""
    if change.removes:
        days = number(change.before.get("deletion_window_in_days"), 30)
        return f"{_verb(change)} the key: after {days:g} days nothing that it encrypted can be read."
    return ""


def data(change: Change, _live: Live) -> str:
    """Anything else that holds data."""
    return f"{_verb(change)} it: {HOLD_DATA[change.kind]} is lost." if change.removes else ""


def _verb(change: Change) -> str:
    return "Replaces" if change.action is Action.REPLACE else "Destroys"


def _days(seconds: str) -> str:
    days = number(seconds) / 86400
    return f"{days:g} days" if days >= 1 else f"{seconds} s"


def bucket_setting(change: Change, _live: Live) -> str:
    """What a bucket's settings are resources of their own for."""
    return _WITHOUT.get(change.kind, "") if change.action is Action.DESTROY else ""


_WITHOUT = {
    "aws_s3_bucket_cors_configuration": "Browsers may no longer read the bucket.",
    "aws_s3_bucket_ownership_controls": "Who uploads an object may own it.",
    "aws_s3_bucket_policy": "The bucket's own rules no longer hold, such as TLS only.",
    "aws_s3_bucket_public_access_block": "The bucket can be opened to everybody by its policy.",
    "aws_s3_bucket_server_side_encryption_configuration": "New objects are encrypted as S3 does by default.",
    "aws_s3_bucket_versioning": "What is overwritten or deleted is no longer kept.",
}
