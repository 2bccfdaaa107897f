"""Guard `iam-widening`: somebody may do more than before."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import blocks
from ops.review import policies
from ops.review.finding import Finding
from ops.review.kinds import policy_of
from ops.review.plan import Action, Change, Plan

NAME = "iam-widening"

_ATTACHMENTS = {"aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment"}
_AWS_OWN = re.compile(r"^arn:aws[\w-]*:iam::aws:policy/")


def find(plan: Plan) -> Iterator[Finding]:
    """Everything in the plan that lets somebody do more."""
    new_roles = {
        str(change.after.get("name")) for change in plan.changes if change.kind == "aws_iam_role" and not change.before
    }
    # What is made anew under another name isn't something else: the same grant on it is no wider.
    names = {
        change.before["name"]: change.after["name"]
        for change in plan.changes
        if isinstance(change.before.get("name"), str) and isinstance(change.after.get("name"), str)
    }
    for change in plan.changes:
        for sentence in [] if change.action is Action.DESTROY else _widened(change, new_roles, names):
            yield Finding(NAME, change.address, sentence)


def _widened(change: Change, new_roles: set[str], names: Mapping[str, str]) -> Iterator[str]:
    attribute = policy_of(change)
    if attribute and change.after.get(attribute):
        document = change.after[attribute]
        if change.before:
            before = renamed(change.before.get(attribute), names)
            for grant in policies.added(before, document):
                yield f"May now: {grant}."
            for grant in policies.added(document, before, "Deny"):
                yield f"No longer refused: {grant}."
        else:
            for grant in policies.sweeping(document):
                yield f"A new policy allows a whole service: {grant}."
    for inline in blocks(change.after.get("inline_policy")):
        for grant in policies.sweeping(inline.get("policy")):
            yield f"An inline policy allows a whole service: {grant}."
    if change.kind == "aws_iam_role_policy" and not change.before:
        role = change.after.get("role")
        if role and str(role) not in new_roles:
            yield f"The role {role}, which exists, gets permissions more."
    if change.kind in _ATTACHMENTS and not (change.before and change.action is Action.UPDATE):
        yield from _attached(change, new_roles)
    if (boundary := change.changed("permissions_boundary")) and change.before and change.kind.startswith("aws_iam_"):
        yield f"The permissions boundary changes from {boundary.before} to {boundary.after}."


def _attached(change: Change, new_roles: set[str]) -> Iterator[str]:
    arn = str(change.after.get("policy_arn") or "")
    holder = change.after.get("role") or change.after.get("user") or change.after.get("group")
    if _AWS_OWN.match(arn):
        yield f"A policy of AWS' own is attached: {arn.rpartition('/')[2]}; they are wider than what is needed."
    elif change.before.get("policy_arn") != change.after.get("policy_arn") and holder and str(holder) not in new_roles:
        yield f"{holder}, which exists, gets a further policy."


def renamed(document: Any, names: Mapping[str, str]) -> Any:
    """A policy with what the plan renames under its new names."""
    if not isinstance(document, str):
        return document
    for before, after in names.items():
        document = re.sub(rf"(?<=[:/]){re.escape(before)}(?=[\"/])", after.replace("\\", ""), document)
    return document


def find_unjudged(plan: Plan) -> Iterator[Finding]:
    """Policies that nobody can compare before they are applied."""
    for change in plan.changes:
        attribute = policy_of(change)
        if attribute and change.action is Action.UPDATE and change.unknown.get(attribute) is True:
            sentence = "The policy is known only once applied, as it names something that is made anew."
            yield Finding(NAME, change.address, sentence)
