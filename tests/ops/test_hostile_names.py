"""Every command with names that are markup or terminal control sequences: they are printed literally."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ops.cli import app
from ops.console.output import clean
from ops.stack.synthesis import synthesise
from tests.ops.conftest import ROOT, Site

NAME = "[red]hostile[old]/[bold]\x1b[31m\x07[/hostile].csv"
"""Markup that opens and closes, a folder, and control characters, in one name: each run of a command takes a second."""
EXAMPLE = ROOT / "examples" / "backend-clips.json"
PLAN = ROOT / "tests" / "ops" / "plans" / "drift.json"

ABSENT = {
    "HOSPUP_CLUSTER_NAME": "absent",
    "HOSPUP_SERVICE_NAME": "absent",
    "HOSPUP_LOG_GROUP_NAME": "absent",
    "HOSPUP_ECR_REPOSITORY_URI": "1.dkr.ecr.eu-west-1.amazonaws.com/absent",
}
"""Names of resources that don't exist, for the commands that need them."""

REQUIRED = {
    "status": "job-1 --wait --timeout 1s",
    "cancel": "job-1 --yes",
    "cancel video": "",
    "cancel property_id": "",
    "cancel since": "--video v",
    "dlq show": "job-1",
    "webhook resend": "job-1",
    "webhook resend since": "",
    "webhook resend code": "--since 1h",
    "webhook resend property_id": "--since 1h",
    "rerun": "--failed --since 1h",
    "rerun job": "",
    "rerun since": "--failed",
    "dlq purge": "--yes",
    "image build": "--tag -",
    "image push": "v1",
    "image release": "v1 --yes",
    "image rollback": "--yes",
    "scale": "--max 9 --yes",
    "outputs": "queue_url --outputs outputs.json",
    "plan-capacity": "--p95 1000 --stack stack.json --hours 0.1 --jobs 1",
    "plan-review": f"{PLAN} --checkov absent.json --stack stack.json",
    "simulate": "--stack stack.json --hours 0.1 --jobs 1",
    "cost": "--stack stack.json",
    "submit": f"{EXAMPLE} --wait",
    "submit cluster_name": f"{EXAMPLE} --dry-run",
    "submit service_name": f"{EXAMPLE} --dry-run",
}
"""A command's other arguments, so that it gets as far as using the name."""

QUIET = {
    *("status output", "plan-review commit", "plan-review stack", "cost region", "simulate plot"),
    *("logs job", "image release var", "image push local", "image build environment", "cost environment"),
    *("rerun property_id", "webhook resend property_id", "usage property_id", "trace file"),
    *("doctor timeout", "image push cluster_name", "image push service_name"),
    *(f"dlq {command} {option}" for command in ("list", "redrive", "purge") for option in ("job", "reason")),
    # AWS doesn't repeat the name that it doesn't know.
    *(
        f"{path} jobs_table"
        for path in (
            *("submit", "status", "jobs", "cancel", "pause", "resume", "rerun", "webhook resend"),
            *("dlq list", "dlq show", "dlq redrive", "dlq purge"),
        )
    ),
    *(
        f"{path} queue_url"
        for path in ("submit", "queue", "rerun", "webhook resend", "dlq list", "dlq show", "dlq redrive", "dlq purge")
    ),
    *(f"{command} {name}" for command in ("pause", "resume") for name in ("cluster_name", "service_name")),
    *("logs log_group_name", "workers cluster_name", "workers service_name", "image push ecr_repository_uri"),
    *(
        f"image {command} {name}"
        for command in ("list", "release", "rollback")
        for name in ("cluster_name", "service_name", "ecr_repository_uri")
    ),
    *("scale cluster_name", "scale service_name"),
}
"""Options whose text these runs don't print; where they do, it is literal too."""


def _commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        inner = f"{path} {name}".strip()
        yield from _commands(command, inner) if hasattr(command, "commands") else [(inner, command)]


def _takes_text(parameter: Any) -> bool:
    annotation = str(parameter.type_descriptor.annotation)
    return not getattr(parameter, "is_flag", False) and ("str" in annotation or "Path" in annotation)


CASES = {
    f"{path} {parameter.name}": (path, parameter)
    for path, command in _commands(get_command(app))
    for parameter in command.params
    if _takes_text(parameter)
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return synthesise("dev", tmp_path_factory.mktemp("dev")).read_text(encoding="utf-8")


@pytest.fixture
def shell(site: Site, stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in a folder with the files that the commands need, which names the queues and the ledger."""
    for variable, value in (site.aws.environment({}) | site.variables | ABSENT | {"COLUMNS": "1000"}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    Path("stack.json").write_text(stack, encoding="utf-8")
    Path("outputs.json").write_text(json.dumps({"queue_url": {"value": "absent"}}), encoding="utf-8")


def _run(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """What `hospup-video ARGUMENTS` printed on both streams. An exception that isn't an exit fails the test."""
    with pytest.raises(SystemExit) as ended:
        get_command(app).main(args=arguments, prog_name="hospup-video")
    printed = "".join(capfd.readouterr())
    assert ended.value.code in {0, 1, 2, 3, 4}, printed
    assert "Traceback" not in printed
    return printed


def _arguments(path: str, parameter: Any, name: str) -> list[str]:
    """The command line in which `name` is the value of `parameter`."""
    given = REQUIRED.get(f"{path} {parameter.name}", REQUIRED.get(path, "")).split()
    if parameter.param_type_name == "argument":
        return [*path.split(), *given[1:], "--", name]
    flag = parameter.opts[0]
    # With a stack or with outputs an environment isn't used.
    replaced = {flag, "--stack", "--outputs"} if parameter.name == "environment" else {flag}
    kept: list[str] = []
    words = iter(given)
    for word in words:
        if word in replaced:
            next(words)
        else:
            kept.append(word)
    return [*path.split(), *kept, flag, name]


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize("case", CASES)
def test_a_name_is_printed_as_it_was_typed(case: str, capfd: pytest.CaptureFixture[str]) -> None:
    printed = _run(_arguments(*CASES[case], NAME), capfd)
    assert "\x1b" not in printed
    if case not in QUIET or "hostile" in printed:
        # A plot has another suffix; a repository's name begins behind the first slash.
        typed = NAME.partition("/")[2] if case.endswith("ecr_repository_uri") else NAME
        assert clean(typed.rpartition(".")[0]) in printed


@pytest.mark.usefixtures("shell")
def test_a_file_of_that_name_with_another_content(capfd: pytest.CaptureFixture[str]) -> None:
    path = Path(NAME)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("[/hostile] [red]is[/] no JSON", encoding="utf-8")
    for case, (command, parameter) in CASES.items():
        if "Path" in str(parameter.type_descriptor.annotation) and case not in QUIET:
            assert clean(NAME) in _run(_arguments(command, parameter, NAME), capfd), case


@pytest.mark.usefixtures("shell")
def test_a_bill_of_a_stack_in_a_folder_of_that_name(stack: str, capfd: pytest.CaptureFixture[str]) -> None:
    folder = Path(NAME)
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(stack, encoding="utf-8")
    printed = _run(["cost", "--stack", str(folder / "cdk.tf.json")], capfd)
    assert f"A month of {clean(folder.name)}, eu-west-1" in printed
