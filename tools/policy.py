"""`make policy`: checkov on the plan of each environment.

The plans are made against the embedded AWS. Each check that fails must either be fixed or be accepted, with a reason,
beside its resource (`Component.accept` in modules/). An acceptance that no check needs is a failure too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.aws import EmbeddedAws
from ops.errors import StackError
from ops.stack.synthesis import read_stack, synthesise

ROOT = Path(__file__).resolve().parents[1]
CHECKOV = ROOT / ".build" / "checkov" / "bin" / "checkov"
ENVIRONMENTS = ("dev", "staging", "prod")
RECEIVER = "-var=webhook_url=https://api.example.com/callback"
"""Production isn't planned without a receiver of webhooks."""


class PolicyError(Exception):
    """Terraform or checkov failed; the message says which and why."""


@dataclass(frozen=True, order=True)
class PolicyFinding:
    """A check that a resource fails; `name` is the check's, or the reason why it is accepted."""

    environment: str
    address: str
    check: str
    name: str = ""


def main() -> int:
    """Check the environments named, or all. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", default=ENVIRONMENTS, metavar="ENVIRONMENT")
    options = parser.parse_args()
    if not CHECKOV.exists():
        print("checkov is not installed: run make policy, which installs it into .build/checkov.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="hospup-policy-") as folder:
        try:
            return report(*check(options.environments, Path(folder)))
        except (PolicyError, StackError) as error:
            print(error, file=sys.stderr)
            return 1


def report(
    failed: Sequence[PolicyFinding], needless: Sequence[PolicyFinding], passed: int, accepted: Sequence[PolicyFinding]
) -> int:
    """Print the results. Returns the exit code."""
    for finding in accepted:
        print(f"accepted  {finding.environment:8} {finding.check:14} {finding.address}: {finding.name}")
    for finding in failed:
        print(f"FAILED    {finding.environment:8} {finding.check:14} {finding.address}: {finding.name}")
    for finding in needless:
        print(f"NEEDLESS  {finding.environment:8} {finding.check:14} {finding.address}: it passes; drop the acceptance")
    print(f"{passed} passed, {len(accepted)} accepted with a reason, {len(failed)} failed, {len(needless)} needless.")
    return 1 if failed or needless else 0


def check(
    environments: Sequence[str], folder: Path
) -> tuple[list[PolicyFinding], list[PolicyFinding], int, list[PolicyFinding]]:
    """Failed checks, needless acceptances, the number of passed checks, and accepted checks."""
    reasons: dict[PolicyFinding, str] = {}
    plans: dict[str, Path] = {}
    with EmbeddedAws(log=folder / "aws.log") as aws:
        # Production adopts its bucket, which its plan looks up.
        aws.client("s3").create_bucket(
            Bucket="hospup-files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        variables = aws.environment(os.environ)
        for environment in environments:
            stack = synthesise(environment, folder / environment)
            for address, check_id, reason in acceptances(stack):
                reasons[PolicyFinding(environment, address, check_id)] = reason
            plans[environment] = plan(environment, stack.parent, variables)
    passed, found = run_checkov(plans)
    accepted = [finding for finding in found if _bare(finding) in reasons]
    failed = [finding for finding in found if _bare(finding) not in reasons]
    needless = sorted(set(reasons) - {_bare(finding) for finding in found})
    explained = [PolicyFinding(item.environment, item.address, item.check, reasons[_bare(item)]) for item in accepted]
    return sorted(failed), needless, passed, sorted(explained)


def _bare(finding: PolicyFinding) -> PolicyFinding:
    return PolicyFinding(finding.environment, finding.address, finding.check)


def acceptances(stack: Path) -> Iterator[tuple[str, str, str]]:
    """Address, check id and reason of each acceptance in the cdk.tf.json `stack`."""
    for kind, named in read_stack(stack)["resource"].items():
        for name, body in named.items():
            for check, reason in body.get("//", {}).get("accepted", {}).items():
                yield f"{kind}.{name}", check, reason


def plan(environment: str, stack: Path, variables: Mapping[str, str]) -> Path:
    """Plan a first deployment, with local state instead of S3. Returns the path of the plan's JSON."""
    local: dict[str, Any] = {"terraform": {"backend": {"local": {}}}}
    (stack / "backend_override.tf.json").write_text(json.dumps(local), encoding="utf-8")
    terraform = os.environ.get("TERRAFORM", "terraform")
    with_workspace = {**variables, "TF_WORKSPACE": environment, "TF_IN_AUTOMATION": "1"}
    _run([terraform, "init", "-input=false"], with_workspace, stack)
    _run([terraform, "plan", "-input=false", "-lock=false", "-out=plan.tfplan", RECEIVER], with_workspace, stack)
    shown = _run([terraform, "show", "-json", "plan.tfplan"], with_workspace, stack)
    path = stack / f"{environment}.plan.json"
    path.write_text(shown, encoding="utf-8")
    return path


def run_checkov(plans: Mapping[str, Path]) -> tuple[int, list[PolicyFinding]]:
    """Run checkov on each plan. Returns the number of passed checks, and the failed ones."""
    command = [str(CHECKOV), "--framework=terraform_plan", "--output=json", "--quiet", "--compact", "--soft-fail"]
    # checkov neither queries nor uploads to its vendor's platform.
    variables = os.environ | {"CKV_IGNORE_HIDDEN_DIRECTORIES": "false", "BC_SKIP_MAPPING": "TRUE"}
    passed, found = 0, []
    for environment, path in plans.items():
        printed = _run([*command, "--skip-download", f"--file={path}"], variables, path.parent)
        result = json.loads(printed)
        if result["summary"]["parsing_errors"] or not result["summary"]["resource_count"]:
            raise PolicyError(f"checkov could not read the plan of {environment}: {printed[:2000]}")
        passed += result["summary"]["passed"]
        found += [
            PolicyFinding(environment, item["resource"], item["check_id"], item["check_name"])
            for item in result["results"]["failed_checks"]
        ]
    return passed, found


def _run(command: Sequence[str], variables: Mapping[str, Any], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PolicyError(f"{' '.join(command[:2])} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
