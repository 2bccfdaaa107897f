"""Which environment a command uses, and its error if that can't be reached: the same for every command."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from embedded.aws import EmbeddedAws
from ops.cli import app
from ops.errors import NotDeployedError, UsageError
from ops.stack.outputs import State
from tests.ops.conftest import ROOT, Operator, Site
from tests.ops.deployed import Deployed

COMMANDS = (("status", "j1"), ("dlq", "redrive"), ("logs",), ("image", "release", "--restart"), ("open",))


def test_names_come_from_the_state_of_the_environment(operator: Operator, deployed: Deployed) -> None:
    assert operator.run("outputs", "--environment", "staging", "--json").json == deployed.outputs
    result = operator.run("queue", "-e", "staging", "--json").json
    assert result["queue_url"] == deployed.outputs["queue_url"]
    assert operator.run("outputs", "jobs_table", ENV="staging").out == f"{deployed.outputs['jobs_table']}\n"


def test_flag_before_environment_before_variable_before_default(site: Site, deployed: Deployed) -> None:
    def asked(*arguments: str, **variables: str) -> str:
        return str(site.run("queue", "--json", *arguments, **variables).json["queue_url"])

    assert asked() == site.queue_url
    assert asked("-e", "staging") == deployed.outputs["queue_url"]
    assert asked(HOSPUP_ENVIRONMENT="staging") == deployed.outputs["queue_url"]
    assert asked("-e", "staging", "--queue-url", site.queue_url) == site.queue_url


def test_a_shell_that_names_two_environments_is_refused(site: Site, deployed: Deployed) -> None:
    for command in (("queue",), ("workers",), ("logs",), ("dlq", "purge", "--yes"), ("outputs",)):
        done = site.run(*command, ENV="staging")
        assert (done.code, done.out) == (2, ""), command
        assert f"SQS_QUEUE_URL={site.queue_url}, but ENV=staging, whose queue_url is" in done.err
    agreeing = {
        "SQS_QUEUE_URL": deployed.outputs["queue_url"],
        "JOBS_TABLE": deployed.outputs["jobs_table"],
        "MEDIA_BUCKET": deployed.outputs["media_bucket"],
    }
    shell = Operator(site.aws, agreeing | {"ENV": "staging"})
    assert shell.run("queue", "--json").json["queue_url"] == deployed.outputs["queue_url"]


def test_every_command_takes_the_environment_alike() -> None:
    def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            inner = f"{path} {name}".strip()
            yield from commands(command, inner) if hasattr(command, "commands") else [(inner, command)]

    options = {
        name: option
        for name, command in commands(get_command(app), "")
        for option in command.params
        if option.name == "environment"
    }
    assert {"queue", "dlq redrive", "image build", "cost", "simulate", "plan-capacity", "plan-review"} <= options.keys()
    for name, option in options.items():
        assert {"--environment", "-e"} == set(option.opts), name
        assert option.show_default == "ENV, else dev", name
        assert option.default in {None, "dev"}, name
        assert "HOSPUP_ENVIRONMENT" in option.envvar, name


def test_the_environment_without_names(operator: Operator, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"  # of no environment
    plan.write_text('{"format_version": "1.2", "resource_changes": []}', encoding="utf-8")

    def asked(*arguments: str, **variables: str) -> str:
        return operator.run("plan-review", str(plan), "--markdown", *arguments, **variables).out.splitlines()[0]

    assert asked() == "<!-- hospup-video plan-review dev -->"
    assert asked(ENV="staging") == "<!-- hospup-video plan-review staging -->"
    assert asked(ENV="staging", HOSPUP_ENVIRONMENT="prod") == "<!-- hospup-video plan-review prod -->"
    assert asked("-e", "prod", ENV="staging") == "<!-- hospup-video plan-review prod -->"


@pytest.mark.parametrize("form", ["terraform output -json", "cdktf --outputs-file", "plain"])
def test_names_from_a_file(operator: Operator, site: Site, tmp_path: Path, form: str) -> None:
    names = {"queue_url": site.queue_url}
    written = {
        "terraform output -json": {"queue_url": {"value": site.queue_url, "type": "string", "sensitive": False}},
        "cdktf --outputs-file": {"hospup-video-dev": names},
        "plain": names,
    }
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(written[form]), encoding="utf-8")
    assert operator.run("queue", "--outputs", str(path), "--json").json["queue_url"] == site.queue_url


def test_a_variable_names_the_file_unless_an_environment_is_named(
    operator: Operator, site: Site, deployed: Deployed, tmp_path: Path
) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps({"queue_url": site.queue_url}), encoding="utf-8")
    shell = {"HOSPUP_OUTPUTS": str(path), "ENV": "prod"}
    assert operator.run("queue", "--json", **shell).json["queue_url"] == site.queue_url
    assert operator.run("queue", "--json", "-e", "staging", **shell).json["queue_url"] == deployed.outputs["queue_url"]
    done = operator.run("queue", SQS_QUEUE_URL=deployed.outputs["queue_url"], **shell)
    assert (done.code, done.out) == (2, "")
    assert f"but HOSPUP_OUTPUTS={path}, whose queue_url is {site.queue_url}" in done.err
    done = operator.run("queue", HOSPUP_OUTPUTS="nowhere.json")
    assert (done.code, done.err.startswith("The outputs in nowhere.json can't be read (No such file")) == (2, True)


def test_a_file_that_holds_no_outputs(operator: Operator, tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    for content, sentence in (("{", "is not JSON"), ("{}", "holds no outputs"), ('{"a": {"value": 1}}', "queue_url")):
        path.write_text(content, encoding="utf-8")
        done = operator.run("queue", "--outputs", str(path))
        assert (done.code, done.out, sentence in done.err) == (2, "", True), done.err


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_stack_that_is_not_there(operator: Operator, command: tuple[str, ...]) -> None:
    done = operator.run(*command, "-e", "prod")
    assert (done.code, done.out) == (2, "")
    assert "Nothing is deployed as environment 'prod'" in done.err
    assert "make deploy ENV=prod" in done.err


def test_a_bucket_of_states_that_is_not_there(aws: EmbeddedAws) -> None:
    state = State("dev")
    state.bucket = "not-there"
    with pytest.raises(UsageError, match=r"There is no bucket not-there.*make bootstrap") as raised:
        state.outputs(aws.client("s3"))
    assert not isinstance(raised.value, NotDeployedError)


def test_an_environment_that_cannot_be(operator: Operator) -> None:
    done = operator.run("queue", "-e", "../prod")
    assert done.code == 2
    assert "'../prod' is no environment's name: choose one of dev, prod, staging." in done.err


def test_no_credentials(site: Site) -> None:
    done = site.run("queue", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert (done.code, done.out) == (3, "")
    assert "There are no AWS credentials: log in" in done.err


def test_aws_is_down(site: Site) -> None:
    for command in (("status", "j1"), ("queue", "--json"), ("outputs", "-e", "staging")):
        done = site.run(*command, AWS_ENDPOINT_URL="http://127.0.0.1:9")
        assert (done.code, done.out) == (3, "")
        assert "AWS could not be reached" in done.err


def test_a_table_that_is_not_there(site: Site) -> None:
    done = site.run("jobs", "--jobs-table", "none")
    assert (done.code, done.out) == (3, "")
    assert "Query was refused: what was named doesn't exist" in done.err


def test_permission_denied(aws_that_refuses: Operator) -> None:
    done = aws_that_refuses.run("status", "j1", JOBS_TABLE="t")
    assert done.code == 3
    assert "GetItem was refused: you may not" in done.err
    assert "hospup-video doctor" in done.err


def test_wrong_usage(operator: Operator) -> None:
    assert operator.run("queues").code == operator.run("queue", "--jsno").code == 2
    wrong = operator.run("open", "nope")
    assert wrong.code == 2
    assert wrong.err.endswith("\nError: Invalid value for 'PAGE': 'nope' is not one of 'dashboard'.\n")


def test_help_names_the_exit_codes_and_every_command(operator: Operator) -> None:
    done = operator.run("--help", COLUMNS="80")
    assert done.code == 0
    assert "Exit codes: 0 fine" in done.out
    assert operator.run("--version").out == f"{version('hospup-video')}\n"
    assert "JOB_ID" in operator.run("status", "--help").out
    for command in (
        "submit",
        "status",
        "jobs",
        "queue",
        "dlq",
        "alarms",
        "logs",
        "workers",
        "image",
        "doctor",
        "render",
        "open",
    ):
        assert f" {command} " in done.out
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.slow
def test_a_reader_who_has_enough_is_no_flaw() -> None:
    """`hospup-video jobs | head -1`: here the reader is gone from the start."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ops", "image", "--help"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 1
    assert "flaw" not in done.stderr


