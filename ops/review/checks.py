"""What checkov said of a plan: `checkov --framework=terraform_plan --output=json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.review.errors import ReviewError


@dataclass(frozen=True)
class Check:
    """One check that a resource doesn't pass."""

    identifier: str
    name: str
    address: str


@dataclass(frozen=True)
class Checks:
    """The result.

    Params:
        passed: how many checks were.
        failed: those that weren't.
        accepted: those that the code accepts, with its reason, by resource and check.
    """

    passed: int
    failed: tuple[Check, ...]
    accepted: tuple[Check, ...]


def read_checks(path: Path, stack: Path | None) -> Checks:
    """The result in checkov's file. ReviewError where it is none.

    Params:
        path: of checkov's JSON; one result, or a list of them.
        stack: the synthesised `cdk.tf.json`, which says beside each resource what is accepted; none: nothing is.
    """
    content = _json(path, "checkov's result")
    results = content if isinstance(content, list) else [content]
    reasons = _accepted(_json(stack, "the stack")) if stack else {}
    passed = 0
    failed: list[Check] = []
    accepted: list[Check] = []
    for result in results:
        if not isinstance(result, Mapping) or ("summary" not in result and result.get("passed") != 0):
            raise ReviewError(f"{path} is no result of checkov: make it with --output=json.")
        passed += int(result.get("summary", {}).get("passed", 0))
        for item in result.get("results", {}).get("failed_checks", []):
            check = Check(str(item["check_id"]), str(item.get("check_name", "")), str(item["resource"]))
            (accepted if check.identifier in reasons.get(check.address, {}) else failed).append(check)
    return Checks(passed, tuple(failed), tuple(accepted))


def _accepted(stack: Any) -> dict[str, Mapping[str, str]]:
    return {
        f"{kind}.{name}": body.get("//", {}).get("accepted", {})
        for kind, named in stack.get("resource", {}).items()
        for name, body in named.items()
    }


def _json(path: Path, what: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReviewError(f"{what.capitalize()} {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ReviewError(f"{what.capitalize()} {path} is no JSON: {error}.") from error
