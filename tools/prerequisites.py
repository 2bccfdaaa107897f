"""Prints one line per missing prerequisite, with how to install it.

It runs before anything is installed, on any Python: standard library only, no syntax newer than 3.6.
"""

import ctypes.util
import os
import re
import shutil
import subprocess
import sys

PYTHON, NODE, TERRAFORM = (3, 11), (20,), (1, 10)


def version_of(command: "list[str]", pattern: str) -> "tuple[int, ...] | None":
    """The version that `command` prints, as numbers; None if it can't be run."""
    if shutil.which(command[0]) is None:
        return None
    try:
        printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(pattern, printed.stdout.decode(errors="replace"))
    return tuple(int(part) for part in match.groups()) if match else None


def has_library(name: str) -> bool:
    """Whether the dynamic linker finds a shared library."""
    return ctypes.util.find_library(name) is not None


def missing() -> "list[str]":
    """One line per missing prerequisite."""
    lines = []
    if sys.version_info[:2] < PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        lines.append(f"Python >= 3.11 is needed, {found} was found: install it, then call make PYTHON=python3.11.")
    elif not has_module("venv") or not has_module("ensurepip"):
        lines.append("Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv.")
    node = version_of(["node", "--version"], r"v(\d+)\.")
    if node is None or node < NODE or shutil.which("npm") is None:
        lines.append("Node >= 20 with npm is needed: https://nodejs.org, or your system's packages nodejs and npm.")
    terraform = os.environ.get("TERRAFORM") or "terraform"
    version = version_of([terraform, "version"], r"v(\d+)\.(\d+)")
    if version is None or version < TERRAFORM:
        lines.append(
            f"Terraform >= 1.10 is needed ({terraform}): https://developer.hashicorp.com/terraform/install,"
            " or name another binary with TERRAFORM=/path/to/it."
        )
    if sys.platform.startswith("linux") and not (has_library("EGL") and has_library("GL")):
        lines.append("libEGL and libGL are needed to paint texts: on Debian, apt-get install libegl1 libgl1.")
    return lines


def has_module(name: str) -> bool:
    """Whether a module can be imported."""
    try:
        __import__(name)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    found = missing()
    for line in found:
        sys.stderr.write(f"missing: {line}\n")
    sys.exit(1 if found else 0)
