"""`python -m tools.plans`: generates the plans in tests/ops/plans/ for the tests of plan review.

Terraform makes them against the embedded AWS: an environment is deployed, then changed in several ways, and each change
is planned. It takes about three minutes; run it again after large changes of the infrastructure.
"""

import argparse
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.aws import EmbeddedAws
from ops.stack.synthesis import read_stack, synthesise

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests" / "ops" / "plans"
RECEIVER = {"webhook_url": "https://api.example.com/callback"}
"""Production isn't planned without a receiver of webhooks."""
RELEASED = {"worker_image_tag": "2026.05.1"}

Stack = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One plan.

    Params:
        name: name of the file.
        environment: environment that is deployed before.
        variables: further variables for `-var`, in addition to the image's tag.
        edit: changes the synthesised stack.
        settings: changes to the environment's file, before it is synthesised.
        by_hand: change in AWS before the plan, as if made in the console.
        first: plan before anything is deployed.
    """

    name: str
    environment: str = "dev"
    variables: Mapping[str, Any] = field(default_factory=dict)
    edit: Callable[[Stack], None] | None = None
    settings: Mapping[str, Any] | None = None
    by_hand: Callable[[EmbeddedAws], None] | None = None
    first: bool = False


def rename_queue(stack: Stack) -> None:
    """Rename the queue, which replaces it."""
    text = json.dumps(stack).replace("hospup-video-jobs-dev", "hospup-video-renders-dev")
    stack.clear()
    stack.update(json.loads(text))


def widen_iam(stack: Stack) -> None:
    """Allow the worker every action on all of S3."""
    role = stack["resource"]["aws_iam_role_policy"]["task"]
    document = json.loads(role["policy"])
    document["Statement"].append({"Sid": "Debug", "Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    role["policy"] = json.dumps(document)


def open_security_group(stack: Stack) -> None:
    """Allow SSH from everywhere."""
    stack["resource"]["aws_vpc_security_group_ingress_rule"] = {
        "debug": {
            "security_group_id": "${aws_security_group.worker.id}",
            "description": "SSH for a look",
            "ip_protocol": "tcp",
            "from_port": 22,
            "to_port": 22,
            "cidr_ipv4": "0.0.0.0/0",
        }
    }


def shorten_the_lease(aws: EmbeddedAws) -> None:
    """Change the visibility timeout outside Terraform."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="hospup-video-jobs-dev")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})


SCENARIOS = (
    Scenario("first-creation", "prod", first=True),
    Scenario("warm-pool", "prod", {"warm_pool_size": 20, "max_workers": 100}),
    Scenario("release", "prod", {"worker_image_tag": "2026.05.2"}),
    Scenario("fleet-to-zero", "prod", {"warm_pool_size": 0, "on_demand_workers": 0}),
    Scenario("no-change"),
    Scenario("queue-replaced", edit=rename_queue),
    Scenario("bucket-destroyed", settings={"media": {"bucket": "hospup-files-dev", "create": False}}),
    Scenario("iam-widened", edit=widen_iam),
    Scenario("security-group-opened", edit=open_security_group),
    Scenario("drift", by_hand=shorten_the_lease),
)


def main() -> int:
    """Make the plans named, or all. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PLAN", help="some of them")
    names = set(parser.parse_args().names)
    wanted = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hospup-plans-") as folder:
        for environment in dict.fromkeys(scenario.environment for scenario in wanted):
            make(Path(folder), environment, [item for item in wanted if item.environment == environment])
    return 0


def make(folder: Path, environment: str, scenarios: list[Scenario]) -> None:
    """Deploy an environment into a new embedded AWS, and plan each change of it."""
    with EmbeddedAws(log=folder / f"{environment}.log") as aws:
        aws.client("s3").create_bucket(
            Bucket="hospup-files", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        terraform = Terraform(folder / environment, aws.environment(os.environ) | {"TF_WORKSPACE": environment})
        base = stack_of(environment, folder)
        terraform.write(base)
        terraform("init", "-input=false")
        for scenario in (item for item in scenarios if item.first):
            save(scenario, terraform.plan(scenario.variables))
        changes = [item for item in scenarios if not item.first]
        if changes:
            terraform("apply", "-input=false", "-auto-approve", *options(RELEASED))
        for scenario in changes:
            stack = stack_of(environment, folder, scenario.settings) if scenario.settings else copy.deepcopy(base)
            if scenario.edit:
                scenario.edit(stack)
            if scenario.by_hand:
                scenario.by_hand(aws)
            terraform.write(stack)
            save(scenario, terraform.plan({**RELEASED, **scenario.variables}))


class Terraform:
    """Terraform in a folder, with its state in the same folder."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        folder.mkdir()
        self._folder = folder
        self._variables = {**variables, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}

    def write(self, stack: Stack) -> None:
        """Write a stack to the folder."""
        (self._folder / "cdk.tf.json").write_text(json.dumps(stack), encoding="utf-8")
        local: Stack = {"terraform": {"backend": {"local": {}}}}
        (self._folder / "backend_override.tf.json").write_text(json.dumps(local), encoding="utf-8")

    def plan(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The plan in the form of `terraform show -json`."""
        self("plan", "-input=false", "-lock=false", "-out=plan.tfplan", *options(variables))
        shown: dict[str, Any] = json.loads(self("show", "-json", "plan.tfplan"))
        return shown

    def __call__(self, *arguments: str) -> str:
        command = [os.environ.get("TERRAFORM", "terraform"), *arguments]
        done = subprocess.run(
            command, cwd=self._folder, env=self._variables, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"terraform {arguments[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout


def stack_of(environment: str, folder: Path, settings: Mapping[str, Any] | None = None) -> Stack:
    """An environment's stack; with changed settings, from a copy of the app."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        root = copied_app(environment, Path(scratch) / "app", settings) if settings else ROOT
        return read_stack(synthesise(environment, Path(scratch) / "out", root))


def copied_app(environment: str, root: Path, settings: Mapping[str, Any]) -> Path:
    """A copy of the app in which the environment's file has these settings; its folder."""
    root.mkdir()
    for name in ("main.py", "cdktf.json", "backend.tf.json"):
        shutil.copy(ROOT / name, root)
    for name in ("modules", "environments"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = root / "environments" / f"{environment}.json"
    changed = json.loads(file.read_text(encoding="utf-8")) | settings
    file.write_text(json.dumps(changed), encoding="utf-8")
    return root


def options(variables: Mapping[str, Any]) -> list[str]:
    """Variables, and the receiver of webhooks, as arguments of Terraform's command line."""
    return [f"-var={name}={value}" for name, value in (RECEIVER | dict(variables)).items()]


def save(scenario: Scenario, plan: dict[str, Any]) -> None:
    """Write a plan without the parts that no review reads.

    Left out are the configuration except the variables' defaults, the time, and values that the plan holds elsewhere: a
    resource that doesn't change is in `prior_state`.
    """
    root = plan["configuration"]["root_module"]
    defaults = {name: {"default": body.get("default")} for name, body in root.get("variables", {}).items()}
    plan["configuration"] = {"root_module": {"variables": defaults}}
    for part in ("timestamp", "relevant_attributes"):
        plan.pop(part, None)
    for resource in plan["resource_changes"]:
        if resource["change"]["actions"] == ["no-op"]:
            resource["change"] = {"actions": ["no-op"]}
    path = TARGET / f"{scenario.name}.json"
    path.write_text(json.dumps(plan, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
