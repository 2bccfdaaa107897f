"""Version 1 of a job, and its JSON Schema."""

import json
from typing import Any

import jsonschema
import pytest

from tools.schema import JOB_SCHEMA, exports
from worker.job import ErrorCode, MessageBody, ParsedMessage, PermanentError, WarningCode, parse_message

JOB: dict[str, Any] = {
    "version": 1,
    "job_id": "01JABC",
    "video_id": "v",
    "property_id": "21",
    "output": {"width": 1080, "height": 1920, "fps": 30, "quality": "standard", "thumbnail": {"time": 1.0}},
    "clips": [
        {
            "source": "s3://hospup-files/videos/21/16/pool.MOV",
            "in": 2.5,
            "duration": 3.0,
            "fit": "cover",
            "adjustments": {"brightness": 10, "saturation": 15},
            "volume": 0.8,
            "speed": 1.5,
            "motion": "pan-left",
            "transition": {"type": "crossfade", "duration": 0.5},
        }
    ],
    "texts": [
        {
            "content": "Bienvenue",
            "start": 0,
            "end": 3,
            "position": {"x": 540, "y": 960},
            "max_width": 900,
            "animation": {"in": "fade", "out": "slide"},
            "style": {"fontSize": "80px", "color": "gold"},
        }
    ],
    "audio": {
        "soundtrack": "s3://hospup-files/music/summer.mp3",
        "volume": 0.6,
        "fade_out": 1.0,
        "loop": True,
        "duck_under_clips": True,
        "loudness": -14,
    },
    "webhook": {"url": "https://api.example.com/hook", "progress": True},
    "metadata": {"anything": "echoed back"},
}


def parse(**fields: Any) -> ParsedMessage:
    return parse_message(MessageBody(json.dumps(JOB | fields)))


def test_every_field_arrives() -> None:
    parsed = parse()
    job = parsed.job
    (clip,), (text,) = job.clips, job.texts
    assert (clip.in_point, clip.duration, clip.fit, clip.adjustments.saturation) == (2.5, 3.0, "cover", 15)
    assert clip.pointer == "/clips/0/source"
    assert (text.max_width, text.style.font_size, text.style.color[:3]) == (900, 80, (255, 215, 0))
    assert job.webhook.progress
    assert job.metadata == {"anything": "echoed back"}
    assert (clip.speed, clip.motion, clip.transition.type, clip.volume) == (1.5, "pan-left", "crossfade", 0.8)
    assert (text.animation.into, text.animation.out) == ("fade", "slide")
    assert (job.audio.loudness, job.audio.loop, job.audio.duck_under_clips) == (-14, True, True)
    assert job.sources[-1] == ("s3://hospup-files/music/summer.mp3", "/audio/soundtrack")
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"version": 2}, ErrorCode.INVALID_MESSAGE, "/version"),
        ({"job_id": "a/b"}, ErrorCode.INVALID_MESSAGE, "/job_id"),
        ({"clips": []}, ErrorCode.INVALID_MESSAGE, ""),
        (
            {"clips": [{"source": "s3://hospup-files/a.mp4", "duration": 0}]},
            ErrorCode.INVALID_MESSAGE,
            "/clips/0/duration",
        ),
        ({"clips": [{"source": "file:///etc/passwd"}]}, ErrorCode.INVALID_MESSAGE, "/clips/0/source"),
        ({"output": {"width": 1081}}, ErrorCode.INVALID_MESSAGE, "/output/width"),
        ({"audio": {"soundtrack": "ftp://x/y.mp3"}}, ErrorCode.INVALID_MESSAGE, "/audio/soundtrack"),
        ({"audio": {"loudness": -3}}, ErrorCode.LIMIT_EXCEEDED, "/audio/loudness"),
        ({"output": {"key": "videos/21/16/pool.mp4"}}, ErrorCode.INVALID_MESSAGE, "/output/key"),
        ({"output": {"width": 8000}}, ErrorCode.LIMIT_EXCEEDED, "/output/width"),
        ({"texts": [{"content": "x" * 3000}]}, ErrorCode.LIMIT_EXCEEDED, "/texts/0/content"),
        ({"clips": [{"source": "s3://hospup-files/a.mp4", "duration": 400}] * 2}, ErrorCode.LIMIT_EXCEEDED, "/clips"),
    ],
)
def test_refusals_name_the_field(fields: dict[str, Any], code: ErrorCode, pointer: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse(**fields)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_an_unknown_field_is_reported() -> None:
    (warning,) = parse(confetti=True).warnings
    assert (warning.code, warning.pointer) == (WarningCode.UNKNOWN_FIELD, "/confetti")


def test_the_repo_holds_the_schema_of_the_code() -> None:
    assert {path: path.read_text(encoding="utf-8") for path, _ in exports()} == dict(exports())


def test_the_schema_says_what_the_code_says() -> None:
    schema = json.loads(dict(exports())[JOB_SCHEMA])
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert not list(validator.iter_errors(JOB))
    assert list(validator.iter_errors(JOB | {"version": 2}))
    assert list(validator.iter_errors(JOB | {"output": {"fps": 31}}))
