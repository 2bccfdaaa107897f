"""A deployment by Terraform, and the rollout that follows: ECS's circuit breaker accepts it or rolls it back."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.aws.service import EcsService, Rollout, ServiceState
from ops.errors import FindingError, UsageError
from ops.stack.context import Context
from ops.stack.outputs import ENVIRONMENTS, ROOT

_POLL_SECONDS = 2.0


@dataclass(frozen=True)
class RolloutResult:
    """The end of a rollout: `state` is COMPLETED, FAILED, or TIMEOUT if it hasn't ended in time."""

    state: str
    reason: str
    service: ServiceState

    @property
    def is_good(self) -> bool:
        """Whether the release succeeded."""
        return self.state == "COMPLETED"


def apply(context: Context, variables: Mapping[str, str], *, folder: Path | None, yes: bool, quiet: bool) -> None:
    """Deploy the environment by Terraform with these variables.

    Params:
        variables: Terraform variables by name: all of them, since one that is left out falls back to its default.
        folder: an initialised, synthesised stack to apply with plain Terraform; default: cdktf from this repository.
        yes: apply without asking.
        quiet: send the tool's output to standard error.

    Raises `UsageError` if the tool is missing or there is no terminal to approve on, `FindingError` if it fails.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nobody is here to approve the plan: give --yes to apply it unasked.")
    environment = context.environment_name
    if folder is not None:
        command = [_tool("terraform"), f"-chdir={folder}", "apply", *(["-auto-approve"] if yes else [])]
        command += [f"-var={name}={value}" for name, value in variables.items()]
    else:
        command = [_tool("cdktf"), "deploy", *(["--auto-approve"] if yes else [])]
        command += [f"--var={name}={value}" for name, value in variables.items()]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"ENV": environment, "TF_WORKSPACE": environment},
        stdout=sys.stderr if quiet else None,
        check=False,
    )
    if done.returncode:
        raise FindingError(f"{Path(command[0]).name} ended with {done.returncode}: what it said stands above.")


def unwritten(environment: str, variables: Mapping[str, str]) -> list[str]:
    """Names of those variables of the fleet that have another value in the environment's file, or none: the next
    `make deploy` takes them back.
    """
    try:
        fleet = json.loads((ENVIRONMENTS / f"{environment}.json").read_text(encoding="utf-8"))["fleet"]
        return [name for name, value in variables.items() if str(fleet.get(name)) != value]
    except (OSError, ValueError, KeyError, AttributeError):
        return list(variables)


def watch(
    service: EcsService,
    state: ServiceState,
    on_change: Callable[[Rollout | None], None],
    *,
    seconds: float,
) -> RolloutResult:
    """Poll the primary deployment of `state` until it has ended, or `seconds` are over.

    It has failed if ECS says so, and also if it is no longer the primary deployment: then the circuit breaker or the
    rollback alarm has returned to the earlier one.
    """
    if state.primary is None:
        return RolloutResult("FAILED", "the service has no deployment", state)
    watched, deadline = state.primary.deployment_id, time.monotonic() + seconds
    while True:
        rollout = next((found for found in state.rollouts if found.deployment_id == watched), None)
        on_change(rollout)
        if rollout is None or rollout.status != "PRIMARY" or rollout.state == "FAILED":
            given = rollout.reason if rollout is not None and rollout.state == "FAILED" else ""
            return RolloutResult("FAILED", given or "ECS went back to the release before", state)
        if rollout.state == "COMPLETED":
            return RolloutResult("COMPLETED", rollout.reason, state)
        if time.monotonic() > deadline:
            return RolloutResult("TIMEOUT", f"{rollout.running} of {rollout.desired} run it", state)
        time.sleep(_POLL_SECONDS)
        state = service.describe()


def _tool(name: str) -> str:
    """The path of a command: on the PATH, or in this repository's node_modules."""
    path = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / "node_modules" / ".bin")))
    found = shutil.which(name, path=path)
    if found is None:
        raise UsageError(f"{name} is not installed: run make setup in {ROOT}.")
    return found
