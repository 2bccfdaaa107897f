"""Reads checkov's result on a plan: `checkov --framework=terraform_plan --output=json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import ReviewError


@dataclass(frozen=True)
class FailedCheck:
    """One check that a resource fails."""

    identifier: str
    name: str
    address: str


@dataclass(frozen=True)
class CheckovResult:
    """checkov's result.

    Params:
        passed: number of checks that passed.
        failed: checks that failed.
        accepted: checks that failed and that the code accepts with a reason.
    """

    passed: int
    failed: tuple[FailedCheck, ...]
    accepted: tuple[FailedCheck, ...]


def read_checkov(path: Path, stack: Path | None) -> CheckovResult:
    """Read checkov's result. Raises `ReviewError` where the file holds none.

    Params:
        path: checkov's JSON: one result, or a list of them.
        stack: the synthesised `cdk.tf.json`, which says for each resource what is accepted; default: nothing is.
    """
    content = _json(path, "checkov's result")
    results = content if isinstance(content, list) else [content]
    reasons = _accepted(_json(stack, "the stack")) if stack else {}
    passed = 0
    failed: list[FailedCheck] = []
    accepted: list[FailedCheck] = []
    for result in results:
        if not isinstance(result, Mapping) or ("summary" not in result and result.get("passed") != 0):
            raise ReviewError(f"{path} is no result of checkov: make it with --output=json.")
        passed += int(result.get("summary", {}).get("passed", 0))
        for item in result.get("results", {}).get("failed_checks", []):
            check = FailedCheck(str(item["check_id"]), str(item.get("check_name", "")), str(item["resource"]))
            (accepted if check.identifier in reasons.get(check.address, {}) else failed).append(check)
    return CheckovResult(passed, tuple(failed), tuple(accepted))


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
