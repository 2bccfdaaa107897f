"""The tools on this machine: what deploying and releasing call."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator

from ops.checks.finding import Finding, Level, Subject
from ops.engines import find_engine
from ops.errors import UsageError
from ops.terraform import ROOT

_TERRAFORM = (1, 10)
"""Brought the S3 backend's own lock file, which backend.tf.json asks for."""
_NODE = (20,)
"""What cdktf's command line needs."""


def check_tools(_: Subject) -> Iterator[Finding]:
    """Terraform, Node, cdktf, and something that builds and pushes images."""
    terraform = os.environ.get("TERRAFORM", "terraform")
    yield _version("terraform", _terraform(terraform), _TERRAFORM, "https://developer.hashicorp.com/terraform/install")
    yield _version("node", _output("node", "--version").lstrip("v"), _NODE, "https://nodejs.org")
    path = os.pathsep.join((os.environ.get("PATH", ""), str(ROOT / "node_modules" / ".bin")))
    if shutil.which("cdktf", path=path):
        yield Finding("cdktf", Level.OK, "is installed")
    else:
        yield Finding("cdktf", Level.WARN, "is not installed: image release and deployments need it", "Run make setup.")
    try:
        yield Finding("engine", Level.OK, f"{find_engine().command} builds and pushes images")
    except UsageError as error:
        yield Finding("engine", Level.WARN, "images can't be built or pushed here", str(error))


def _version(name: str, found: str, least: tuple[int, ...], where: str) -> Finding:
    needed = ".".join(map(str, least))
    if not found:
        what = "is not installed: deployments need it"
        return Finding(name, Level.WARN, what, f"Install {name} {needed} or newer: {where}")
    numbers = tuple(int(part) for part in found.split(".")[: len(least)] if part.isdigit())
    if numbers < least:
        what = f"{found} is too old: deployments need {needed} or newer"
        return Finding(name, Level.WARN, what, f"Install {name} {needed} or newer: {where}")
    return Finding(name, Level.OK, found)


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
