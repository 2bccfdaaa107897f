"""A release: Terraform rolls a tag out, and ECS's circuit breaker decides whether it stays."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.context import Context
from ops.errors import FindingError, UsageError
from ops.fleet import Fleet, Rollout, Service
from ops.terraform import ENVIRONMENTS, ROOT

_POLL_SECONDS = 2.0
KEPT = ("warm_pool_size", "max_workers")
"""Variables that are outputs too: a release keeps them as they are deployed, and changes the image alone."""


@dataclass(frozen=True)
class Verdict:
    """How a rollout ended: `state` is COMPLETED, FAILED, or TIMEOUT where it hasn't ended."""

    state: str
    reason: str
    fleet: Fleet

    @property
    def is_good(self) -> bool:
        """Whether the release stays."""
        return self.state == "COMPLETED"


def apply(context: Context, tag: str, *, variables: Sequence[str], folder: Path | None, yes: bool, quiet: bool) -> None:
    """Have Terraform deploy the environment with `worker_image_tag=TAG`.

    Params:
        variables: more of them, `name=value`.
        folder: a synthesised stack, initialised, to apply with plain Terraform; none: cdktf from this repository.
        yes: apply without asking.
        quiet: keep standard output free.

    Raises `UsageError` where the tool is missing or nobody could answer it, `FindingError` where it fails.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nobody is here to approve the plan: give --yes to apply it unasked.")
    settings = {name: str(context.outputs[name]) for name in KEPT if name in context.outputs}
    settings |= dict(_split(variable) for variable in variables) | {"worker_image_tag": tag}
    environment = context.environment_name
    if folder is not None:
        command = [_tool("terraform"), f"-chdir={folder}", "apply", *(["-auto-approve"] if yes else [])]
        command += [f"-var={name}={value}" for name, value in settings.items()]
    else:
        command = [_tool("cdktf"), "deploy", *(["--auto-approve"] if yes else [])]
        command += [f"--var={name}={value}" for name, value in settings.items()]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"ENV": environment, "TF_WORKSPACE": environment},
        stdout=sys.stderr if quiet else None,
        check=False,
    )
    if done.returncode:
        raise FindingError(f"{Path(command[0]).name} ended with {done.returncode}: what it said stands above.")


def is_written_down(environment: str, tag: str) -> bool:
    """Whether the environment's file names the tag, so that a deployment without `--var` keeps it."""
    try:
        settings = json.loads((ENVIRONMENTS / f"{environment}.json").read_text(encoding="utf-8"))
        return bool(settings["fleet"]["worker_image_tag"] == tag)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def watch(
    service: Service, fleet: Fleet, on_change: Callable[[Fleet, Rollout | None], None], *, seconds: float
) -> Verdict:
    """Follow the primary deployment of `fleet` to its end.

    It has failed where ECS says so, and also where it is no longer the one that the service works towards: the circuit
    breaker, or the rollback alarm, has put the one before in its place.
    """
    if fleet.primary is None:
        return Verdict("FAILED", "the service has no deployment", fleet)
    watched, deadline = fleet.primary.deployment_id, time.monotonic() + seconds
    while True:
        rollout = next((found for found in fleet.rollouts if found.deployment_id == watched), None)
        on_change(fleet, rollout)
        if rollout is None or rollout.status != "PRIMARY" or rollout.state == "FAILED":
            given = rollout.reason if rollout is not None and rollout.state == "FAILED" else ""
            return Verdict("FAILED", given or "ECS went back to the release before", fleet)
        if rollout.state == "COMPLETED":
            return Verdict("COMPLETED", rollout.reason, fleet)
        if time.monotonic() > deadline:
            return Verdict("TIMEOUT", f"{rollout.running} of {rollout.desired} run it", fleet)
        time.sleep(_POLL_SECONDS)
        fleet = service.look()


def _split(variable: str) -> tuple[str, str]:
    name, equals, value = variable.partition("=")
    if not equals or not name:
        raise UsageError(f"--var {variable} says nothing: write NAME=VALUE.")
    return name, value


def _tool(name: str) -> str:
    """Where a command is: on the PATH, or where this repository's set-up put it."""
    path = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / "node_modules" / ".bin")))
    found = shutil.which(name, path=path)
    if found is None:
        raise UsageError(f"{name} is not installed: run make setup in {ROOT}.")
    return found
