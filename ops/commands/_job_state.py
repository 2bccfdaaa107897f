"""A job's state in words and as JSON, and its finished video."""

import dataclasses
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ops.aws.job_parts import HelpersPart, helpers_parts
from ops.aws.job_timeline import timeline
from ops.aws.ledger import JobState
from ops.commands._timeline import bars
from ops.console import output
from ops.errors import FindingError, UsageError
from ops.stack.context import Context

_STYLES = {"COMPLETE": "green", "ERROR": "red"}
_WORDS = {
    "QUEUED": "back in the queue",
    "RENDERING": "rendering",
    "COMPLETE": "complete",
    "ERROR": "failed",
    "CANCELLED": "cancelled",
}


def words_of(state: JobState) -> str:
    """The job's status and attempt in words, such as `rendering, attempt 2`."""
    words = "being cancelled" if state.is_being_cancelled else _WORDS.get(state.status, output.clean(state.status))
    return f"{words}, attempt {state.attempt}" if state.attempt > 1 else words


def style_of(state: JobState) -> str:
    """The rich style of a job: what needs an operator is not green."""
    return "yellow" if state.status == "COMPLETE" and state.has_webhook_trouble else _STYLES.get(state.status, "")


def print_state(context: Context, state: JobState) -> None:
    """Print a job's state."""
    line = f"{output.clean(state.status)}  {state.progress} %, attempt {state.attempt}"
    output.line(line if state.has_ended else f"{line}, stage {output.clean(state.stage)}", style_of(state))
    pairs: dict[str, object] = {"job": state.job_id, "video": state.video_id, "property": state.property_id}
    pairs |= {f"{name} file": where for name, where in _locations(context, state).items()}
    if state.error:
        pairs |= {"error": state.error, "code": state.error_code, "field": state.error_pointer}
        pairs["retry"] = "may succeed if sent again" if state.retryable else "no: it can't succeed as it was sent"
    pairs["webhook"] = state.webhook_summary if state.has_ended else ""
    parts = _helpers_parts(context, state)
    pairs["worker"] = state.owner
    pairs["helpers"] = ", ".join(sorted({part.owner for part in parts}))
    pairs["lasts"] = f"{state.duration:g} s" if state.duration else ""
    pairs["took"] = state.processing_time.replace("s", " s")
    pairs["sent"] = _moment(state.sent_at)
    pairs["begun"] = _moment(state.created_at)
    pairs["changed"] = _moment(state.updated_at)
    if state.status == "RENDERING" and not state.is_abandoned and state.lease_expires_at:
        pairs["lease"] = f"holds for another {output.duration(state.lease_expires_at - time.time())}"
    output.fields({name: output.clean(value) for name, value in pairs.items() if value}, indent=2)
    for bar in bars(timeline(state, parts, time.time())):
        output.line(f"  {bar}", "dim")
    for warning in state.warnings:
        output.line(f"  warning  {' '.join(output.clean(part) for part in warning.values() if part)}", "yellow")
    if state.is_being_cancelled:
        output.line(
            f"  Cancelled {output.ago(state.cancel_requested_at)}: the worker that has the job, or receives it next, "
            "makes no video of it.",
            "yellow",
        )
    if state.is_abandoned:
        output.line(
            f"  Its worker is gone: the lease ran out {output.ago(state.lease_expires_at)}. The next receive of the "
            "message gives it to another.",
            "yellow",
        )
    if state.webhook == "PENDING" and state.webhook_answer:
        output.line("  Workers repeat the webhook while the job's message is in a queue.", "yellow")


def fetch_video(context: Context, state: JobState, target: Path) -> None:
    """Download a finished job's video. Raises `FindingError`, `UsageError` and botocore's errors."""
    if "video" not in state.outputs:
        raise FindingError(f"Job {state.job_id} has no video: its status is {state.status}.")
    if str(target) == "-":
        raise UsageError("A video is not written to standard output: name a file with --output.")
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
    output.warn(f"wrote {output.clean(target)}, {target.stat().st_size / 1e6:.1f} MB", "")


def state_json(context: Context, state: JobState) -> dict[str, Any]:
    """A job's state as JSON."""
    parts = _helpers_parts(context, state)
    return dataclasses.asdict(state) | {
        "helpers": [dataclasses.asdict(part) for part in parts],
        "locations": _locations(context, state),
        "abandoned": state.is_abandoned,
        "timeline": [dataclasses.asdict(period) for period in timeline(state, parts, time.time())],
    }


def _helpers_parts(context: Context, state: JobState) -> list[HelpersPart]:
    return helpers_parts(context.session.client("dynamodb"), context.name("jobs_table"), state)


def _locations(context: Context, state: JobState) -> dict[str, str]:
    """S3 locations of the outputs; only their keys if the bucket isn't known."""
    bucket = context.optional("media_bucket") if state.outputs else None
    return {name: f"s3://{bucket}/{key}" if bucket else key for name, key in state.outputs.items()}


def _moment(seconds: float) -> str:
    if not seconds:
        return ""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))} UTC, {output.ago(seconds)}"
