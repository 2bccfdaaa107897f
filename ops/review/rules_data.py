"""Rules for what holds data: queues, ledger, images, logs, secrets, keys.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
"""

import json
from typing import Any

from ops.cost.resources import block, blocks, number
from ops.review.judgements import (
    DATA_LOSS,
    Changed,
    Judgement,
    Rule,
    Table,
    Weight,
    each,
    gone,
    harmless,
    harms,
    harms_if,
    less,
    off,
    on,
    refuses,
    sooner,
    tells,
)
from ops.review.resource_names import is_dead_letter, is_parts_queue
from ops.review.rules_access import RESOURCE_POLICY
from ops.words import count

_WHO = RESOURCE_POLICY
_KEY = harms("Encrypted with another key: who reads or writes needs that key, or fails.")
_FIFO = harmless("it concerns FIFO queues, and this is none")
_FORCED = "It may be destroyed with all that it holds."
_HELD_BACK = tells("It can't be destroyed while it holds something.")
_RESTORED = harmless("it counts only when a table is made from a backup")
_UNPROTECTED = "It loses its protection from deletion."
_NO_RESTORE = "It can no longer be restored to an earlier moment."
_NO_DEAD_LETTERS = "Failed jobs no longer go to a dead-letter queue: they are tried until they expire, and lost then."
_KEPT = "Days that lines are kept: {after} instead of {before} (0: for ever); older ones are deleted."
_OFFERS_KEPT = (
    "Offers of parts that no idle worker takes are kept for {after}: of use only while their job is rendered."
)
_NO_RETRY = (
    "Hardly matters: where offers of parts go that no idle worker deletes. Their jobs' workers render the parts."
)
_ONE_KEY_ONLY = harms("The key is made anew, and can't read what the old one encrypted.")


def _lease(changed: Changed) -> Judgement:
    """Each receive names its own timeout, which replaces the queue's.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    if is_parts_queue(changed.change):
        return Judgement("Hardly matters: an idle worker deletes the offer of a part as soon as it receives it.")
    return Judgement(
        f"Hardly matters: workers name their own lease at each receive, and keep it. {changed.item.after} s holds for "
        "who names none, such as the console."
    )


def _retention(changed: Changed) -> Judgement:
    after, before = (_days(value) for value in (changed.item.after, changed.item.before))
    if is_parts_queue(changed.change):
        return Judgement(_OFFERS_KEPT.format(after=after))
    if less(changed.item):
        return Judgement(
            f"Messages are kept for {after} instead of {before}: older ones are deleted at once.",
            Weight.REFUSED,
            DATA_LOSS,
        )
    return Judgement(f"Unread jobs wait for {after}.")


def _days(seconds: str) -> str:
    days = number(seconds) / 86400
    return count(days, "day") if days >= 1 else f"{seconds} s"


def _size(changed: Changed) -> Judgement:
    what = "Offers of parts" if is_parts_queue(changed.change) else "Jobs"
    if less(changed.item):
        return Judgement(f"{what} of more than {changed.item.after} bytes can't be sent.", Weight.HARM)
    return Judgement(f"{what} of {changed.item.after} bytes may be sent.")


def _delay(changed: Changed) -> Judgement:
    if is_parts_queue(changed.change):
        return Judgement(f"Idle workers see the offer of a part after {changed.item.after} s, mostly too late to help.")
    weight = Weight.HARM if number(changed.item.after) > number(changed.item.before) else Weight.EFFECT
    return Judgement(f"Each job waits {changed.item.after} s before a worker can see it.", weight)


def _dead_letters(changed: Changed) -> Judgement:
    if is_parts_queue(changed.change):
        return Judgement(_NO_RETRY)
    if is_dead_letter(changed.change):
        return Judgement("Failed jobs go on to another queue, which nobody looks at.", Weight.HARM)
    if gone(changed.item):
        return Judgement(_NO_DEAD_LETTERS, Weight.REFUSED, DATA_LOSS)
    return Judgement("Failed jobs go to another dead-letter queue.", Weight.HARM)


def _images(changed: Changed) -> Judgement:
    """A repository's lifecycle policy: whether a rule keeps fewer images than before."""
    before, after = (_kept(values.get("policy")) for values in (changed.change.before, changed.change.after))
    fewer = [key for key, count in after.items() if before and count < before.get(key, float("inf"))]
    if fewer:
        return Judgement(
            "Keeps fewer images: those that its rules don't keep are deleted within a day, and no rollback finds them.",
            Weight.REFUSED,
            DATA_LOSS,
        )
    return Judgement("Images that its rules don't keep are deleted within a day; others go on.")


def _kept(policy: Any) -> dict[str, float]:
    """How many images or days each rule keeps, by what it selects."""
    try:
        rules = json.loads(str(policy or "{}")).get("rules", [])
    except (ValueError, AttributeError):
        return {}
    found = {}
    for rule in blocks(rules):
        selection = dict(block(rule.get("selection")))
        count = number(selection.pop("countNumber", 0))
        found[json.dumps(selection, sort_keys=True)] = count
    return found


