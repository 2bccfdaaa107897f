"""The line items of what holds data: queue, ledger, bucket, images, keys."""

import json
from collections.abc import Iterator

from ops.cost.line_items import KB_PER_GB, MB_PER_GB, BillInputs, LineItem
from ops.cost.resources import Resources, block, blocks, number
from ops.words import count

_POLL_SECONDS = 20
"""Time between two polls of an idle worker, in seconds: SQS's longest poll, which the queue and the worker set."""
_REQUESTS_PER_JOB = 3
"""SQS requests per job: send, receive, delete."""
_REQUESTS_PER_OFFER = 1
"""SQS requests per job that is offered: all its parts are sent at once."""
_REQUESTS_PER_PART = 2
"""SQS requests per part that an idle worker takes: receive, delete."""
_LEDGER_WRITES_PER_PART = 4
"""DynamoDB writes per part: claim, end, and a report per second of rendering, of which there are about two."""
_LEDGER_WRITES_PER_OFFER = 2
"""DynamoDB writes per job that is offered: opened, closed."""
_LEDGER_LOOKS_PER_SECOND = 4
"""DynamoDB reads per second of a job's rendering in parts: who renders what."""
_LEDGER_WRITES_PER_JOB = 3
"""DynamoDB writes per job: claim, end, webhook delivered; each renewal of the lease is one more."""
PAUSE_POLL_SECONDS = 15
"""Time between two looks of a worker at whether the fleet is paused, in seconds; each takes half a read unit."""
_INDEX_WRITES_PER_JOB = {"status": 3, "webhook_state": 3}
"""Writes to an index by the attribute that it finds jobs by: one, and two per change of it, which moves the entry. The
property and the video of a job never change."""
_INDEX_ENTRY_KB = 0.25
"""Size of the keys in an index, with DynamoDB's 100 bytes, in KB, at most."""
_USAGE_WRITES_PER_JOB = 2
"""Writes of at most 1 KB that count what a job of one try uses and makes."""
_ENTRY_KB = 3
"""Size of an entry with its message, in KB, of most jobs; each write of an entry is billed by it."""
_LEDGER_MONTHS = 1
"""Time until an entry expires, in months."""
_IMAGES_KEPT = 10
"""Assumed number of images in a registry without a lifecycle rule."""


def queue(inputs: BillInputs) -> Iterator[LineItem]:
    """Requests to SQS."""
    queues = inputs.resources.all("aws_sqs_queue")
    if not queues:
        return
    usage = inputs.usage
    idle_hours = max(0.0, inputs.worker_hours - usage.busy_worker_hours)
    yield inputs.item("SQS", "sqs.request", idle_hours * 3600 / _POLL_SECONDS, "idle workers asking, every 20 s")
    requests = usage.videos_per_month * (_REQUESTS_PER_JOB + _renewals(inputs))
    yield inputs.item("SQS", "sqs.request", requests, "jobs: sent, received, lease renewed, deleted")
    if _has_helpers(inputs.resources):
        polls = idle_hours * 3600 / _POLL_SECONDS
        yield inputs.item("SQS", "sqs.request", polls, "idle workers asking for parts, every 20 s")
        requests = usage.videos_per_month * _REQUESTS_PER_OFFER + _parts(inputs) * _REQUESTS_PER_PART
        yield inputs.item("SQS", "sqs.request", requests, "parts: offered, received, deleted")


def _has_helpers(resources: Resources) -> bool:
    """Whether idle workers render parts of other workers' jobs: there is a queue of parts (modules/config/names.py)."""
    return any("hospup-video-parts" in str(queue.get("name")) for queue in resources.all("aws_sqs_queue"))


def _parts(inputs: BillInputs) -> float:
    """Parts per month that are offered to idle workers."""
    return inputs.usage.videos_per_month * inputs.usage.parts_per_video if _has_helpers(inputs.resources) else 0.0


