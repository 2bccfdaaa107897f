"""The most important values that change in a resource, for the review's table."""

import itertools
from collections.abc import Callable

from ops.review.differences import ABSENT, UNKNOWN, Difference
from ops.review.escape import plain
from ops.review.iam_policies import added
from ops.review.plan import Action, Change
from ops.review.resource_names import policy_of
from ops.words import count

_MOST = 4
_FIRST = {"min_capacity": 0, "max_capacity": 1}
_MOST_STEPS = 3
_LONG = 20
# Values that AWS assigns, and values that follow from others.
_NOISE = {
    "arn",
    "arn_without_revision",
    "id",
    "revision",
    "tags_all",
    "unique_id",
    "url",
    "stream_arn",
    "stream_label",
    "region",
    "owner_id",
    "version_id",
}


def headlines(change: Change, quote: Callable[[str], str]) -> list[str]:
    """The values that change: at most four, and the number of the others.

    Params:
        change: the resource's change.
        quote: escapes a value, for Markdown or for a terminal.
    """
    if change.action is Action.MOVE:
        return [f"from {quote(change.previous_address)}"]
    if change.action in {Action.CREATE, Action.DESTROY, Action.FORGET, Action.IMPORT}:
        values = change.after or change.before
        name = values.get("name") or values.get("bucket")
        return [quote(name)] if isinstance(name, str) and not {"name", "bucket"} & change.sensitive else []
    if change.kind == "aws_cloudwatch_dashboard":
        return [count(len(change.differences), "value")]
    texts = _policy(change, quote) or [_difference(item, quote) for item in _important(change)]
    texts = list(dict.fromkeys(texts))
    rest = len(texts) - _MOST
    return [*texts[:_MOST], *([f"and {rest} more"] if rest > 0 else [])]


def _important(change: Change) -> list[Difference]:
    """The important differences: first those that force a replacement; without noise and unknown values."""
    forced = [item for item in change.differences if _forces(change, item)]
    if forced and change.action is Action.REPLACE:
        return forced
    others = [
        item
        for item in sorted(change.differences, key=lambda item: _FIRST.get(item.path, len(_FIRST)))
        if item.is_significant
        and item not in forced
        and item.path.split(".")[0].split("[")[0] not in _NOISE
        # A replacement drops the values that AWS had filled in; only values that are set differently matter.
        and (change.action is not Action.REPLACE or not {ABSENT, UNKNOWN} & {item.before, item.after})
    ]
    return forced + others


def _forces(change: Change, item: Difference) -> bool:
    return any(item.path == path or item.path.startswith((f"{path}.", f"{path}[")) for path in change.replaced_for)


def _policy(change: Change, quote: Callable[[str], str]) -> list[str]:
    """A policy is described by its permissions, not by the position of its statements."""
    attribute = policy_of(change)
    if not attribute or change.action is not Action.UPDATE or change.unknown.get(attribute) is True:
        return []
    before, after = change.before.get(attribute), change.after.get(attribute)
    found = (
        ("allows", added(before, after)),
        ("no longer refuses", added(after, before, "Deny")),
        ("no longer allows", added(after, before)),
        ("refuses", added(before, after, "Deny")),
    )
    return [f"{verb} {quote(change.show(attribute, grant))}" for verb, grants in found for grant in grants]


def _difference(item: Difference, quote: Callable[[str], str]) -> str:
    values = _without_common_prefix(item.before, item.after)
    before, after = (text if text in {ABSENT, UNKNOWN} else quote(plain(text, 80)) for text in values)
    return f"{quote(plain(_short(item.path), 60))}: {before} → {after}"


def _without_common_prefix(before: str, after: str) -> tuple[str, str]:
    """Two ARNs or addresses without their long common beginning; a single one by its last part."""
    if after in {ABSENT, UNKNOWN}:
        shared = before.rfind(":task-definition/") if before.startswith("arn:") else -1
    else:
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
        common = "".join(first for first, _ in same)
        shared = max(common.rfind(sign) for sign in ":/")
    if shared < _LONG:
        return before, after
    return f"…{before[shared:]}", after if after in {ABSENT, UNKNOWN} else f"…{after[shared:]}"


def _short(path: str) -> str:
    """A path without positions and without its middle."""
    steps = path.replace("[0]", "").split(".")
    return ".".join(steps if len(steps) <= _MOST_STEPS else ["…", *steps[-2:]])