DATA: Table = {
    "aws_sqs_queue": {
        **each("content_based_deduplication deduplication_scope fifo_throughput_limit", _FIFO),
        "delay_seconds": Rule(_delay),
        "fifo_queue": harms(
            "A FIFO queue has another name, and takes messages in groups: the backend must send otherwise."
        ),
        "kms_data_key_reuse_period_seconds": harmless("how often SQS asks KMS for a key; only its bill changes"),
        "kms_master_key_id": _KEY,
        "max_message_size": Rule(_size),
        "message_retention_seconds": Rule(_retention, guards=True),
        "policy": _WHO,
        "receive_wait_time_seconds": harmless("workers name their own wait at each receive"),
        "redrive_allow_policy": tells("Other queues may send their failed jobs here."),
        "redrive_policy": Rule(_dead_letters, guards=True),
        "redrive_policy.maxReceiveCount": harms_if(
            less,
            "A job goes to the dead-letter queue after {after} tries, also one whose workers were only stopped.",
            tells("A job goes to the dead-letter queue after {after} tries."),
        ),
        "sqs_managed_sse_enabled": harms_if(
            off, "Messages are no longer encrypted by SQS' own key.", tells("Messages are encrypted by SQS' own key.")
        ),
        "visibility_timeout_seconds": Rule(_lease),
    },
    "aws_dynamodb_table": {
        "attribute": harmless("it only declares what keys and indexes are made of"),
        "billing_mode": harms("Paid in another way: with fixed capacity, claims fail when many jobs come at once."),
        "deletion_protection_enabled": refuses(DATA_LOSS, off, _UNPROTECTED, tells("It can't be deleted by mistake.")),
        "global_secondary_index": harms_if(
            gone,
            "An index goes: `hospup-video jobs` no longer finds jobs by it.",
            tells("AWS fills an index while workers go on; `hospup-video jobs` waits for that. Writes cost more."),
        ),
        "local_secondary_index": harms("The table is made anew, since such an index can't be added or removed."),
        **each(
            "hash_key range_key",
            harms("Entries have another key: the table is made anew, and workers don't find theirs."),
        ),
        **each("import_table restore_date_time restore_source_name restore_source_table_arn", _RESTORED),
        "restore_to_latest_time": _RESTORED,
        **each("read_capacity write_capacity", harmless("it counts only where capacity is fixed, and here it isn't")),
        "on_demand_throughput": harms("Claims fail above this many per second, and jobs wait."),
        "point_in_time_recovery.enabled": refuses(DATA_LOSS, off, _NO_RESTORE, tells("It can be restored.")),
        "point_in_time_recovery.recovery_period_in_days": refuses(
            DATA_LOSS,
            less,
            "Days back to which it can be restored: {after} instead of {before}.",
            tells("Days back to which it can be restored: {after}."),
        ),
        "replica": tells("Kept in another region, too; each write is billed there again."),
        "server_side_encryption": _KEY,
        **each(
            "stream_enabled stream_view_type", tells("What changes can be followed as a stream; no worker reads it.")
        ),
        "table_class": tells("Storage and requests have other prices."),
        "ttl": harms("Entries of ended jobs stay for ever, or go by another time: the ledger grows, or forgets."),
    },
    "aws_ecr_repository": {
        "encryption_configuration": harms(
            "Images are encrypted in another way: the registry is made anew, and is empty."
        ),
        "force_delete": refuses(DATA_LOSS, on, _FORCED, _HELD_BACK),
        "image_scanning_configuration": harms_if(
            off, "Images are no longer scanned for known holes.", tells("Images are scanned for known holes.")
        ),
        "image_tag_mutability": refuses(
            DATA_LOSS,
            lambda item: not item.after.startswith("IMMUTABLE"),
            "A tag may be pushed again, over the image that ran: a rollback to it may bring back something else.",
            tells("A tag names one image for ever, so a rollback brings back what ran."),
        ),
        "image_tag_mutability_exclusion_filter": harms("Some tags may be pushed again, over the image that ran."),
        "repository_url": harmless("AWS derives it from the name"),
    },
    "aws_ecr_lifecycle_policy": {
        "policy": Rule(_images, guards=True),
        "repository": harms("The rules are for another registry."),
    },
    "aws_cloudwatch_log_group": {
        "kms_key_id": _KEY,
        "log_group_class": harms("Infrequent access has no metric filters and no live tail: `logs` may see less."),
        "retention_in_days": refuses(DATA_LOSS, sooner, _KEPT, tells("Days that lines are kept: {after}.")),
        "skip_destroy": harmless(
            "it only says whether destroying the code destroys the lines, which is refused anyway"
        ),
    },
    "aws_secretsmanager_secret": {
        "force_overwrite_replica_secret": harmless("there are no copies in other regions"),
        "kms_key_id": _KEY,
        "policy": _WHO,
        "recovery_window_in_days": refuses(
            DATA_LOSS,
            less,
            "Days in which it can be restored once destroyed: {after} instead of {before}.",
            tells("Days in which it can be restored once destroyed: {after}."),
        ),
        "replica": tells("Kept in another region, too."),
    },
    "aws_kms_key": {
        "bypass_policy_lockout_safety_check": harms("A policy that locks everybody out of the key is accepted."),
        **each("custom_key_store_id customer_master_key_spec key_usage multi_region xks_key_id", _ONE_KEY_ONLY),
        "deletion_window_in_days": refuses(
            DATA_LOSS,
            less,
            "Days in which it can be saved once destroyed: {after} instead of {before}.",
            tells("Days in which it can be saved once destroyed: {after}."),
        ),
        **each("enable_key_rotation rotation_period_in_days", tells("AWS renews the key at other times, or no more.")),
        "is_enabled": refuses(DATA_LOSS, off, "Nothing that it encrypted can be read.", tells("It works again.")),
        "policy": _WHO,
    },
    "aws_kms_alias": {**each("target_key_id target_key_arn", harms("The name is for another key from now on."))},
}