def _renewals(inputs: BillInputs) -> int:
    """Lease renewals per job: one after each third of the visibility timeout."""
    timeouts = [number(queue.get("visibility_timeout_seconds")) for queue in inputs.resources.all("aws_sqs_queue")]
    lease = max(timeouts, default=0) or 30
    return int(inputs.usage.render_seconds // (lease / 3))


def ledger(inputs: BillInputs) -> Iterator[LineItem]:
    """DynamoDB."""
    table = inputs.resources.first("aws_dynamodb_table")
    if table is None:
        return
    videos = inputs.usage.videos_per_month
    writes = videos * (_LEDGER_WRITES_PER_JOB + _renewals(inputs)) * _ENTRY_KB
    yield inputs.item("DynamoDB", "dynamodb.write", writes, "claim, renewals, end, webhook of each job")
    yield inputs.item("DynamoDB", "dynamodb.read", videos, "one look at each job")
    if _has_helpers(inputs.resources):
        part_writes = videos * _LEDGER_WRITES_PER_OFFER + _parts(inputs) * _LEDGER_WRITES_PER_PART
        yield inputs.item("DynamoDB", "dynamodb.write", part_writes, "parts: offer, claim, progress, end")
        looks = videos * inputs.usage.render_seconds * _LEDGER_LOOKS_PER_SECOND
        yield inputs.item("DynamoDB", "dynamodb.read", looks, "workers asking how far their parts are, at most")
    indexes = blocks(table.get("global_secondary_index"))
    index_writes = videos * sum(_INDEX_WRITES_PER_JOB.get(str(index.get("hash_key")), 1) for index in indexes)
    yield inputs.item(
        "DynamoDB", "dynamodb.write", index_writes, f"{count(len(indexes), 'index', 'indexes')}, that `jobs` asks"
    )
    index_gigabytes = videos * _LEDGER_MONTHS * len(indexes) * _INDEX_ENTRY_KB / KB_PER_GB
    yield inputs.item("DynamoDB", "dynamodb.storage_gb_month", index_gigabytes, "indexes")
    counted = videos * _USAGE_WRITES_PER_JOB
    yield inputs.item("DynamoDB", "dynamodb.write", counted, "usage of each property, that `usage` sums")
    looks = inputs.worker_hours * 3600 / PAUSE_POLL_SECONDS
    yield inputs.item("DynamoDB", "dynamodb.read", looks / 2, "workers asking whether they are paused, every 15 s")
    gigabytes = videos * _LEDGER_MONTHS * _ENTRY_KB / KB_PER_GB
    yield inputs.item("DynamoDB", "dynamodb.storage_gb_month", gigabytes, "entries of 30 days")
    if block(table.get("point_in_time_recovery")).get("enabled") is True:
        yield inputs.item("DynamoDB", "dynamodb.backup_gb_month", gigabytes, "entries of 30 days")


def media(inputs: BillInputs) -> Iterator[LineItem]:
    """S3: requests and stored videos."""
    if inputs.fleet is None:
        return
    usage = inputs.usage
    yield inputs.item("S3", "s3.put", usage.videos_per_month * usage.s3_writes_per_video, "videos and thumbnails")
    yield inputs.item("S3", "s3.get", usage.videos_per_month * usage.s3_reads_per_video, "sources, read in part")
    yield inputs.item("S3", "s3.put", _parts(inputs), "parts that helpers rendered")
    yield inputs.item("S3", "s3.get", _parts(inputs), "parts, fetched to be joined")
    stored = usage.videos_per_month * usage.video_mb * usage.months_stored / MB_PER_GB
    yield inputs.item(
        "S3",
        "s3.storage_gb_month",
        stored,
        f"videos of {usage.months_stored:g} month{'' if usage.months_stored == 1 else 's'}",
    )


def registry(inputs: BillInputs) -> Iterator[LineItem]:
    """Stored images."""
    kept = _images_kept(inputs.resources) * len(inputs.resources.all("aws_ecr_repository"))
    yield inputs.item("ECR", "ecr.gb_month", kept * inputs.usage.image_mb / MB_PER_GB, f"{kept:g} images")


def _images_kept(resources: Resources) -> float:
    """Number of images that the lifecycle policy keeps, where each that is pushed is also released."""
    policy = resources.first("aws_ecr_lifecycle_policy") or {}
    try:
        rules = json.loads(policy["policy"])["rules"]
        counted = [rule["selection"] for rule in rules if rule["selection"]["countType"] == "imageCountMoreThan"]
        return max(number(selection["countNumber"]) for selection in counted)
    except (KeyError, TypeError, ValueError):
        return _IMAGES_KEPT


def keys(inputs: BillInputs) -> Iterator[LineItem]:
    """KMS keys and secrets."""
    keys, secrets = len(inputs.resources.all("aws_kms_key")), len(inputs.resources.all("aws_secretsmanager_secret"))
    yield inputs.item("KMS", "kms.key_month", keys, "of the alarm topic")
    yield inputs.item("Secrets Manager", "secrets.month", secrets, "the webhook signing key")
    if secrets:
        yield inputs.item("Secrets Manager", "secrets.request", inputs.usage.worker_starts, "once a worker's start")
