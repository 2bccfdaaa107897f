"""A synthesised stack, and ways to synthesise one."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.config import Environment
from modules.config.loader import load

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")


@dataclass(frozen=True)
class Stack:
    """One environment's Terraform JSON.

    Params:
        environment: its name.
        path: the file.
        json: the file's content.
    """

    environment: str
    path: Path
    json: dict[str, Any]

    @property
    def suffix(self) -> str:
        """The suffix of every name of the environment."""
        return "" if self.environment == "prod" else f"-{self.environment}"

    @property
    def protected(self) -> bool:
        """Whether Terraform refuses to destroy what holds data."""
        return self.environment != "dev"

    @property
    def addresses(self) -> set[str]:
        """Every resource's address."""
        return {f"{kind}.{name}" for kind, named in self.json["resource"].items() for name in named}

    def resource(self, address: str) -> dict[str, Any]:
        """A resource's arguments, without cdktf's metadata."""
        return _arguments(self.json["resource"], address)

    def data(self, address: str) -> dict[str, Any]:
        """A data source's arguments."""
        return _arguments(self.json["data"], address)

    def statements(self, address: str, argument: str = "policy") -> list[dict[str, Any]]:
        """The statements of a policy document."""
        document = json.loads(self.resource(address)[argument])
        assert document["Version"] == "2012-10-17"
        statements: list[dict[str, Any]] = document["Statement"]
        return statements


def read(environment: str, outdir: Path) -> Stack:
    """An environment's stack that was synthesised into `outdir`."""
    path = outdir / "stacks" / f"hospup-video-{environment}" / "cdk.tf.json"
    return Stack(environment, path, json.loads(path.read_text(encoding="utf-8")))


def _arguments(kinds: dict[str, Any], address: str) -> dict[str, Any]:
    kind, name = address.split(".")
    return {key: value for key, value in kinds[kind][name].items() if key != "//"}


def copy(folder: Path) -> Path:
    """A copy of the app, so that a test can change its environments."""
    root = folder / "copy"
    root.mkdir()
    for file in ("main.py", "backend.tf.json"):
        shutil.copy(ROOT / file, root)
    for directory in ("modules", "environments"):
        shutil.copytree(ROOT / directory, root / directory, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def synthesise_here(environment: str, outdir: Path, *, content: dict[str, Any] | None = None) -> None:
    """Synthesise an environment in this process; `content` is its file's (default: read the file)."""
    from main import synthesise as write_stack  # jsii takes seconds to load

    if content is None:
        write_stack(load(ROOT / "environments", environment), outdir)
    else:
        write_stack(Environment.model_validate_json(json.dumps({**content, "name": environment})), outdir)


def synthesise(environment: str, outdir: Path, *, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`python main.py` in a separate process, as a user runs it."""
    variables = {**os.environ, "ENV": environment, "CDKTF_OUTDIR": str(outdir)}
    command = [sys.executable, str(root / "main.py")]
    return subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, check=False)


def terraform(folder: Path, *arguments: str, workspace: str | None = None) -> subprocess.CompletedProcess[str]:
    """Terraform in a folder. A missing binary is a failure, not a reason to skip."""
    variables = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    variables.pop("TF_WORKSPACE", None)
    if workspace:
        variables["TF_WORKSPACE"] = workspace
    command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={folder}", *arguments, "-no-color"]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def words(text: str) -> str:
    """Terraform's output without frames and line breaks, to search for a sentence."""
    return " ".join(text.replace("│", " ").replace("╷", " ").replace("╵", " ").split())
