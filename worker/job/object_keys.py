"""The object key of a job's video, from which the keys of its other files derive, and the length that S3 allows."""

from collections.abc import Iterator

from worker.job import limits
from worker.job.errors import ErrorCode, PermanentError
from worker.job.media_url import S3Location, parse_location
from worker.job.model import Job, Output

PREFIX = "generated-videos"

CLASH_SUFFIX = "-final"
"""Added before the suffix of an output's key, as often as needed to differ from every input."""

_SHOWN_CHARACTERS = 80


def default_key(property_id: str, video_id: str) -> str:
    """The key of a video whose job names none."""
    return f"{PREFIX}/{property_id}/{video_id}.mp4"


def video_key(job: Job) -> str:
    """The key that a job asks for, by which generations of one video are known; a clash may lengthen it."""
    return job.output.key or default_key(job.property_id, job.video_id)


def check_key_length(job: Job) -> None:
    """Raise `PermanentError` (LIMIT_EXCEEDED), with the field, where a key of the job's files may become too long."""
    stem = video_key(job).removesuffix(".mp4")
    inputs = [parse_location(source, pointer) for source, pointer in job.sources]
    # Each input has one stem at most that it clashes with.
    clashes = sum(isinstance(place, S3Location) and place.key.startswith(stem) for place in inputs)
    added = len(CLASH_SUFFIX) * clashes + max(map(len, _suffixes(job.output)))
    most = limits.KEY_BYTES - added
    size = len(stem.encode())
    if size > most:
        message = (
            f"The object key {stem[:_SHOWN_CHARACTERS]}… has {size} bytes without its suffix; {most} are possible."
        )
        raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, _pointer(job))


def _suffixes(output: Output) -> Iterator[str]:
    """What the keys of an output's files add to the stem; a rung's file is shorter than the master playlist."""
    yield from (".mp4", ".jpg", ".webp")
    yield from (f"/{rendition.name}.mp4" for rendition in output.renditions)
    if output.hls:
        yield "/hls/master.m3u8"


def _pointer(job: Job) -> str:
    if job.output.key is not None:
        return "/output/key"
    return "/video_id" if len(job.video_id.encode()) >= len(job.property_id.encode()) else "/property_id"
