"""A Terraform plan, read from `terraform show -json`.

https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ops.cost.resources import DEFAULT_REGION, Resources, from_values
from ops.review.data import HOLD_DATA
from ops.review.differences import Difference, compare
from ops.review.errors import ReviewError

_ARN_REGION = re.compile(r"arn:aws[\w-]*:[\w-]+:([a-z]{2}(?:-[a-z]+)+-\d):")


class Action(StrEnum):
    """What happens to a resource; the most dangerous first."""

    DESTROY = "destroy"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"
    MOVE = "move"
    NOTHING = "no-op"


_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("delete",): Action.DESTROY,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.REPLACE,
    ("update",): Action.UPDATE,
    ("create",): Action.CREATE,
}


@dataclass(frozen=True)
class Change:
    """One resource, and what becomes of it.

    Params:
        address: Terraform's.
        kind: the resource's type.
        action: what happens.
        before, after: its values; secrets are in them, so they are looked at and never shown.
        unknown: which values of `after` are known only once applied.
        differences: what differs, with secrets masked: this may be shown.
        create_first: a replacement that makes the new one before it destroys the old one.
        reason: Terraform's own word for why it is destroyed or replaced.
        replaced_for: the attributes that force a replacement.
    """

    address: str
    kind: str
    action: Action
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    create_first: bool = False
    reason: str = ""
    replaced_for: tuple[str, ...] = ()
    previous_address: str = ""

    @property
    def removes(self) -> bool:
        """Whether what is there now is gone afterwards."""
        return self.action in {Action.DESTROY, Action.REPLACE}

    def changed(self, path: str) -> Difference | None:
        """The difference at a path, such as `visibility_timeout_seconds`; none if it stays."""
        return next((item for item in self.differences if item.path == path), None)


@dataclass(frozen=True)
class Plan:
    """A plan as a reviewer needs it.

    Params:
        changes: every resource that changes.
        unchanged: how many don't.
        outputs: names of outputs that change.
        drifted: addresses that were changed outside Terraform and that this plan changes too, with what was changed.
        before, after: what stands now, and what will.
        variables: what the plan was made with, and what the environment's files say.
    """

    changes: tuple[Change, ...]
    unchanged: int
    outputs: tuple[str, ...]
    drifted: Mapping[str, tuple[Difference, ...]]
    before: Resources
    after: Resources
    variables: Mapping[str, Any]
    defaults: Mapping[str, Any]

    @property
    def counts(self) -> dict[Action, int]:
        """How many resources each action is done to; only those done at all."""
        found = {action: sum(change.action is action for change in self.changes) for action in Action}
        return {action: number for action, number in found.items() if number}

    @property
    def digest(self) -> str:
        """Twelve digits that stand for what the plan does: two plans that do the same have the same, and no others."""
        told = [[item.address, item.action, [vars(value) for value in item.differences]] for item in self.changes]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def empty(self) -> bool:
        """Whether applying it would do nothing."""
        return not self.changes and not self.outputs


def read(path: Path) -> Plan:
    """The plan in a file. ReviewError where there is none that could be applied."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReviewError(f"The plan {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ReviewError(
            f"The plan {path} is no JSON: make it with terraform show -json PLAN > {path.name}."
        ) from error
    if not isinstance(content, dict) or ("resource_changes" not in content and "planned_values" not in content):
        raise ReviewError(f"{path} is no plan: make it with terraform show -json PLAN > {path.name}.")
    version = str(content.get("format_version", ""))
    if not version.startswith("1."):
        raise ReviewError(
            f"The plan {path} has format {version or 'none'}; this reads format 1 (Terraform from 1.1 on)."
        )
    if content.get("errored"):
        raise ReviewError(
            f"The plan {path} ended with an error, so it can't be applied: see what terraform plan printed."
        )
    try:
        return parse(content)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ReviewError(f"{path} isn't what terraform show -json prints: {error}.") from error


def parse(content: Mapping[str, Any]) -> Plan:
    """The plan in Terraform's JSON."""
    changes = [_change(item) for item in content.get("resource_changes") or [] if item.get("mode") != "data"]
    doing = tuple(change for change in changes if change.action is not Action.NOTHING)
    drift = [_change(item) for item in content.get("resource_drift") or []]
    region = _region(content)
    configured = content.get("configuration", {}).get("root_module", {}).get("variables", {})
    return Plan(
        changes=tuple(
            sorted(
                doing,
                key=lambda change: (list(Action).index(change.action), change.kind not in HOLD_DATA, change.address),
            )
        ),
        unchanged=len(changes) - len(doing),
        outputs=tuple(
            name
            for name, change in sorted((content.get("output_changes") or {}).items())
            if change.get("actions") != ["no-op"]
        ),
        drifted=_put_back(doing, drift),
        before=from_values((content.get("prior_state") or {}).get("values"), region, "before"),
        after=from_values(content.get("planned_values"), region, "after"),
        variables={name: item.get("value") for name, item in (content.get("variables") or {}).items()},
        defaults={name: item.get("default") for name, item in configured.items()},
    )


def _put_back(changes: tuple[Change, ...], drift: list[Change]) -> dict[str, tuple[Difference, ...]]:
    """What was changed outside Terraform and is changed by the plan too: the same value of the same resource."""
    by_address = {change.address: change for change in changes if change.action is Action.UPDATE}
    found = {}
    for drifted in drift:
        change = by_address.get(drifted.address)
        back = tuple(
            item for item in drifted.differences if change and item.means_something and change.changed(item.path)
        )
        if back:
            found[drifted.address] = back
    return found


def _change(item: Mapping[str, Any]) -> Change:
    change = item.get("change") or {}
    actions = tuple(change.get("actions") or ["no-op"])
    action = _ACTIONS.get(actions, Action.NOTHING)
    if action is Action.NOTHING:
        action = Action.IMPORT if change.get("importing") else action
        action = Action.MOVE if item.get("previous_address") else action
    before, after = _mapping(change.get("before")), _mapping(change.get("after"))
    unknown = _mapping(change.get("after_unknown"))
    deposed = f" (deposed {item['deposed']})" if item.get("deposed") else ""
    return Change(
        address=f"{item.get('address', '?')}{deposed}",
        kind=str(item.get("type", "")),
        action=action,
        before=before,
        after=after,
        unknown=unknown,
        differences=compare(
            str(item.get("type", "")),
            before,
            after,
            unknown,
            (change.get("before_sensitive"), change.get("after_sensitive")),
        ),
        create_first=actions[0] == "create" and len(actions) == 2,
        reason=str(item.get("action_reason") or ""),
        replaced_for=tuple(".".join(map(str, path)) for path in change.get("replace_paths") or []),
        previous_address=str(item.get("previous_address") or ""),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _region(content: Mapping[str, Any]) -> str:
    """The AWS region: as the provider is configured, else the first that an ARN names."""
    provider = content.get("configuration", {}).get("provider_config", {}).get("aws", {})
    constant = provider.get("expressions", {}).get("region", {}).get("constant_value")
    if isinstance(constant, str):
        return constant
    texts = _strings([content.get("prior_state"), content.get("planned_values")])
    return next((match[1] for text in texts if (match := _ARN_REGION.search(text))), DEFAULT_REGION)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
