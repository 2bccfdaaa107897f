"""The lines of what holds data: queue, ledger, bucket, images, keys."""

import json
from collections.abc import Iterator

from ops.cost.bill import KB_A_GB, MB_A_GB, Bill, Item
from ops.cost.resources import Resources, block, number

_POLL_SECONDS = 20
"""A worker without a job asks every so many seconds: SQS' longest poll, which the queue and the worker both set."""
_REQUESTS_PER_JOB = 3
"""Sent, received, deleted."""
_LEDGER_WRITES_PER_JOB = 3
"""Claim, end, webhook delivered; a renewal of the lease is one more each. An entry is below 1 KB."""
_ENTRY_KB = 1
_LEDGER_MONTHS = 1
"""Entries are gone after 30 days."""
_IMAGES_KEPT = 10
"""By a registry without a rule of its own, as far as is known."""


def queue(bill: Bill) -> Iterator[Item]:
    """Requests to SQS."""
    queues = bill.resources.all("aws_sqs_queue")
    if not queues:
        return
    usage = bill.usage
    idle_hours = max(0.0, bill.worker_hours - usage.busy_worker_hours)
    yield bill.item("SQS", "sqs.request", idle_hours * 3600 / _POLL_SECONDS, "idle workers asking, every 20 s")
    requests = usage.videos_per_month * (_REQUESTS_PER_JOB + _renewals(bill))
    yield bill.item("SQS", "sqs.request", requests, "jobs: sent, received, lease renewed, deleted")


def _renewals(bill: Bill) -> int:
    """How often a job's lease is renewed: at a third of the visibility timeout."""
    timeouts = [number(queue.get("visibility_timeout_seconds")) for queue in bill.resources.all("aws_sqs_queue")]
    lease = max(timeouts, default=0) or 30
    return int(bill.usage.render_seconds // (lease / 3))


def ledger(bill: Bill) -> Iterator[Item]:
    """DynamoDB."""
    table = bill.resources.first("aws_dynamodb_table")
    if table is None:
        return
    videos = bill.usage.videos_per_month
    writes = videos * (_LEDGER_WRITES_PER_JOB + _renewals(bill))
    yield bill.item("DynamoDB", "dynamodb.write", writes, "claim, renewals, end, webhook of each job")
    yield bill.item("DynamoDB", "dynamodb.read", videos, "one look at each job")
    gigabytes = videos * _LEDGER_MONTHS * _ENTRY_KB / KB_A_GB
    yield bill.item("DynamoDB", "dynamodb.storage_gb_month", gigabytes, "entries of 30 days")
    if block(table.get("point_in_time_recovery")).get("enabled") is True:
        yield bill.item("DynamoDB", "dynamodb.backup_gb_month", gigabytes, "entries of 30 days")


def media(bill: Bill) -> Iterator[Item]:
    """S3: requests, and videos stored."""
    if bill.workers is None:
        return
    usage = bill.usage
    yield bill.item("S3", "s3.put", usage.videos_per_month * usage.s3_writes_per_video, "videos and thumbnails")
    yield bill.item("S3", "s3.get", usage.videos_per_month * usage.s3_reads_per_video, "sources, read in part")
    stored = usage.videos_per_month * usage.video_mb * usage.months_stored / MB_A_GB
    yield bill.item(
        "S3",
        "s3.storage_gb_month",
        stored,
        f"videos of {usage.months_stored:g} month{'' if usage.months_stored == 1 else 's'}",
    )


def registry(bill: Bill) -> Iterator[Item]:
    """Images stored."""
    kept = _images_kept(bill.resources) * len(bill.resources.all("aws_ecr_repository"))
    yield bill.item("ECR", "ecr.gb_month", kept * bill.usage.image_mb / MB_A_GB, f"{kept:g} images")


def _images_kept(resources: Resources) -> float:
    """The count of the lifecycle policy's rule."""
    policy = resources.first("aws_ecr_lifecycle_policy") or {}
    try:
        rules = json.loads(policy["policy"])["rules"]
        return max(number(rule["selection"]["countNumber"]) for rule in rules)
    except (KeyError, TypeError, ValueError):
        return _IMAGES_KEPT


def keys(bill: Bill) -> Iterator[Item]:
    """KMS keys and secrets."""
    keys, secrets = len(bill.resources.all("aws_kms_key")), len(bill.resources.all("aws_secretsmanager_secret"))
    yield bill.item("KMS", "kms.key_month", keys, "of the alarm topic")
    yield bill.item("Secrets Manager", "secrets.month", secrets, "the webhook signing key")
    if secrets:
        yield bill.item("Secrets Manager", "secrets.request", bill.usage.worker_starts, "once a worker's start")
