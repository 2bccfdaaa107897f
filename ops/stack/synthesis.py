"""Synthesises an environment's stack (`cdk.tf.json`), and reads one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ops.errors import StackError

ROOT = Path(__file__).resolve().parents[2]


def synthesise(environment: str, folder: Path, root: Path = ROOT) -> Path:
    """Synthesise an environment, by the command in cdktf.json. Returns the path of its cdk.tf.json.

    The app runs as a separate process: the command line doesn't import the infrastructure.

    Params:
        environment: name of a file in `environments/`.
        folder: takes the output; made where it doesn't exist. Without the output of another environment.
        root: the repository, or a copy of it.

    Raises `StackError` with what the app printed where it fails, and where `root` holds no app.
    """
    try:
        app = json.loads((root / "cdktf.json").read_text(encoding="utf-8"))["app"]
    except (OSError, ValueError, KeyError) as error:
        raise StackError(
            f"There is no app to synthesise in {root} (cdktf.json): run this in the repository, or give --stack FILE."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    variables = {**os.environ, "ENV": environment, "CDKTF_OUTDIR": str(folder.resolve()), "PATH": path}
    # The app is a shell line, and cdktf runs it in a shell.
    done = subprocess.run(["sh", "-c", app], cwd=root, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(f"{environment} can't be synthesised: {(done.stderr or done.stdout).strip()[-2000:]}")
    files = list(folder.glob("stacks/*/cdk.tf.json"))
    if len(files) != 1:
        raise StackError(f"{environment} was synthesised into {len(files)} stacks; give one of them with --stack FILE.")
    return files[0]


def read_stack(path: Path) -> dict[str, Any]:
    """A stack's Terraform JSON. Raises `StackError` where the file holds none."""
    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StackError(f"The stack {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise StackError(f"The stack {path} is no JSON: {error}.") from error
    if not isinstance(stack, dict) or not isinstance(stack.get("resource"), dict):
        raise StackError(f"{path} is no synthesised stack, for it has no resources: give a cdk.tf.json.")
    return stack
