"""The self-test on the terminal, or as JSON."""

import dataclasses

import typer
from rich.table import Table
from rich.text import Text

from ops.checks.result import Level
from ops.console import output
from ops.errors import ExitCode
from ops.selftest.result import StepResult
from ops.selftest.run import run
from ops.selftest.trial import Trial
from ops.stack.context import Context

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_WIDTH = 9


def run_self_test(context: Context, seconds: float, *, as_json: bool) -> None:
    """Run the self-test, print it step by step, and end with its exit code.

    `seconds` is the longest that a worker may take for the video.
    """
    trial = Trial(context, seconds)
    report = run(trial, _ignore if as_json else _print)
    if as_json:
        output.as_json({"is_good": report.is_good, **dataclasses.asdict(report)})
    else:
        total = sum(step.seconds for step in report.steps)
        verdict = "The environment works" if report.is_good else "The self-test failed"
        output.line(f"{verdict}: {len(report.steps)} steps in {total:.0f} s.", "bold")
        for sentence in report.remains:
            output.warn(f"Not removed: {output.clean(sentence)}", "yellow")
        if not report.remains:
            output.line("What it made is removed; a bucket with versioning keeps old versions.", "dim")
    if not report.is_good:
        raise typer.Exit(ExitCode.AWS if report.is_refused else ExitCode.FINDING)


def _ignore(_: StepResult) -> None:
    """JSON is printed whole, at the end."""


def _print(result: StepResult) -> None:
    """Print a step: in columns on a terminal, on unwrapped lines elsewhere."""
    what, remedy = output.clean(result.what), output.clean(result.remedy)
    seconds = f"{result.seconds:.1f} s"
    if not output.console.is_terminal:
        output.line(f"{result.level:4} {result.step:{_WIDTH}} {seconds:>8}  {what}")
        if remedy:
            output.line(f"{'':{_WIDTH + 16}}{remedy}")
        return
    grid = Table.grid(padding=(0, 1))
    for width in (4, _WIDTH):
        grid.add_column(width=width)
    grid.add_column(width=8, justify="right")
    grid.add_column(overflow="fold")
    grid.add_row(Text(result.level, style=_STYLES[result.level]), Text(result.step), Text(seconds), Text(what))
    if remedy:
        grid.add_row("", "", "", Text(remedy, style="dim"))
    output.show(grid)
