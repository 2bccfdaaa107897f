"""`hospup-video plan-review` on plans written by Terraform.

All tests but one run in this process, because starting Python fifty times would take a minute.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.cost.items_monitoring import custom_metrics
from ops.review.plan_reader import read_plan
from tests.ops.plan_files import PLANS, REAL, real

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden")

REFUSED = {
    "fleet-to-zero": ["fleet-to-zero"],
    "queue-replaced": ["data-loss", "data-loss"],
    "bucket-destroyed": ["data-loss"],
    "iam-widened": ["iam-widening"],
    "security-group-opened": ["public-access"],
}
"""The guards that refuse each plan; the others accept it."""


@dataclass(frozen=True)
class Printed:
    """The command's output and exit code."""

    returncode: int
    stdout: str
    stderr: str


def environment_of(name: str) -> str:
    """The environment whose plan it is."""
    return read_plan(PLANS / f"{name}.json").environment


def reviewed(name: str, *arguments: str) -> Printed:
    """The review of a recorded plan."""
    return review(str(PLANS / f"{name}.json"), "--environment", environment_of(name), *arguments)


def review(*arguments: str) -> Printed:
    result = CliRunner().invoke(app, ["plan-review", *arguments], env={"COLUMNS": "160"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Printed(result.exit_code, result.stdout, result.stderr)


def review_json(name: str, *arguments: str) -> dict[str, Any]:
    """What the command prints with --json."""
    done = reviewed(name, "--json", *arguments)
    assert not done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if content["refused"] else 0)
    return content


@pytest.mark.parametrize("name", REAL)
def test_guards(name: str) -> None:
    content = review_json(name)
    assert [finding["guard"] for finding in content["refused"]] == REFUSED.get(name, [])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_override_lets_it_pass_and_is_reported(name: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(["urgent", *(f"allow-{guard}" for guard in REFUSED[name])]), encoding="utf-8")
    done = reviewed(name, "--labels", str(labels), "--markdown")
    assert done.returncode == 0
    assert "> [!WARNING]\n> Allowed by label: " in done.stdout
    assert "[!CAUTION]" not in done.stdout


def test_an_override_is_for_its_own_guard_only() -> None:
    done = review(str(PLANS / "queue-replaced.json"), "--allow", "iam-widening")
    assert done.returncode == 1


def test_dangerous_changes_come_first() -> None:
    changes = review_json("queue-replaced")["changes"]
    assert [change["action"] for change in changes] == ["replace"] * 3 + ["update"] * 21
    assert {change["address"] for change in changes[:2]} == {"aws_sqs_queue.jobs", "aws_dynamodb_table.jobs"}


def test_a_plan_that_destroys_everything(tmp_path: Path) -> None:
    content = real("no-change")
    standing = {
        item["address"]: item["values"] for item in content["prior_state"]["values"]["root_module"]["resources"]
    }
    for item in content["resource_changes"]:
        item["change"] = {"actions": ["delete"], "before": standing[item["address"]], "after": None}
    content["planned_values"] = {"root_module": {}}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    done = review(str(file), "--json")
    content = json.loads(done.stdout)
    assert done.returncode == 1
    lost = {finding["address"] for finding in content["refused"] if finding["guard"] == "data-loss"}
    assert {
        "aws_sqs_queue.jobs",
        "aws_sqs_queue.dead_letters",
        "aws_dynamodb_table.jobs",
        "aws_s3_bucket.media",
        "aws_ecr_repository.worker",
        "aws_secretsmanager_secret.webhook_key",
    } <= lost
    assert "fleet-to-zero" in {finding["guard"] for finding in content["refused"]}
    # A bucket's block of public access that goes with its bucket opens nothing.
    assert "public-access" not in {finding["guard"] for finding in content["refused"]}
    assert content["cost"]["monthly_usd_after"] == 0
    assert "put back by this plan" not in review(str(file), "--markdown").stdout


def unboxed(text: str) -> str:
    """A panel's text, in one line."""
    return " ".join(text.replace("│", " ").split())


def test_a_pool_smaller_than_the_file_says(tmp_path: Path) -> None:
    content = real("warm-pool")
    (target,) = [item for item in content["resource_changes"] if item["type"] == "aws_appautoscaling_target"]
    target["change"]["after"] |= {"min_capacity": 9, "max_capacity": 50}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    done = review(str(file), "--environment", "prod")
    assert done.returncode == 1
    assert "9 workers always on, fewer than what the environment's file says: 10." in " ".join(
        done.stdout.replace("│", " ").split()
    )
    assert review(str(file), "--environment", "prod", "--minimum-pool", "9").returncode == 0
    assert review(str(file), "--environment", "prod", "--allow", "pool-below-minimum").returncode == 0


def test_the_fleet_as_a_module_costs_the_same(tmp_path: Path) -> None:
    """A module's resources are one level deeper, and their addresses begin with its name."""
    content = real("queue-replaced")
    before = review_json("queue-replaced")
    for part in (content["prior_state"]["values"], content["planned_values"]):
        part["root_module"] = {"child_modules": [{"address": "module.video", **part["root_module"]}]}
    for item in content["resource_changes"]:
        item["address"] = f"module.video.{item['address']}"
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    after = json.loads(review(str(file), "--json").stdout)
    assert after["cost"] == before["cost"]
    assert {finding["address"] for finding in after["refused"]} == {
        "module.video.aws_sqs_queue.jobs",
        "module.video.aws_dynamodb_table.jobs",
    }


def test_what_a_warm_pool_costs() -> None:
    cost = review_json("warm-pool")["cost"]
    # Ten workers more on ARM64 Spot with an address each, and what their idle polls of two queues, looks and log lines
    # come to.
    workers = 10 * 730 * (2 * 0.0106711 + 4 * 0.00117322 + 0.005)
    polls, lines = 2 * 10 * 730 * 180 * 0.4e-6, 10 * 730 * 120 / 1024 / 1024 * 0.57
    looks = 10 * 730 * 240 / 2 * 0.1415e-6  # at whether the fleet is paused
    assert cost["monthly_usd_difference"] == pytest.approx(workers + polls + looks + lines, abs=0.02)


def test_a_first_creation_tells_what_it_costs_once_an_image_is_there() -> None:
    content = review_json("first-creation")
    released = review_json("warm-pool")["cost"]["monthly_usd_before"]
    assert content["cost"]["monthly_usd_before"] == 0
    # What the dashboard shows is known only once applied, and with it the metrics that nothing else names.
    plans = (read_plan(PLANS / "first-creation.json").after, read_plan(PLANS / "warm-pool.json").before)
    known, published = (len(custom_metrics(resources)) for resources in plans)
    assert known < published
    dashboard = (published - known) * 0.3
    assert content["cost"]["monthly_usd_once_released"] == pytest.approx(released - dashboard, abs=0.01)
    assert set(content["counts"]) == {"create"}


def test_a_release_names_the_image() -> None:
    done = reviewed("release", "--markdown")
    assert "`…:2026.05.1` → `…:2026.05.2`" in done.stdout
    assert "no job is lost" in done.stdout


def test_drift_is_reported() -> None:
    done = review(str(PLANS / "drift.json"), "--markdown")
    assert "**Changed outside Terraform**" in done.stdout
    assert "`visibility_timeout_seconds` `90` → `30`" in done.stdout


def test_no_change_is_one_line() -> None:
    done = reviewed("no-change", "--commit", "0a1b2c3", "--markdown")
    assert done.returncode == 0
    assert done.stdout == "<!-- hospup-video plan-review dev -->\n**`dev`**: no changes at `0a1b2c3`.\n"


@pytest.mark.parametrize("name", REAL)
def test_comments_fit(name: str) -> None:
    done = reviewed(name, "--markdown")
    assert len(done.stdout) < 65_536
    assert done.stdout.startswith(f"<!-- hospup-video plan-review {environment_of(name)} -->\n")
    assert not re.search(r"None|Traceback", done.stdout.partition("<details>")[0])


@pytest.mark.parametrize("name", ["queue-replaced", "warm-pool"])
def test_golden_comments(name: str) -> None:
    """The comments as a reviewer reads them; after a change of wording: `python -m tests.ops.golden`."""
    done = reviewed(name, "--commit", "0a1b2c3", "--markdown")
    assert done.stdout == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_as_a_process() -> None:
    command = [sys.executable, "-m", "ops", "plan-review", str(PLANS / "queue-replaced.json"), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["summary"] == "3 to replace, 21 to change"


def test_what_people_see_in_a_terminal() -> None:
    done = reviewed("queue-replaced")
    assert done.returncode == 1
    assert "This plan is refused" in done.stdout
    assert "--allow data-loss" in done.stdout
    assert "The job queue is replaced: its messages would be lost." in unboxed(done.stdout)


def test_findings_of_checkov(tmp_path: Path) -> None:
    failed = [
        {"check_id": "CKV_AWS_1", "check_name": "Ensure | all <b>", "resource": "aws_sqs_queue.jobs"},
        {"check_id": "CKV_AWS_2", "check_name": "Accepted one", "resource": "aws_sqs_queue.jobs"},
    ]
    checkov, stack = tmp_path / "checkov.json", tmp_path / "cdk.tf.json"
    result = {"summary": {"passed": 41, "failed": 2}, "results": {"failed_checks": failed}}
    checkov.write_text(json.dumps(result), encoding="utf-8")
    body = {"//": {"accepted": {"CKV_AWS_2": "A reason."}}}
    stack.write_text(json.dumps({"resource": {"aws_sqs_queue": {"jobs": body}}}), encoding="utf-8")
    done = reviewed("warm-pool", "--checkov", str(checkov), "--stack", str(stack), "--markdown")
    assert "**Policy** (checkov): 41 passed, 1 failed, 1 accepted in the code with a reason." in done.stdout
    assert "- `aws_sqs_queue.jobs`: Ensure \\| all &lt;b&gt; (`CKV_AWS_1`)" in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't be read"),
        ("not json", "is no JSON"),
        ("[]", "is no plan"),
        ('{"format_version": "1.2"}', "is no plan"),
        ('{"format_version": "0.1", "resource_changes": []}', "has format 0.1"),
        ('{"format_version": "1.2", "resource_changes": [], "errored": true}', "ended with an error"),
        ('{"format_version": "1.2", "resource_changes": [1]}', "isn't what terraform show -json prints"),
        ('{"format_version": "1.2", "resource_changes": {"a": 1}}', "isn't what terraform show -json prints"),
    ],
)
def test_what_is_no_plan(text: str | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = review(str(file))
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_plan_as_terraform_saves_it_is_told_how_to_be_read_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "my plan"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tfplan", b"binary")
    before = file.read_bytes()
    done = review(str(file))
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert f"terraform show -json '{file}' | hospup-video plan-review -" in said
    assert ">" not in said  # a shell opens the file for writing before Terraform reads it
    assert file.read_bytes() == before


def test_a_plan_from_standard_input() -> None:
    text = (PLANS / "queue-replaced.json").read_bytes()
    done = CliRunner().invoke(app, ["plan-review", "-", "--json"], input=text)
    assert done.exit_code == 1
    assert json.loads(done.stdout) == review_json("queue-replaced")
    assert CliRunner().invoke(app, ["plan-review", "-"], input=b"PK\x03\x04").exit_code == 2


@pytest.mark.parametrize("asked", ["dev", "staging", "nosuch"])
def test_a_plan_of_another_environment_is_not_reviewed(asked: str) -> None:
    done = review(str(PLANS / "warm-pool.json"), "--environment", asked, "--markdown")
    assert done.returncode == 2
    assert not done.stdout
    assert f"This is a plan of prod, and not of {asked}" in " ".join(done.stderr.split())


def test_a_plan_that_names_no_environment_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    """As of a fleet that is a module in somebody's own configuration."""
    content = real("no-change")
    resources = content["planned_values"]["root_module"]["resources"]
    resources[:] = [item for item in resources if item["type"] != "terraform_data"]
    content["prior_state"] = {"values": content["planned_values"]}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert review(str(file), "--environment", "anything").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--allow", "everything"], "There is no guard 'everything'"),
        (["--environment", "--> hi"], "is no environment's name"),
        (["--labels", "nowhere.json"], "can't be read"),
        (["--labels", "package.json"], "are no JSON list"),
        (["--checkov", "package.json"], "is no result of checkov"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    done = review(str(PLANS / "no-change.json"), *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
