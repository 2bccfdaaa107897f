"""`doctor`: what is wrong, and what to do about it."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table
from rich.text import Text

from ops import show
from ops.checks.account import check_credentials, check_permissions, check_quotas
from ops.checks.finding import Finding, Level, Subject
from ops.checks.network import check_network
from ops.checks.running import check_image, check_queue, check_workers
from ops.checks.state import check_state
from ops.checks.tools import check_tools
from ops.checks.webhook import check_signing_key, check_webhook
from ops.context import Context
from ops.errors import ExitCode, OperatorError
from ops.options import AsJson, Environment, Outputs
from ops.refusals import explain, is_denied

Check = Callable[[Subject], Iterator[Finding]]

HERE: dict[str, Check] = {"tools": check_tools}
NEEDED: dict[str, Check] = {"credentials": check_credentials, "state": check_state}
"""Without these nothing else can be looked at."""
DEPLOYED: dict[str, Check] = {
    "permissions": check_permissions,
    "image": check_image,
    "workers": check_workers,
    "queue": check_queue,
    "quotas": check_quotas,
    "network": check_network,
    "webhook": check_webhook,
    "signing key": check_signing_key,
}
_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_WIDTH = 12


def doctor_command(environment: Environment = None, outputs: Outputs = None, as_json: AsJson = False) -> None:
    """Examine an environment, and this machine: each finding with its remedy. Changes nothing.

    Exit code 1 where something fails; what is merely missing is a warning.
    """
    names = ("queue_url", "cluster_name")
    context = Context(environment, outputs, dict.fromkeys(names))
    found: list[Finding] = []
    for finding in examine(Subject(context)):
        found.append(finding)
        if not as_json:
            _print(finding)
    bad = sum(finding.level is Level.FAIL for finding in found)
    warned = sum(finding.level is Level.WARN for finding in found)
    if as_json:
        show.as_json([dataclasses.asdict(finding) for finding in found])
    else:
        show.say(f"{bad} failed, {warned} warned, {len(found) - bad - warned} fine", "bold")
    if bad:
        raise typer.Exit(ExitCode.FINDING)


def examine(subject: Subject) -> Iterator[Finding]:
    """Every check in turn, as long as what it builds upon holds."""
    for name, check in HERE.items():
        yield from _run(name, check, subject)
    for name, check in NEEDED.items():
        if name == "state" and subject.context.outputs_file is not None:
            continue  # the names are given; the state may be anywhere
        results = list(_run(name, check, subject))
        yield from results
        if any(finding.level is Level.FAIL for finding in results):
            return
    for name, check in DEPLOYED.items():
        yield from _run(name, check, subject)


def _run(name: str, check: Check, subject: Subject) -> Sequence[Finding]:
    """A check's findings; one that can't be made is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(check(subject))
    except ClientError as error:
        level = Level.WARN if is_denied(error) else Level.FAIL
        found.append(Finding(name, level, "can't be looked at", explain(error)))
    except BotoCoreError as error:
        found.append(Finding(name, Level.FAIL, "can't be looked at", explain(error)))
    except OperatorError as error:
        found.append(Finding(name, Level.FAIL, str(error)))
    return found


def _print(finding: Finding) -> None:
    """A line, and its remedy under it: folded below itself on a terminal, in one piece in a file."""
    level = Text(f"{finding.level:4}", style=_STYLES[finding.level])
    what, remedy = Text(show.clean(finding.what)), Text(show.clean(finding.remedy), style="dim")
    if not show.console.is_terminal:
        show.console.print(Text(f"{level.plain} {finding.check:{_WIDTH}}  {what.plain}"), soft_wrap=True)
        if remedy.plain:
            show.say(f"{'':{_WIDTH + 7}}{remedy.plain}")
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=4)
    grid.add_column(width=_WIDTH)
    grid.add_column(overflow="fold")
    grid.add_row(level, Text(finding.check), what)
    if remedy.plain:
        grid.add_row("", "", remedy)
    show.console.print(grid)
