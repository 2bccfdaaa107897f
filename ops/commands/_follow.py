"""Follows a job to its end, with a progress bar on the terminal."""

from collections.abc import Callable

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops.aws.ledger import JobState, follow, job_state
from ops.commands._job_state import words_of
from ops.console import output
from ops.errors import StoppedError, UnfinishedError
from ops.stack.context import Context


def follow_job(context: Context, job_id: str, *, timeout: float | None, attempts: int = 0) -> JobState:
    """Follow a job to its end, with a progress bar on a terminal that has colours.

    Params:
        timeout: longest wait in seconds; None: no limit.
        attempts: attempts of an earlier message of the same job; their end is ignored.

    Raises `UnfinishedError` if the time runs out, `StoppedError` if the person presses Ctrl-C, and botocore's errors.
    """
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")

    def read_state() -> JobState | None:
        state = job_state(dynamodb, table, job_id)
        return state if state is None or state.attempt > attempts else None

    resume = f"The job itself goes on: `hospup-video status {output.clean(job_id)} --wait` follows it again."
    try:
        with _Bar() as bar:
            state = follow(read_state, bar.show, seconds=timeout)
    except KeyboardInterrupt:
        raise StoppedError(f"No longer waiting. {resume}") from None
    within = f"within {timeout or 0:g} s"
    if state is None:
        raise UnfinishedError(f"No worker took the job {within}: see `hospup-video workers`. {resume}")
    if not state.has_ended:
        raise UnfinishedError(f"{state.progress} % of the job was done {within}. {resume}")
    return state


class _Bar:
    """A progress bar on standard error; where none can be drawn, one line per change of state."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        self._progress = Progress(*columns, TimeElapsedColumn(), console=output.problems, transient=True)
        self._task = self._progress.add_task("waiting for a worker", total=100)
        self._last = ""
        self._is_drawn = output.can_draw()
        self.show: Callable[[JobState | None], None] = self._draw if self._is_drawn else self._print_change

    def __enter__(self) -> "_Bar":
        if self._is_drawn:
            self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_drawn:
            self._progress.stop()

    def _draw(self, state: JobState | None) -> None:
        if state is not None:
            self._progress.update(self._task, description=words_of(state), completed=state.progress)

    def _print_change(self, state: JobState | None) -> None:
        words = "waiting for a worker" if state is None else words_of(state)
        if words != self._last:
            self._last = words
            output.warn(words, "")
