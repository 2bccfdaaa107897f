"""A job on the screen: its state in words, and a bar while it is followed."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops import show
from ops.context import Context
from ops.durations import seconds_of
from ops.errors import FindingError, UsageError
from ops.ledger import JobState, follow, job_state

_STYLES = {"COMPLETE": "green", "ERROR": "red"}
_WORDS = {"QUEUED": "back in the queue", "RENDERING": "rendering", "COMPLETE": "complete", "ERROR": "failed"}


def follow_job(context: Context, job_id: str, *, timeout: str | None, attempts: int = 0) -> JobState:
    """Follow a job to its end, with a bar where a person looks.

    Params:
        timeout: how long at most, such as `30m`; None: for ever.
        attempts: attempts that an earlier sending took; an end of theirs doesn't count.

    Raises `FindingError` where the time runs out, or the person stops waiting, and botocore's errors.
    """
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    seconds = None if timeout is None else seconds_of(timeout, "--timeout")

    def look() -> JobState | None:
        state = job_state(dynamodb, table, job_id)
        return state if state is None or state.attempt > attempts else None

    resume = f"The job itself goes on: `hospup-video status {show.clean(job_id)} --wait` follows it again."
    try:
        with _Bar() as bar:
            state = follow(look, bar.show, seconds=seconds)
    except KeyboardInterrupt:
        raise FindingError(f"No longer waiting. {resume}") from None
    if state is None:
        raise FindingError(f"No worker took the job within {timeout}: see `hospup-video workers`. {resume}")
    if not state.has_ended:
        raise FindingError(f"The job was not done within {timeout}, but {state.progress} % of it. {resume}")
    return state


def print_state(context: Context, state: JobState) -> None:
    """Print all that is known of a job."""
    line = f"{show.clean(state.status)}  {state.progress} %, attempt {state.attempt}"
    show.say(f"{line}, stage {show.clean(state.stage)}" if not state.has_ended else line, _STYLES.get(state.status, ""))
    pairs: dict[str, object] = {"job": state.job_id, "video": state.video_id, "property": state.property_id}
    pairs |= {f"{name} file": where for name, where in _locations(context, state).items()}
    if state.error:
        pairs |= {"error": state.error, "code": state.error_code, "field": state.error_pointer}
        pairs["again"] = "may succeed if sent again" if state.retryable else "can't succeed as it was sent"
    pairs["webhook"] = state.webhook.lower() if state.has_ended else ""
    pairs["begun"] = _moment(state.created_at)
    pairs["changed"] = _moment(state.updated_at)
    show.fields({name: show.clean(value) for name, value in pairs.items() if value}, indent=2)
    if state.is_abandoned:
        show.say(
            f"  Its worker is gone: the lease ran out {show.ago(state.lease_expires_at)}. The next receive of the "
            "message gives it to another.",
            "yellow",
        )


def fetch_video(context: Context, state: JobState, target: Path) -> None:
    """Fetch a finished job's video into a file. Raises `FindingError` where there is none, and botocore's errors."""
    if "video" not in state.outputs:
        raise FindingError(f"Job {state.job_id} has no video: it is {_words(state)}.")
    bucket = context.name("media_bucket")
    try:
        context.session.client("s3").download_file(bucket, state.outputs["video"], str(target))
    except OSError as error:
        raise UsageError(f"{target} can't be written ({error.strerror}): name another file with --output.") from error
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "404":
            raise
        raise FindingError(
            f"s3://{bucket}/{state.outputs['video']} is gone: it was deleted, or has expired."
        ) from error


def state_json(context: Context, state: JobState) -> dict[str, Any]:
    """All that is known of a job, for programs."""
    return dataclasses.asdict(state) | {"locations": _locations(context, state), "abandoned": state.is_abandoned}


def _locations(context: Context, state: JobState) -> dict[str, str]:
    """Where the outputs lie; keys alone where the bucket isn't known."""
    bucket = context.known_quietly("media_bucket") if state.outputs else None
    return {name: f"s3://{bucket}/{key}" if bucket else key for name, key in state.outputs.items()}


def _moment(seconds: float) -> str:
    if not seconds:
        return ""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))} UTC, {show.ago(seconds)}"


class _Bar:
    """A progress bar on standard error; a line for each change of state where nobody looks."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        self._progress = Progress(*columns, TimeElapsedColumn(), console=show.problems, transient=True)
        self._task = self._progress.add_task("waiting for a worker", total=100)
        self._said = ""
        self.show: Callable[[JobState | None], None] = self._draw if show.problems.is_terminal else self._tell

    def __enter__(self) -> "_Bar":
        if show.problems.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if show.problems.is_terminal:
            self._progress.stop()

    def _draw(self, state: JobState | None) -> None:
        if state is not None:
            self._progress.update(self._task, description=_words(state), completed=state.progress)

    def _tell(self, state: JobState | None) -> None:
        words = "waiting for a worker" if state is None else _words(state)
        if words != self._said:
            self._said = words
            show.complain(words, "")


def _words(state: JobState) -> str:
    words = _WORDS.get(state.status, show.clean(state.status))
    return f"{words}, attempt {state.attempt}" if state.attempt > 1 else words
