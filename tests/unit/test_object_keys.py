"""Names that S3, SQS, DynamoDB or XML refuse are refused when a message is parsed, with the field."""

import json
from typing import Any
from xml.dom import minidom
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from worker.job import ErrorCode, Job, MessageBody, PermanentError, limits, parse_message, peek_identity
from worker.media.publish import output_keys
from worker.video.plan import output_files

FIELDS = ["job_id", "video_id", "property_id"]
BUCKET = "files"

names = st.builds(str.__mul__, st.sampled_from("aé€🌊"), st.integers(1, 128))
"""Of one to four bytes per character."""

keys = st.builds("generated-videos/{}.mp4".format, st.builds(str.__mul__, st.sampled_from("é🌊"), st.integers(1, 490)))


def message(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "job_id": "j", "video_id": "v", "clips": [{"source": "s3://files/a.mp4"}], **fields}


def parse(fields: dict[str, Any]) -> Job:
    return parse_message(MessageBody(json.dumps(fields))).job


def keys_of(job: Job) -> list[str]:
    """The keys of every file that a job may have, as the worker names them."""
    keys = output_keys(job, BUCKET)
    stem = keys.video.removesuffix(".mp4")
    rungs = [file.rung for file in output_files.files(job.output) if file.rung]
    hls = [f"{stem}/hls/{name}" for rung in rungs for name in (f"{rung}.m4s", f"{rung}.m3u8", "master.m3u8")]
    renditions = [f"{stem}/{rendition.name}.mp4" for rendition in job.output.renditions]
    return [keys.video, keys.thumbnail, f"{stem}.webp", *renditions, *hls]


def is_storable(key: str) -> bool:
    """Whether S3 takes a key: at most 1,024 bytes of UTF-8, in characters that XML has."""
    try:
        minidom.parseString(f"<Key>{escape(key)}</Key>")  # noqa: S318  the test's own text
        return len(key.encode()) <= limits.KEY_BYTES
    except (ExpatError, UnicodeError):
        return False


def refusal(fields: dict[str, Any]) -> PermanentError | None:
    try:
        parse(fields)
    except PermanentError as refused:
        return refused
    return None


@settings(max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ids=st.tuples(names, names), key=st.none() | keys, hls=st.booleans(), rendition=st.integers(0, 32), data=st.data()
)
@example(ids=("a" * 128, "🌊" * 128), key=None, hls=True, rendition=32, data=None)
@example(ids=("🌊" * 128, "🌊" * 128), key=None, hls=False, rendition=0, data=None)
def test_every_key_of_an_accepted_job_is_short_enough(
    ids: tuple[str, str], key: str | None, hls: bool, rendition: int, data: st.DataObject | None
) -> None:
    clashes = data.draw(st.integers(0, 3)) if data else 0
    output: dict[str, Any] = {"key": key, "hls": hls}
    output["renditions"] = [{"name": "r" * rendition, "width": 64, "height": 64}] if rendition else []
    stem = (key or "generated-videos/{}/{}.mp4".format(*ids)).removesuffix(".mp4")
    sources = [f"s3://{BUCKET}/{stem}{'-final' * number}.mp4" for number in range(clashes)]
    assume(all(len(source.encode()) - len("s3://files/") <= limits.KEY_BYTES for source in sources))
    clips = [{"source": source} for source in (*sources, "s3://files/a.mp4")]
    fields = message(property_id=ids[0], video_id=ids[1], output=output, clips=clips)
    stored = keys_of(Job.model_validate(fields))
    refused = refusal(fields)
    if refused is None:
        assert all(map(is_storable, stored))
    else:
        assert refused.code is ErrorCode.LIMIT_EXCEEDED
        assert refused.pointer in ({"/output/key"} if key else {"/video_id", "/property_id"})
        assert max(len(each.encode()) for each in stored) > limits.KEY_BYTES


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ud800", "\0", "\n", "\x7f"])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("dialect", ["v1", "backend"])
def test_an_id_with_a_character_that_aws_refuses_is_refused(character: str, field: str, dialect: str) -> None:
    fields = message(segments=[{"video_url": "s3://files/a.mp4", "duration": 1}], **{field: f"a{character}"})
    if dialect == "backend":
        del fields["version"], fields["clips"]
    refused = refusal(fields)
    assert refused is not None
    assert (refused.code, refused.pointer) == (ErrorCode.INVALID_MESSAGE, f"/{field}")
    identity = peek_identity(MessageBody(json.dumps(fields)), {})
    assert (identity is None) == (field == "job_id")


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(name=st.text(st.characters(codec=None), min_size=1, max_size=3))
def test_an_id_that_is_accepted_can_be_stored(name: str) -> None:
    fields = message(video_id=name, output={"key": f"generated-videos/{name}.mp4"})
    refused = refusal(fields)
    if refused is None:
        assert all(map(is_storable, keys_of(parse(fields))))
    else:
        assert refused.pointer in {"/video_id", "/output/key"}
