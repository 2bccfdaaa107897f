"""`doctor`: checks an environment and this machine, and names the remedy of each problem."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import typer
from botocore.exceptions import ClientError
from rich.table import Table
from rich.text import Text

from ops.aws_errors import AWS_ERRORS, explain, is_denied
from ops.checks.account import check_credentials, check_permissions, check_quotas
from ops.checks.alarms import check_alarms
from ops.checks.media import check_media
from ops.checks.network import check_network
from ops.checks.result import CheckResult, Level
from ops.checks.running import check_image, check_parts_queue, check_pause, check_queue, check_workers
from ops.checks.state import check_state
from ops.checks.subject import Subject
from ops.checks.tools import check_tools
from ops.checks.webhook import check_signing_key, check_webhook
from ops.commands._after_deploy import run_self_test
from ops.console import output
from ops.console.group import flaw
from ops.console.options import AsJson, Environment, Outputs, parse_duration
from ops.errors import ExitCode, OperatorError
from ops.stack.context import Context

Check = Callable[[Subject], Iterator[CheckResult]]

HERE: dict[str, Check] = {"tools": check_tools}
NEEDED: dict[str, Check] = {"credentials": check_credentials, "state": check_state}
"""Checks without which no other can be made."""
DEPLOYED: dict[str, Check] = {
    "permissions": check_permissions,
    "image": check_image,
    "workers": check_workers,
    "paused": check_pause,
    "queue": check_queue,
    "helpers": check_parts_queue,
    "media": check_media,
    "alarms": check_alarms,
    "quotas": check_quotas,
    "network": check_network,
    "webhook": check_webhook,
    "signing key": check_signing_key,
}
_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_WIDTH = 12


def doctor_command(
    after_deploy: Annotated[
        bool,
        typer.Option(
            "--after-deploy",
            help="Instead, let a worker render a tiny video, and check what must follow: ledger, bucket, log, metric, "
            "alarms.",
        ),
    ] = False,
    timeout: Annotated[
        str, typer.Option(help="With --after-deploy: how long a worker may take for the video, such as 10m.")
    ] = "10m",
    environment: Environment = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Examine an environment, and this machine: each finding with its remedy. Changes nothing.

    Exit code 1 where something fails; what is merely missing is a warning.

    With --after-deploy, a self-test: it times each step, notifies no backend, and removes what it made, also after
    Ctrl-C. Exit code 1 where a step fails, 3 where AWS refuses a step to you.
    """
    names = ("queue_url", "cluster_name")
    seconds = parse_duration(timeout, "--timeout")
    context = Context(environment, outputs, dict.fromkeys(names))
    if after_deploy:
        run_self_test(context, seconds, as_json=as_json)
        return
    results: list[CheckResult] = []
    for result in examine(Subject(context)):
        results.append(result)
        if not as_json:
            _print(result)
    bad = sum(result.level is Level.FAIL for result in results)
    warned = sum(result.level is Level.WARN for result in results)
    if as_json:
        output.as_json({"is_good": not bad, "checks": [dataclasses.asdict(result) for result in results]})
    else:
        output.line(f"{bad} failed, {warned} warned, {len(results) - bad - warned} fine", "bold")
    if bad:
        raise typer.Exit(ExitCode.FINDING)


def examine(subject: Subject) -> Iterator[CheckResult]:
    """Run every check; stop after a failure of one that the others need."""
    for name, check in HERE.items():
        yield from _run(name, check, subject)
    for name, check in NEEDED.items():
        if name == "state" and subject.context.file is not None:
            continue  # the names are given; the state may be anywhere
        results = list(_run(name, check, subject))
        yield from results
        if any(result.level is Level.FAIL for result in results):
            return
    for name, check in DEPLOYED.items():
        yield from _run(name, check, subject)


def _run(name: str, check: Check, subject: Subject) -> Sequence[CheckResult]:
    """A check's results; an error in the check is a result too."""
    found: list[CheckResult] = []
    try:
        found.extend(check(subject))
    except AWS_ERRORS as error:
        level = Level.WARN if isinstance(error, ClientError) and is_denied(error) else Level.FAIL
        found.append(CheckResult(name, level, "can't be looked at", explain(error)))
    except OperatorError as error:
        found.append(CheckResult(name, Level.FAIL, str(error)))
    except Exception as error:  # noqa: BLE001 - the other checks are made all the same
        found.append(CheckResult(name, Level.FAIL, "can't be looked at", flaw(error)))
    return found


def _print(result: CheckResult) -> None:
    """Print a result and its remedy: in columns on a terminal, on unwrapped lines elsewhere."""
    level = Text(f"{result.level:4}", style=_STYLES[result.level])
    what, remedy = Text(output.clean(result.what)), Text(output.clean(result.remedy), style="dim")
    if not output.console.is_terminal:
        output.line(f"{level.plain} {result.check:{_WIDTH}}  {what.plain}")
        if remedy.plain:
            output.line(f"{'':{_WIDTH + 7}}{remedy.plain}")
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=4)
    grid.add_column(width=_WIDTH)
    grid.add_column(overflow="fold")
    grid.add_row(level, Text(result.check), what)
    if remedy.plain:
        grid.add_row("", "", remedy)
    output.show(grid)
