"""The workflows: their permissions, what they call, and what untrusted input can't make them do.

actionlint checks their grammar (test_actionlint.py); these are the rules of this repository.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from modules.config.names import names_of
from ops.cli import app

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))

MAY_WRITE = {
    ("plan.yml", "plan"): {"id-token"},
    ("plan.yml", "comment"): {"pull-requests"},
    ("environment.yml", "plan"): {"id-token"},
    ("environment.yml", "apply"): {"id-token"},
    ("deploy.yml", "deploy"): {"id-token"},
    ("drift.yml", "plan"): {"id-token"},
    ("drift.yml", "report"): {"issues"},
    ("release.yml", "image"): {"id-token"},
    ("release.yml", "module"): {"contents"},
}
"""The write permissions of each job; all others only read."""


@dataclass(frozen=True)
class Job:
    """A job, with its file and name."""

    file: str
    name: str
    body: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its steps; none where it calls another workflow."""
        steps: list[dict[str, Any]] = self.body.get("steps", [])
        return steps


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def jobs() -> list[Job]:
    return [Job(path.name, name, body) for path in WORKFLOWS for name, body in read(path)["jobs"].items()]


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step with its location, including the steps of our own actions."""
    for job in jobs():
        yield from ((f"{job.file} {job.name}", step) for step in job.steps)
    for path in ACTIONS:
        yield from ((path.parent.name, step) for step in read(path)["runs"]["steps"])


def scripts() -> list[tuple[str, str]]:
    return [(place, step["run"]) for place, step in steps() if "run" in step]


every_job = pytest.mark.parametrize("job", jobs(), ids=lambda job: f"{job.file}:{job.name}")
every_script = pytest.mark.parametrize(("place", "script"), scripts())


def test_there_are_the_five_and_the_one_they_call() -> None:
    assert [path.name for path in WORKFLOWS] == [
        "ci.yml",
        "deploy.yml",
        "drift.yml",
        "environment.yml",
        "plan.yml",
        "release.yml",
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_that_no_job_asks_for(path: Path) -> None:
    content = read(path)
    assert content["permissions"] == {}
    # YAML 1.1 reads the key "on" as true.
    events = dict[Any, Any](content)[True]
    names = {events} if isinstance(events, str) else set(events)
    # These would expose this repository's credentials to a stranger's code or names.
    assert not names & {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion"}


@every_job
def test_permissions_are_the_least(job: Job) -> None:
    permissions = job.body["permissions"]
    assert isinstance(permissions, dict)
    assert set(permissions.values()) <= {"read", "write"}
    written = {name for name, value in permissions.items() if value == "write"}
    assert written == MAY_WRITE.get((job.file, job.name), set())
    assert job.body.get("timeout-minutes") or "uses" in job.body


@every_job
def test_only_one_kind_of_job_holds_a_token_that_writes_and_runs_others_code(job: Job) -> None:
    """Jobs that may write on GitHub run only the base branch's code, never a pull request's."""
    if {"pull-requests", "issues"} & MAY_WRITE.get((job.file, job.name), set()):
        (checkout,) = [step for step in job.steps if step.get("uses", "").startswith("actions/checkout@")]
        reference = checkout["with"].get("ref")
        assert reference == ("${{ github.event.pull_request.base.sha }}" if job.file == "plan.yml" else None)
        assert not [step for step in job.steps if "set-up" in step.get("uses", "")]


def test_actions_are_pinned_by_commit() -> None:
    pinned: dict[str, set[str]] = {}
    for place, step in steps():
        if "uses" in step and not step["uses"].startswith("./"):
            match = re.fullmatch(r"([\w.-]+/[\w./-]+)@([0-9a-f]{40})", step["uses"])
            assert match, f"{place}: {step['uses']} is not pinned by a commit"
            pinned.setdefault(match[1], set()).add(match[2])
    assert all(len(commits) == 1 for commits in pinned.values()), pinned
    assert {name.split("/")[0] for name in pinned} == {"actions", "aws-actions", "hashicorp"}
    for path in [*WORKFLOWS, *ACTIONS]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"uses: \w", line):
                assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), f"{path.name}: {line.strip()}"


def test_local_actions_and_workflows_exist() -> None:
    used = [step["uses"] for _, step in steps() if step.get("uses", "").startswith("./")]
    called = [job.body["uses"] for job in jobs() if "uses" in job.body]
    for name in [*used, *called]:
        path = ROOT / name
        assert path.is_file() or (path / "action.yml").is_file(), name


@every_script
def test_no_expression_reaches_a_shell(place: str, script: str) -> None:
    assert "${{" not in script, f"{place}: hand it over in env"


@pytest.mark.slow
@every_script
def test_scripts_are_bash(place: str, script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{place}: {done.stderr}"


@every_script
def test_what_scripts_call_exists(place: str, script: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([\w./-]+)", script):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"{place}: make {target}"
    for module in re.findall(r"-m (tools\.\w+)", script):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), f"{place}: {module}"
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    for command in re.findall(r"-m ops ([\w-]+)|hospup-video ([\w-]+)", script):
        assert "".join(command) in commands, f"{place}: {command}"


def test_pull_requests_are_checked_as_here() -> None:
    """`.ci/run` and ci.yml make the same targets: the former one after the other, the latter in one job each."""
    (line,) = re.findall(r"^make (.*)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    ours = [word for word in line.split() if not word.startswith("-")]
    theirs = [
        re.findall(r"make ([\w-]+)", step.get("run", ""))
        for job in jobs()
        if job.file == "ci.yml"
        for step in job.steps
    ]
    assert sorted(ours) == sorted(target for targets in theirs for target in targets)


@every_job
def test_checkouts_leave_no_credential_behind(job: Job) -> None:
    for step in job.steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@every_job
def test_no_secret_is_stored(job: Job) -> None:
    """Roles are assumed with a signed token; GitHub stores no AWS key."""
    assert "secrets." not in str(job.body)
    for step in job.steps:
        if step.get("uses", "").startswith("aws-actions/"):
            assert set(step["with"]) == {"role-to-assume", "aws-region"}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_roles_bear_the_names_that_the_infrastructure_gives(environment: str) -> None:
    names = names_of(environment)
    roles = {"plan": names.plan_role, "apply": names.apply_role}
    for job in jobs():
        for step in job.steps:
            arn = step.get("with", {}).get("role-to-assume", "")
            match = re.fullmatch(r"arn:aws:iam::\$\{\{ vars\.AWS_ACCOUNT_ID \}\}:role/(\S+?)\$\{\{ (.*) \}\}", arn)
            if not arn:
                continue
            assert match, arn
            kind = "apply" if "environment" in job.body else "plan"
            suffix = "" if environment == "prod" else f"-{environment}"
            assert match[1] + suffix == roles[kind]
            assert re.fullmatch(
                r"(matrix|inputs)\.environment != 'prod' && format\('-\{0\}', \1\.environment\) \|\| ''", match[2]
            )


def test_forks_get_no_credential() -> None:
    plan = read(ROOT / ".github" / "workflows" / "plan.yml")["jobs"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in plan["plan"]["if"]
    assert "id-token" not in plan["policy"]["permissions"]
    assert plan["comment"]["needs"] == "plan"
    assert "needs.plan.result != 'skipped'" in plan["comment"]["if"]


def test_only_what_was_reviewed_is_applied() -> None:
    body = read(ROOT / ".github" / "workflows" / "environment.yml")["jobs"]
    apply = body["apply"]
    assert apply["needs"] == "plan"
    assert apply["environment"] == "${{ inputs.environment }}"
    assert apply["concurrency"] == {"group": "apply-${{ inputs.environment }}", "cancel-in-progress": False}
    # The role that plans is trusted without an environment; a job in one has another subject.
    assert "environment" not in body["plan"]
    runs = [step["run"] for step in apply["steps"] if "run" in step]
    assert runs == ["python3 -m tools.reviewed apply plan"]
    kept = next(step for step in body["plan"]["steps"] if "upload-artifact" in step.get("uses", ""))
    taken = next(step for step in apply["steps"] if "download-artifact" in step.get("uses", ""))
    assert kept["with"]["name"] == taken["with"]["name"]


@pytest.mark.slow
def test_what_only_needs_the_standard_library_runs_without_set_up() -> None:
    """Jobs that write or apply install nothing."""
    for module in ("github", "reviewed"):
        text = (ROOT / "tools" / f"{module}.py").read_text(encoding="utf-8")
        imported = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE))
        done = subprocess.run(
            ["python3", "-c", "import sys; print(*sys.stdlib_module_names)"], capture_output=True, text=True, check=True
        )
        assert imported <= set(done.stdout.split())
