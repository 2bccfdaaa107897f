"""Makes a plan once, reviews it, and applies exactly that plan.

`python -m tools.reviewed plan prod --into DIR` synthesises, plans without taking the lock, runs checkov, and writes
DIR/comment.md, the comment for a pull request. The exit code is that of `hospup-video plan-review`.
`python -m tools.reviewed apply DIR` applies that plan, and refuses if one of its files has changed. Terraform itself
refuses it if the state has changed since.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHECKOV = ROOT / ".build" / "checkov" / "bin" / "checkov"

PLAN = "plan.tfplan"
STACK = "stack.tar"
MANIFEST = "manifest.json"
SEALED = (PLAN, STACK)
"""File with the checksums of the files that are applied."""
IN_STACK = ("cdk.tf.json", ".terraform.lock.hcl")


class ReviewedError(Exception):
    """A step failed; the message says which and how."""


def main() -> int:
    """Plan or apply. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    planning = commands.add_parser("plan")
    planning.add_argument("environment")
    planning.add_argument("--into", type=Path, required=True, help="takes plan, stack and comment")
    planning.add_argument("--commit", default="", help="what is planned, for the comment")
    planning.add_argument("--labels", type=Path, help="a JSON list of the pull request's labels")
    planning.add_argument("--var", action="append", default=[], help="a Terraform variable, NAME=VALUE")
    planning.add_argument("--no-policy", action="store_true", help="don't ask checkov")
    applying = commands.add_parser("apply")
    applying.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        if options.command == "apply":
            apply(options.folder)
            return 0
        return plan(options)
    except ReviewedError as error:
        print(error, file=sys.stderr)
        return 2


def plan(options: argparse.Namespace) -> int:
    """Make the plan and its review. Returns the review's exit code."""
    folder: Path = options.into.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, "TF_WORKSPACE": options.environment, "TF_IN_AUTOMATION": "1"}
    # Imported here, since `apply` runs where nothing is installed.
    from modules.config import ConfigurationError  # noqa: PLC0415
    from ops.aws_errors import AWS_ERRORS, explain  # noqa: PLC0415
    from ops.errors import OperatorError  # noqa: PLC0415
    from ops.stack.synthesis import synthesise  # noqa: PLC0415
    from tools.variables import terraform_variables  # noqa: PLC0415

    try:
        values = terraform_variables(options.environment, options.var)
        stack = synthesise(options.environment, folder / "cdktf.out" / options.environment).parent
    except (ConfigurationError, OperatorError) as error:
        raise ReviewedError(str(error)) from error
    except AWS_ERRORS as error:
        raise ReviewedError(explain(error)) from error
    assigned = [f"-var={name}={value}" for name, value in values.items()]
    terraform(stack, variables, "init", "-input=false")
    # Without the lock: taking it is a write, and a role that only plans may not write.
    terraform(stack, variables, "plan", "-input=false", "-lock=false", f"-out={folder / PLAN}", *assigned)
    shown = terraform(stack, variables, "show", "-json", str(folder / PLAN))
    (folder / "plan.json").write_text(shown, encoding="utf-8")
    policy = [] if options.no_policy else [f"--checkov={checkov(folder)}", f"--stack={stack / 'cdk.tf.json'}"]
    pack(stack, folder / STACK)
    write_manifest(folder, environment=options.environment, commit=options.commit)
    status = review(folder, options, policy)
    write_run_summary(folder)
    return status


