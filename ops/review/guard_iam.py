"""Guard `iam-widening`: finds permissions that a plan adds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import blocks
from ops.review import iam_policies
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import policy_of
from ops.review.verdict import ReviewFinding

NAME = "iam-widening"

_ATTACHMENTS = {
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
}
_CREDENTIALS = {"aws_iam_access_key": "key", "aws_iam_user_login_profile": "password"}
_AWS_MANAGED = re.compile(r"^arn:aws[\w-]*:iam::aws:policy/")


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """All changes that add permissions."""
    new_roles = {
        str(change.after.get("name")) for change in plan.changes if change.kind == "aws_iam_role" and not change.before
    }
    arns = _renamed_arns(plan)
    for change in plan.changes:
        for sentence in [] if change.action is Action.DESTROY else _widened(change, new_roles, arns):
            yield ReviewFinding(NAME, change.address, sentence)


def _widened(change: Change, new_roles: set[str], arns: Mapping[str, str]) -> Iterator[str]:
    yield from _document(change, arns)
    yield from _attached(change, new_roles)
    if change.kind in _CREDENTIALS and not change.before:
        yield f"A {_CREDENTIALS[change.kind]} is made that lasts: here, roles are taken by signed tokens instead."
    # A first boundary takes permissions away.
    boundary = change.changed("permissions_boundary")
    if boundary and change.before.get("permissions_boundary") and change.kind.startswith("aws_iam_"):
        yield f"The permissions boundary changes from {boundary.before} to {boundary.after}."


def _document(change: Change, arns: Mapping[str, str]) -> Iterator[str]:
    """What a policy document newly allows."""
    attribute = policy_of(change)
    if attribute and change.after.get(attribute):
        document = change.after[attribute]
        if change.before:
            before = _renamed(change.before.get(attribute), arns)
            for grant in iam_policies.added(before, document):
                yield f"Newly allowed: {change.show(attribute, grant)}."
            for grant in iam_policies.added(document, before, "Deny"):
                yield f"No longer refused: {change.show(attribute, grant)}."
        else:
            for grant in iam_policies.sweeping(document):
                yield f"A new policy allows a whole service: {change.show(attribute, grant)}."
    for inline in blocks(change.after.get("inline_policy")):
        for grant in iam_policies.sweeping(inline.get("policy")):
            yield f"An inline policy allows a whole service: {change.show('inline_policy', grant)}."


def _attached(change: Change, new_roles: set[str]) -> Iterator[str]:
    """Policies that a principal gets in addition."""
    if change.kind == "aws_iam_role_policy" and not change.before:
        role = change.after.get("role")
        if role and str(role) not in new_roles:
            yield f"The role {change.show('role', str(role))}, which exists, gets permissions more."
    held = set(change.before.get("managed_policy_arns") or [])
    for arn in change.after.get("managed_policy_arns") or []:
        if change.before and arn not in held:
            yield f"{arn} is attached."
    if change.kind in _ATTACHMENTS and not (change.before and change.action is Action.UPDATE):
        yield from _attachment(change, new_roles)


def _attachment(change: Change, new_roles: set[str]) -> Iterator[str]:
    arn = str(change.after.get("policy_arn") or "")
    holder = change.after.get("role") or change.after.get("user") or change.after.get("group")
    if _AWS_MANAGED.match(arn):
        yield f"A policy of AWS' own is attached: {arn.rpartition('/')[2]}; they are wider than what is needed."
    elif change.before.get("policy_arn") != change.after.get("policy_arn") and holder and str(holder) not in new_roles:
        yield f"{holder}, which exists, gets a further policy."


def _renamed_arns(plan: Plan) -> dict[str, str]:
    """New ARNs by old ones, of resources that are replaced under another name: the same grant on them is no wider.

    Whole ARNs, since a name alone could belong to another resource.
    """
    found = {}
    for change in plan.changes:
        arn, before, after = (change.before.get("arn"), change.before.get("name"), change.after.get("name"))
        if change.action is Action.REPLACE and isinstance(arn, str) and isinstance(after, str) and before != after:
            found[arn] = f"{arn.removesuffix(str(before))}{after}" if arn.endswith(str(before)) else arn
    return found


def _renamed(document: Any, arns: Mapping[str, str]) -> Any:
    """A policy document with the old ARNs replaced by the new ones."""
    if not isinstance(document, str):
        return document
    for before, after in arns.items():
        document = re.sub(rf"{re.escape(before)}(?=[\"/:])", lambda _, new=after: new, document)  # type: ignore[misc]
    return document
