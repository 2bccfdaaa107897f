"""tools.reviewed, as a process: a plan is created as in the workflows, and applied as reviewed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from embedded.aws import EmbeddedAws
from tools import reviewed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def call(*arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.reviewed", *arguments]
    environment = {**(variables or os.environ), "CHECKPOINT_DISABLE": "1", "COLUMNS": "160"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_plan_as_the_workflow_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    with EmbeddedAws(log=tmp_path / "aws.log") as aws:
        # The results of make bootstrap and a first deployment by hand: the bucket, and the workspace.
        s3 = aws.client("s3")
        settings = json.loads((ROOT / "backend.tf.json").read_text(encoding="utf-8"))["terraform"]["backend"]["s3"]
        s3.create_bucket(
            Bucket=settings["bucket"], CreateBucketConfiguration={"LocationConstraint": settings["region"]}
        )
        state = {
            "version": 4,
            "terraform_version": "1.11.4",
            "serial": 1,
            "lineage": "x",
            "outputs": {},
            "resources": [],
        }
        key = f"{settings['workspace_key_prefix']}/dev/{settings['key']}"
        s3.put_object(Bucket=settings["bucket"], Key=key, Body=json.dumps(state).encode())
        summary = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
        arguments = ("plan", "dev", "--into", str(folder), "--commit", "0a1b2c3", "--no-policy")
        done = call(*arguments, variables=aws.environment(os.environ) | summary)
        locked = [item["Key"] for item in s3.list_objects_v2(Bucket=settings["bucket"])["Contents"]]
    assert done.returncode == 0, done.stderr
    comment = (folder / "comment.md").read_text(encoding="utf-8")
    assert (tmp_path / "summary").read_text(encoding="utf-8") == comment
    assert (tmp_path / "output").read_text(encoding="utf-8") == "empty=false\n"
    assert comment.startswith("<!-- hospup-video plan-review dev -->\n### Plan for `dev`: ")
    assert "Planned at `0a1b2c3`" in comment
    assert json.loads((folder / "review.json").read_text(encoding="utf-8"))["refused"] == []
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["environment"], manifest["commit"]) == ("dev", "0a1b2c3")
    assert locked == [key], "planning took a lock, which is a write"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with a reviewed plan that needs no provider and no AWS."""
    stack, folder = tmp_path / "stack", tmp_path / "plan"
    stack.mkdir()
    folder.mkdir()
    content = {
        "terraform": {"backend": {"local": {"path": str(tmp_path / "state")}}},
        "resource": {"terraform_data": {"greeting": {"input": "hello"}}},
        "output": {"greeting": {"value": "${terraform_data.greeting.output}"}},
    }
    (stack / "cdk.tf.json").write_text(json.dumps(content), encoding="utf-8")
    variables = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    variables.pop("TF_WORKSPACE", None)
    reviewed.terraform(stack, variables, "init", "-input=false")
    reviewed.terraform(stack, variables, "plan", f"-out={folder / reviewed.PLAN}")
    reviewed.pack(stack, folder / reviewed.STACK)
    reviewed.write_manifest(folder, environment="default", commit="0a1b2c3")
    return folder


def test_exactly_the_reviewed_plan_is_applied(made: Path) -> None:
    done = call("apply", str(made))
    assert done.returncode == 0, done.stderr
    assert 'greeting = "hello"' in done.stdout
    # After the apply the state has changed, and the same plan is refused.
    again = call("apply", str(made))
    assert again.returncode == 2
    assert "stale" in again.stderr


@pytest.mark.parametrize("name", reviewed.SEALED)
def test_a_plan_that_was_touched_is_refused(made: Path, name: str) -> None:
    with (made / name).open("ab") as file:
        file.write(b"\0")
    done = call("apply", str(made))
    assert done.returncode == 2
    assert f"{name} in" in done.stderr
    assert "is not the one that was reviewed" in done.stderr


def test_a_tool_that_is_not_there(made: Path) -> None:
    done = call("apply", str(made), variables={**os.environ, "TERRAFORM": "no-such-terraform"})
    assert done.returncode == 2
    assert "no-such-terraform can't be started" in done.stderr


def test_a_folder_without_a_plan(tmp_path: Path) -> None:
    done = call("apply", str(tmp_path))
    assert done.returncode == 2
    assert "There is no reviewed plan" in done.stderr
