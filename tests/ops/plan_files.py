"""Plans for tests: real ones from tests/ops/plans/, and small ones with a few changes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.review.plan import Plan
from ops.review.plan_reader import parse

PLANS = Path(__file__).with_name("plans")
REAL = sorted(path.stem for path in PLANS.glob("*.json"))

_ACTIONS = {
    "create": ["create"],
    "update": ["update"],
    "destroy": ["delete"],
    "replace": ["delete", "create"],
    "replace-create-first": ["create", "delete"],
    "forget": ["forget"],
    "no-op": ["no-op"],
}


def real(name: str) -> dict[str, Any]:
    """A plan written by Terraform."""
    content: dict[str, Any] = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def change(
    address: str,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One resource's change, as Terraform writes it."""
    kind, name = address.split(".", 1)
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {
            "actions": _ACTIONS[action],
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
            **more,
        },
    }


def content(changes: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """A plan of these changes."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(changes),
        **{"planned_values": {"root_module": {}}, **more},
    }


def plan(*changes: Mapping[str, Any], **more: Any) -> Plan:
    """A plan of these changes, parsed."""
    return parse(content(changes, **more))
