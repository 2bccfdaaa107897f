"""Checks of the tools on this machine that deploying and releasing need."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator

from ops.aws.container_engines import find_engine
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject
from ops.errors import UsageError
from ops.stack.outputs import ROOT

_TERRAFORM = (1, 10)
"""Oldest Terraform: the first with the S3 backend's lock file, which backend.tf.json uses."""
_NODE = (20,)
"""Oldest Node that runs cdktf's command line."""


def check_tools(_: Subject) -> Iterator[CheckResult]:
    """Check for Terraform, Node, cdktf, and a container engine."""
    terraform = os.environ.get("TERRAFORM", "terraform")
    yield _version("terraform", _terraform(terraform), _TERRAFORM, "https://developer.hashicorp.com/terraform/install")
    yield _version("node", _output("node", "--version").lstrip("v"), _NODE, "https://nodejs.org")
    path = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / "node_modules" / ".bin")))
    if shutil.which("cdktf", path=path):
        yield CheckResult("cdktf", Level.OK, "is installed")
    else:
        yield CheckResult(
            "cdktf", Level.WARN, "is not installed: image release and deployments need it", "Run make setup."
        )
    try:
        yield CheckResult("engine", Level.OK, f"{find_engine().command} builds and pushes images")
    except UsageError as error:
        yield CheckResult("engine", Level.WARN, "images can't be built or pushed here", str(error))


def _version(name: str, found: str, least: tuple[int, ...], where: str) -> CheckResult:
    needed = ".".join(map(str, least))
    if not found:
        what = "is not installed: deployments need it"
        return CheckResult(name, Level.WARN, what, f"Install {name} {needed} or newer: {where}")
    numbers = tuple(int(part) for part in found.split(".")[: len(least)] if part.isdigit())
    if numbers < least:
        what = f"{found} is too old: deployments need {needed} or newer"
        return CheckResult(name, Level.WARN, what, f"Install {name} {needed} or newer: {where}")
    return CheckResult(name, Level.OK, found)


def _terraform(command: str) -> str:
    try:
        return str(json.loads(_output(command, "version", "-json"))["terraform_version"])
    except (ValueError, KeyError):
        return ""


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
