"""What the webhook says: flat JSON, in the words that the backend's callback model reads (contract, section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from worker.job import Addressee, Job, JobWarning, PermanentError, limited


def progressing(addressee: Addressee, progress: int) -> dict[str, Any]:
    """A job on its way; `progress` is 0 to 100."""
    return {**_base(addressee), "status": "PROGRESSING", "progress": progress}


def complete(
    job: Job,
    addressee: Addressee,
    *,
    file_url: str,
    thumbnail_url: str,
    duration: float,
    clips: int,
    seconds: float,
    warnings: Sequence[JobWarning],
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A finished video: `duration` in seconds as measured on the file, `seconds` from claim to publication; `files` are
    the URLs of whatever else the job asked for, by name."""
    payload = {
        **_base(addressee),
        "status": "COMPLETE",
        "progress": 100,
        "file_url": file_url,
        "output_url": file_url,
        "thumbnail_url": thumbnail_url,
        "duration": round(duration, 3),
        "total_duration": round(duration, 3),
        "processing_time": _seconds(seconds),
        "segments_processed": clips,
        "warnings": [asdict(warning) for warning in limited(warnings)],
    }
    if files:
        payload["files"] = dict(files)
    if job.metadata:
        payload["metadata"] = job.metadata
    return payload


def failed(addressee: Addressee, error: PermanentError, *, seconds: float) -> dict[str, Any]:
    """A job that made no video."""
    return {
        **_base(addressee),
        "status": "ERROR",
        "progress": 0,
        "processing_time": _seconds(seconds),
        "error": error.message,
        "error_code": str(error.code),
        "error_pointer": error.pointer,
        "retryable": error.retryable,
    }


def _base(addressee: Addressee) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "job_id": addressee.job_id,
        "video_id": addressee.video_id,
        "property_id": addressee.property_id,
    }
    labels = {"user_id": addressee.user_id, "template_id": addressee.template_id}
    return fields | {name: value for name, value in labels.items() if value is not None}


def _seconds(value: float) -> str:
    return f"{value:.1f}s"