def write_run_summary(folder: Path) -> None:
    """In a GitHub workflow, write the review to the run's summary, and whether there are changes to an output.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    empty = json.loads((folder / "review.json").read_text(encoding="utf-8"))["empty"]
    texts = {
        "GITHUB_STEP_SUMMARY": (folder / "comment.md").read_text(encoding="utf-8"),
        "GITHUB_OUTPUT": f"empty={json.dumps(empty)}\n",
    }
    for name, text in texts.items():
        if name in os.environ:
            with Path(os.environ[name]).open("a", encoding="utf-8") as file:
                file.write(text)


def checkov(folder: Path) -> Path:
    """checkov's result on the plan, as JSON."""
    if not CHECKOV.exists():
        raise ReviewedError("checkov is not installed: run make policy once, or give --no-policy.")
    variables = {**os.environ, "BC_SKIP_MAPPING": "TRUE"}
    command = [str(CHECKOV), "--framework=terraform_plan", "--output=json", "--quiet", "--compact", "--soft-fail"]
    printed = run([*command, "--skip-download", f"--file={folder / 'plan.json'}"], variables, folder)
    (folder / "checkov.json").write_text(printed, encoding="utf-8")
    return folder / "checkov.json"


def review(folder: Path, options: argparse.Namespace, policy: Sequence[str]) -> int:
    """Write comment.md and review.json, and print the review. Returns the review's exit code."""
    command = [sys.executable, "-m", "ops", "plan-review", str(folder / "plan.json"), *policy]
    # A role that may plan may also count; AWS is queried only if something would be lost.
    command += [f"--environment={options.environment}", f"--commit={options.commit}", "--live"]
    command += [f"--labels={options.labels.resolve()}"] if options.labels else []
    for flags, name in ((["--markdown"], "comment.md"), (["--json"], "review.json")):
        done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in {0, 1}:
            raise ReviewedError(f"The plan can't be reviewed: {done.stderr.strip()}")
        (folder / name).write_text(done.stdout, encoding="utf-8")
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def pack(stack: Path, target: Path) -> None:
    """The files of the stack that applying needs: its code, and the providers' lock."""
    with tarfile.open(target, "w") as archive:
        for name in IN_STACK:
            if (stack / name).exists():
                archive.add(stack / name, arcname=name)


def write_manifest(folder: Path, **said: str) -> None:
    """Write the environment and commit of the plan, and the checksums of the files that are applied."""
    content = {**said, "sha256": {name: checksum(folder / name) for name in SEALED}}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def apply(folder: Path) -> None:
    """Apply the plan in a folder that `plan` wrote. Raises ReviewedError."""
    folder = folder.resolve()
    manifest = read_manifest(folder)
    for name in SEALED:
        if checksum(folder / name) != manifest["sha256"].get(name):
            raise ReviewedError(f"{name} in {folder} is not the one that was reviewed: plan again.")
    stack = folder / "apply"
    with tarfile.open(folder / STACK) as archive:
        archive.extractall(stack, filter="data")
    variables = {**os.environ, "TF_WORKSPACE": manifest["environment"], "TF_IN_AUTOMATION": "1"}
    # The lock file pins the providers that made the plan.
    terraform(stack, variables, "init", "-input=false", "-lockfile=readonly")
    print(terraform(stack, variables, "apply", "-input=false", "-no-color", str(folder / PLAN)), end="")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The environment and commit of the plan in a folder. Raises ReviewedError if it holds none."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        missing = [name for name in SEALED if not (folder / name).exists()]
    except (OSError, ValueError) as error:
        raise ReviewedError(f"There is no reviewed plan in {folder}: {error}") from error
    if missing:
        raise ReviewedError(f"There is no reviewed plan in {folder}: {', '.join(missing)} is missing.")
    return manifest


def terraform(folder: Path, variables: Mapping[str, str], *arguments: str) -> str:
    """Run Terraform. Returns its output. Raises ReviewedError."""
    return run([os.environ.get("TERRAFORM", "terraform"), *arguments], variables, folder)


def run(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> str:
    """Run a command. Returns its output. Raises ReviewedError with its last lines."""
    try:
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ReviewedError(f"{command[0]} can't be started: {error.strerror}. Is it installed?") from error
    if done.returncode != 0:
        raise ReviewedError(f"{' '.join(command[:2])} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
