"""Compares a principal's identity policies with AWS's service authorization reference."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.infra.authorization_reference import access_level, dependent_actions, exists, kinds, kinds_on, unknown_keys

_GUARD = re.compile(r"aws:ResourceTag/|ec2:CreateAction$|ec2:Vpc$", re.IGNORECASE)
"""Condition keys that keep an action that tags to the principal's own resources."""


@dataclass(frozen=True)
class Grant:
    """One Allow statement: actions, resources, and the keys of its conditions."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    keys: frozenset[str]

    def kinds(self, action: str) -> list[str]:
        """The action's resource types that the statement's resources include."""
        return sorted(set().union(*(kinds_on(action, resource) for resource in self.resources)))


@dataclass(frozen=True)
class Supplement:
    """What AWS demands beyond its reference, or where the reference is stricter than AWS. Each entry has its reason.

    Params:
        on_everything: actions on `*` although the reference has a resource for them.
        requested: optional resource types of an action that our requests contain.
        validated: further permissions of the caller that an action checks, each with its resource.
        unneeded: dependent actions that our requests don't lead to.
    """

    on_everything: Mapping[str, str]
    requested: Mapping[str, tuple[str, ...]]
    validated: Mapping[str, Mapping[str, str]]
    unneeded: Mapping[str, str] = field(default_factory=dict)


NOTHING = Supplement({}, {}, {})


def grants(statements: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """The statements of a principal's identity policies, all together. Raises ValueError for one that isn't Allow."""
    found = []
    for statement in statements:
        if statement["Effect"] != "Allow":
            raise ValueError(f"{statement['Sid']} is no Allow statement, and only those are compared.")
        keys = frozenset(key for keys in statement.get("Condition", {}).values() for key in keys)
        found.append(Grant(statement["Sid"], _many(statement["Action"]), _many(statement["Resource"]), keys))
    return found


def faults(granted: list[Grant], supplement: Supplement = NOTHING) -> list[str]:
    """One sentence per difference between a principal's grants and the reference."""
    if unknown := list(_unknown_actions(granted)):
        return unknown
    return [
        *_misplaced(granted, supplement),
        *_never_granted(granted, supplement),
        *_dependent(granted, supplement),
        *_created_anywhere(granted),
        *_claimable(granted),
    ]


def _unknown_actions(granted: list[Grant]) -> Iterator[str]:
    for grant in granted:
        for action in grant.actions:
            if "*" in action or "?" in action:
                yield f"{grant.sid}: {action} is a pattern; list its actions one by one."
            elif not exists(action):
                yield f"{grant.sid}: {action} doesn't exist."


def _misplaced(granted: list[Grant], supplement: Supplement) -> Iterator[str]:
    """Actions and resources of one statement that don't belong together."""
    for grant in granted:
        for action in grant.actions:
            if not kinds(action) or action in supplement.on_everything:
                if "*" not in grant.resources:
                    yield f"{grant.sid}: {action} has effect on * only."
            elif "*" in grant.resources:
                yield f"{grant.sid}: {action} is on *, and has narrower resources: {', '.join(kinds(action))}."
            elif not grant.kinds(action):
                yield f"{grant.sid}: {action} has no resource here; it is on {', '.join(kinds(action))}."
        for resource in grant.resources:
            if resource != "*" and not any(kinds_on(action, resource) for action in grant.actions):
                yield f"{grant.sid}: no action here is on {resource}."


def _never_granted(granted: list[Grant], supplement: Supplement) -> Iterator[str]:
    """Resource types that an action needs, or seems to have, and no statement allows, counting its conditions."""
    for action in _actions(granted):
        with_action = [grant for grant in granted if action in grant.actions]
        if not kinds(action) or action in supplement.on_everything:
            for grant in with_action:
                for key in unknown_keys(grant.keys, action):
                    yield f"{grant.sid}: {action} doesn't know the condition key {key}."
            continue
        for kind, is_required in kinds(action).items():
            on_kind = [grant for grant in with_action if kind in grant.kinds(action)]
            unknown = [unknown_keys(grant.keys, action, kind) for grant in on_kind]
            if on_kind and all(unknown):
                sids = ", ".join(grant.sid for grant in on_kind)
                keys = ", ".join(sorted(set().union(*unknown)))
                yield f"{sids}: {action} on a {kind} doesn't know the condition key {keys}, so it is never allowed."
            elif not on_kind and (is_required or kind in supplement.requested.get(action, ())):
                article = "an" if kind[0] in "aeiou" else "a"
                yield f"{with_action[0].sid}: {action} also needs {article} {kind}."


def _dependent(granted: list[Grant], supplement: Supplement) -> Iterator[str]:
    """Further actions that a call needs, and no statement of the principal allows."""
    actions = _actions(granted)
    for action in actions:
        for dependent in dependent_actions(action):
            if dependent not in actions and dependent not in supplement.unneeded:
                yield f"{action} depends on {dependent}, which isn't granted."
        for validated, resource in supplement.validated.get(action, {}).items():
            if not any(validated in grant.actions and resource in (*grant.resources, "") for grant in granted):
                yield f"{action} checks that its caller has {validated} on {resource or 'its resource'}."


def _created_anywhere(granted: list[Grant]) -> Iterator[str]:
    """Statements that demand tags of a new resource, and include what it is created in, which these tags are not of."""
    for grant in granted:
        for action in grant.actions:
            for kind in grant.kinds(action):
                if any(key.lower().startswith("aws:requesttag/") for key in unknown_keys(grant.keys, action, kind)):
                    yield f"{grant.sid}: {action} is on every {kind}, because a request's tags are not the {kind}'s."


def _claimable(granted: list[Grant]) -> Iterator[str]:
    """Resources that the principal may act on because of a tag, and may give this tag, whosever they are."""
    guarded = {
        (action.partition(":")[0], kind)
        for grant in granted
        if any(key.lower().startswith("aws:resourcetag/") for key in grant.keys)
        for action in grant.actions
        for kind in grant.kinds(action)
    }
    for grant in granted:
        for action in grant.actions:
            if access_level(action) != "Tagging" or any(map(_GUARD.match, grant.keys)):
                continue
            for kind in grant.kinds(action):
                if (action.partition(":")[0], kind) in guarded:
                    yield f"{grant.sid}: {action} on every {kind} makes any {kind} one that the tags' guard lets pass."


def _actions(granted: list[Grant]) -> list[str]:
    return sorted({action for grant in granted for action in grant.actions})


def _many(values: str | list[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
