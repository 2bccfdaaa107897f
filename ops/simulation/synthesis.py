"""An environment's stack, synthesised into a folder of its own, by the command that cdktf.json names."""

import json
import os
import subprocess
from pathlib import Path

from ops.simulation.reading import StackError

ROOT = Path(__file__).resolve().parents[2]


def synthesise(environment: str, folder: Path, root: Path = ROOT) -> Path:
    """Synthesise `environment` below `folder`; the path of its cdk.tf.json.

    Raises `StackError` with what the app said where it refuses, and where there is no app.
    """
    settings = root / "cdktf.json"
    if not settings.exists():
        raise StackError(f"{root} holds no cdktf.json: give the stack's file with --stack FILE.")
    command = json.loads(settings.read_text(encoding="utf-8"))["app"]
    variables = {**os.environ, "ENV": environment, "CDKTF_OUTDIR": str(folder)}
    done = subprocess.run(["sh", "-c", command], cwd=root, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError((done.stderr or done.stdout).strip() or f"{command} failed without a word.")
    return next(folder.glob("stacks/*/cdk.tf.json"))
