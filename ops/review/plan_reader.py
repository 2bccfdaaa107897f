"""Reads a plan from what `terraform show -json` prints.

https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.cost.resources import DEFAULT_REGION, Resources, from_values
from ops.errors import ReviewError
from ops.review.differences import Difference, compare
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import DATA_HELD
from ops.review.secrets import is_secret

_ZIP = b"PK"
"""A saved plan is a ZIP archive. https://developer.hashicorp.com/terraform/internals/json-format"""
_GUARD = "terraform_data"
_ARN_REGION = re.compile(r"arn:aws[\w-]*:[\w-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("delete",): Action.DESTROY,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.REPLACE,
    ("update",): Action.UPDATE,
    ("create",): Action.CREATE,
}


def read_plan(path: Path) -> Plan:
    """Read the plan in a file, or from standard input for `-`. Raises `ReviewError` where it holds none to apply."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ReviewError(f"The plan {path} can't be read: {error.strerror}.") from error
    if raw.startswith(_ZIP):
        raise ReviewError(f"{path} is a plan as Terraform saves it: {_how(path)}.")
    try:
        content = json.loads(raw)
    except ValueError as error:
        raise ReviewError(f"The plan {path} is no JSON: {_how(None)}.") from error
    if not isinstance(content, dict) or ("resource_changes" not in content and "planned_values" not in content):
        raise ReviewError(f"{path} is no plan: {_how(None)}.")
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


def _how(saved: Path | None) -> str:
    """How a plan is reviewed, without writing to a file: one that is read at the same time would be cut."""
    name = "PLAN" if saved is None or str(saved) == "-" else shlex.quote(str(saved))
    return f"review it with terraform show -json {name} | hospup-video plan-review -"


def parse(content: Mapping[str, Any]) -> Plan:
    """The plan in Terraform's JSON."""
    changes = [_change(item) for item in content.get("resource_changes") or [] if item.get("mode") != "data"]
    active = tuple(change for change in changes if change.action is not Action.NOTHING)
    drift = [_change(item) for item in content.get("resource_drift") or []]
    region = _region(content)
    before = from_values((content.get("prior_state") or {}).get("values"), region, "before")
    after = from_values(_filled(content.get("planned_values"), active), region, "after")
    configured = content.get("configuration", {}).get("root_module", {}).get("variables", {})
    return Plan(
        changes=tuple(
            sorted(
                active,
                key=lambda change: (list(Action).index(change.action), change.kind not in DATA_HELD, change.address),
            )
        ),
        unchanged=len(changes) - len(active),
        outputs=tuple(
            name
            for name, change in sorted((content.get("output_changes") or {}).items())
            if change.get("actions") != ["no-op"]
        ),
        drifted=_reverted_drift(active, drift),
        lost={change.address: change for change in drift if change.action is Action.DESTROY},
        before=before,
        after=after,
        variables={name: item.get("value") for name, item in (content.get("variables") or {}).items()},
        defaults={name: item.get("default") for name, item in configured.items()},
        environment=_environment(before, after, active),
    )


def _filled(values: Any, changes: tuple[Change, ...]) -> Any:
    """The planned values, with those that are known only after the apply as they are before it.

    Otherwise a dashboard whose text isn't known yet would count as one without metrics.
    """
    known = {
        change.address: {name: value for name, value in change.before.items() if change.unknown.get(name) is True}
        for change in changes
    }

    def fill(tree: Any) -> Any:
        if isinstance(tree, list):
            return [fill(item) for item in tree]
        if not isinstance(tree, Mapping):
            return tree
        if "values" in tree:
            return {**tree, "values": {**_mapping(tree["values"]), **known.get(str(tree.get("address")), {})}}
        return {name: fill(value) for name, value in tree.items()}

    return fill(values)


def _environment(before: Resources, after: Resources, changes: tuple[Change, ...]) -> str:
    """The environment's name, as the guard of the workspace has it (modules/deployment.py); empty without one."""
    guards = [*after.all(_GUARD), *before.all(_GUARD), *(item.before for item in changes if item.kind == _GUARD)]
    names = [_mapping(guard.get("input")).get("environment") for guard in guards]
    return next((name for name in names if isinstance(name, str)), "")


def _reverted_drift(changes: tuple[Change, ...], drift: list[Change]) -> dict[str, tuple[Difference, ...]]:
    """Values that were changed outside Terraform and that the plan changes, too."""
    by_address = {change.address: change for change in changes if change.action is Action.UPDATE}
    found = {}
    for drifted in drift:
        change = by_address.get(drifted.address)
        back = tuple(
            item for item in drifted.differences if change and item.is_significant and change.changed(item.path)
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
        sensitive=_sensitive(str(item.get("type", "")), change, {*before, *after}),
        create_first=actions[0] == "create" and len(actions) == 2,
        reason=str(item.get("action_reason") or ""),
        replaced_for=tuple(".".join(map(str, path)) for path in change.get("replace_paths") or []),
        previous_address=str(item.get("previous_address") or ""),
    )


def _sensitive(kind: str, change: Mapping[str, Any], attributes: set[str]) -> frozenset[str]:
    """The attributes that are secret by Terraform's mark or by their name."""
    marks = [change.get("before_sensitive"), change.get("after_sensitive")]
    if True in marks:
        return frozenset(attributes)
    return frozenset(
        name
        for name in attributes
        if is_secret(kind, (name,)) or any(_any_true(mark.get(name)) for mark in marks if isinstance(mark, Mapping))
    )


def _any_true(marks: Any) -> bool:
    if isinstance(marks, Mapping | list):
        return any(map(_any_true, marks.values() if isinstance(marks, Mapping) else marks))
    return marks is True


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
