"""A table of jobs that is read again and again."""

import time
from collections.abc import Callable, Sequence

from rich import box
from rich.console import RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ops.aws.ledger import JobState
from ops.commands._job_state import style_of
from ops.console import output
from ops.errors import UsageError

_SECONDS = 2.0
"""Time between two looks."""
_BAR_COLUMNS = 8
_OTHER_LINES = 5
"""Lines of the table beside its rows: the head and the caption."""


def watch(read_jobs: Callable[[int], Sequence[JobState]]) -> None:
    """Show the jobs in a table on the terminal, read anew every 2 s, until Ctrl-C. Raises `UsageError` elsewhere.

    The table is as long as the terminal is high, and gone when the person stops watching. `read_jobs` is asked for as
    many jobs as it has rows.
    """

    def table() -> RenderableType:
        return jobs_table(read_jobs(max(output.console.height - _OTHER_LINES, 1)))

    if not output.console.is_terminal:
        raise UsageError("--watch needs a terminal: leave it out, or give --json.")
    try:
        with Live(table(), console=output.console, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(_SECONDS)
                live.update(table(), refresh=True)
    except KeyboardInterrupt:
        return


def jobs_table(jobs: Sequence[JobState]) -> RenderableType:
    """A table of jobs, one row each."""
    clock = time.strftime("%H:%M:%S")
    table = Table(
        box=box.SIMPLE_HEAD,
        expand=True,
        padding=(0, 1, 0, 0),
        caption=f"{output.count(len(jobs), 'job')} at {clock}; Ctrl-C ends",
    )
    for name, width in (("begun", 10), ("status", 9), ("", _BAR_COLUMNS), ("property", 8)):
        table.add_column(name, width=width, no_wrap=True, overflow="ellipsis")
    for name, ratio in (("job", 3), ("needs you", 4)):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for job in jobs:
        style = style_of(job)
        cells = [
            Text(output.clean(cell), style=style)
            for cell in (output.ago(job.created_at), job.status.lower(), job.property_id, job.job_id, _trouble(job))
        ]
        table.add_row(*cells[:2], _progress(job), *cells[2:])
    return table


def _progress(job: JobState) -> RenderableType:
    """A bar; without colours, in which its rest can't be told from the ground, a number."""
    if output.console.no_color:
        return Text(f"{job.progress} %", justify="right")
    return ProgressBar(total=100, completed=job.progress, width=_BAR_COLUMNS)


def _trouble(job: JobState) -> str:
    """What an operator should look at, the most urgent alone."""
    if job.is_abandoned:
        return f"worker gone {output.ago(job.lease_expires_at)}"
    if job.status == "ERROR":
        return job.error_code or job.error
    if job.has_webhook_trouble:
        return f"webhook {job.webhook_summary}"
    return f"attempt {job.attempt}" if job.attempt > 1 and not job.has_ended else ""