def test_the_shell_completes_commands(operator: Operator) -> None:
    typed = {"_HOSPUP_VIDEO_COMPLETE": "complete_bash", "COMP_WORDS": "hospup-video dl", "COMP_CWORD": "1"}
    assert operator.run(**typed).out.split() == ["dlq"]
    typed |= {"COMP_WORDS": "hospup-video queue -e p", "COMP_CWORD": "3"}
    assert operator.run(**typed).out.split() == ["prod"]


def test_open_prints_the_address_and_opens_nothing_in_a_pipe(operator: Operator, deployed: Deployed) -> None:
    done = operator.run("open", "dashboard", "-e", "staging", COLUMNS="40", BROWSER="false")
    assert (done.code, done.out, done.err) == (0, f"{deployed.outputs['dashboard_url']}\n", "")


def test_an_output_that_is_not_there(operator: Operator, deployed: Deployed) -> None:
    done = operator.run("outputs", "queue", "-e", "staging")
    assert done.code == 1
    assert f"There is no output queue; there are {', '.join(sorted(deployed.outputs))}." in done.err


def test_render_is_the_workers_own(operator: Operator) -> None:
    job = ROOT / "examples" / "backend-clips.json"
    done = operator.run("render", str(job), "--explain", "--media-root", "/nowhere")
    assert done.code == 1
    assert "is not fetched from S3 here: there is no file /nowhere/hospup-files/" in done.err
    assert "--contact-sheet" in operator.run("render", "--help").out
