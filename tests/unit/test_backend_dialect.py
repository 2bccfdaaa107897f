"""The backend's messages: those that it sends, and malformed ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from worker.job import (
    Adjustments,
    BaseVideo,
    Color,
    ErrorCode,
    MessageBody,
    ParsedMessage,
    PermanentError,
    Position,
    Shadow,
    Stroke,
    WarningCode,
    parse_message,
)

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return message


def parse(message: object) -> ParsedMessage:
    return parse_message(MessageBody(json.dumps(message)))


def minimal(**fields: Any) -> dict[str, Any]:
    return {
        "job_id": "job-1",
        "video_id": "video-1",
        "segments": [{"video_url": "s3://hospup-files/a.mp4", "duration": 2.0}],
        **fields,
    }


def refused(message: object) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        parse(message)
    return caught.value


def test_clips_become_a_v1_job() -> None:
    parsed = parse(example("backend-clips"))
    job = parsed.job
    assert (job.job_id, job.property_id, job.user_id, job.template_id) == (
        "3b0f6a52-5a0f-4a53-9a8e-0c3f6d1b7a01",
        "16",
        "21",
        "tpl-004",
    )
    assert job.base is None
    assert [clip.source for clip in job.clips] == [
        "s3://hospup-files/videos/21/16/jardin été.MOV",
        "https://s3.eu-west-1.amazonaws.com/hospup-files/videos/21/16/terrasse.mp4",
        "s3://hospup-files/videos/21/16/allée.mp4",
    ]
    assert [clip.duration for clip in job.clips] == [2.4, 2.6, 2.5]
    assert {(clip.in_point, clip.fit) for clip in job.clips} == {(0.0, "contain")}
    assert job.clips[0].adjustments == Adjustments(brightness=12, contrast=8, saturation=20)
    assert job.clips[1].adjustments.is_neutral
    assert job.adjustments == ()
    assert job.webhook.url is None
    assert not job.webhook.started  # its receiver keeps no order
    assert parsed.warnings == ()


def test_texts_carry_their_whole_style() -> None:
    first, second, third = parse(example("backend-clips")).job.texts
    assert (first.content, first.start, first.end) == ("Bienvenue à l'hôtel", 0.0, 2.4)
    assert first.position == Position(x=540, y=1600)
    assert (first.style.font_family, first.style.font_size, first.style.font_weight) == ("Montserrat", 96, 700)
    assert first.style.background == Color(0, 0, 0, 0.7)
    assert first.style.padding == (24, 40, 24, 40)
    assert (first.style.border_radius, first.style.shadows, first.style.stroke) == (24, (), None)
    assert second.content == "100 % vue jardin 🌿\nréservez maintenant"
    assert second.style.shadows == (Shadow(3, 3, 12, Color(0, 0, 0, 0.9)),)
    assert third.style.italic
    assert third.style.stroke == Stroke(2, Color(0x1B, 0x43, 0x32))


def test_a_base_video_wins_and_its_presets_become_intervals() -> None:
    job = parse(example("backend-base-video")).job
    key = "s3://hospup-files/generated-videos/7/4e9d1c7b-0f3a-4b62-a8d5-91c6e2f7b302.mp4"
    assert job.base == BaseVideo(source=key, pointer="/base_video_url")
    assert job.clips == ()
    assert job.property_id == "7"
    assert [(interval.start, interval.end) for interval in job.adjustments] == [(0, 2), (2, 4)]
    assert job.adjustments[1].adjustments == Adjustments(hue=-12, contrast=10, saturation=20)


def test_the_other_name_of_a_base_video() -> None:
    job = parse(minimal(mediaconvert_output_url="s3://hospup-files/b.mp4")).job
    assert job.base is not None
    assert job.base.source == "s3://hospup-files/b.mp4"


def test_segments_play_in_their_order_and_pair_with_clips_by_it() -> None:
    segments = [
        {"video_url": "s3://hospup-files/b.mp4", "duration": 1, "order": 2},
        {"video_url": "s3://hospup-files/a.mp4", "duration": 1, "order": 1},
        {"video_url": "s3://hospup-files/c.mp4", "duration": 1, "order": 2},
    ]
    script = {"clips": [{"order": 1, "presets": {"hue": 10}}, {"order": 2, "presets": {"hue": 20}}]}
    clips = parse(minimal(segments=segments, custom_script=script)).job.clips
    assert [clip.source[-5] for clip in clips] == ["a", "b", "c"]
    assert [clip.adjustments.hue for clip in clips] == [10, 20, 0]


def test_presets_of_another_interval_apply_to_that_interval() -> None:
    segments = [{"video_url": "s3://hospup-files/a.mp4", "duration": 4, "start_time": 0, "end_time": 4, "order": 1}]
    script = {"clips": [{"order": 1, "start_time": 1, "end_time": 2, "presets": {"saturation": -100}}]}
    job = parse(minimal(segments=segments, custom_script=script)).job
    assert job.clips[0].adjustments.is_neutral
    assert [(item.start, item.end, item.adjustments.saturation) for item in job.adjustments] == [(1, 2, -100)]


def test_clips_alone_are_the_segments() -> None:
    script = {"clips": [{"order": 1, "duration": 3, "video_url": "s3://hospup-files/x.mp4", "presets": {"hue": 5}}]}
    (clip,) = parse(minimal(segments=[], custom_script=script)).job.clips
    assert (clip.source, clip.duration, clip.adjustments.hue) == ("s3://hospup-files/x.mp4", 3.0, 5)


@pytest.mark.parametrize(
    ("fields", "duration"),
    [
        ({"duration": 999}, None),
        ({"duration": 0}, None),
        ({"duration": 0, "start_time": 0, "end_time": 3}, None),
        ({"duration": "0"}, None),
        ({"duration": None}, None),
        ({"duration": "2.5"}, 2.5),
        ({"start_time": 2, "end_time": 5}, 3.0),
        ({}, None),
        ({"duration": "abc"}, None),
    ],
)
def test_duration_of_a_segment(fields: dict[str, Any], duration: float | None) -> None:
    segment = {"video_url": "s3://hospup-files/a.mp4", **fields}
    assert parse(minimal(segments=[segment])).job.clips[0].duration == duration


@pytest.mark.parametrize("url", ["", "  ", None])
def test_a_segment_without_a_url_is_dropped_while_others_remain(url: str | None) -> None:
    segments = [{"video_url": url, "duration": 1}, {"video_url": "s3://hospup-files/a.mp4", "duration": 2}]
    for message in (minimal(segments=segments), minimal(segments=[], custom_script={"clips": segments})):
        parsed = parse(message)
        assert [clip.source for clip in parsed.job.clips] == ["s3://hospup-files/a.mp4"]
        (warning,) = parsed.warnings
        assert (warning.code, warning.pointer[-2:]) == (WarningCode.CLIP_DROPPED, "/0")


@pytest.mark.parametrize(
    ("x", "y", "size", "is_percent"),
    [(50, 50, 24, True), (100, 100, 29, True), (50, 50, 30, False), (101, 50, 24, False), (540, 960, 24, False)],
)
def test_a_position_that_looks_like_percent_is_reported(x: float, y: float, size: float, is_percent: bool) -> None:
    texts = [{"content": "Été", "position": {"x": x, "y": y}, "style": {"fontSize": size}}]
    parsed = parse(minimal(custom_script={"texts": texts}))
    assert parsed.job.texts[0].position == Position(x=x, y=y)
    assert [warning.pointer for warning in parsed.warnings] == ["/custom_script/texts/0/position"] * is_percent
    assert all("percent" in warning.message for warning in parsed.warnings)


@pytest.mark.parametrize(("sent", "read"), [(0, 1.0), ("0", 1.0), (0.0, 1.0), (None, 1.0), (0.3, 0.3)])
def test_an_opacity_of_zero_counts_as_absent(sent: object, read: float) -> None:
    parsed = parse(minimal(custom_script={"texts": [{"content": "Été", "style": {"opacity": sent}}]}))
    assert parsed.job.texts[0].style.opacity == read


def test_text_overlays_count_only_without_texts() -> None:
    overlays = [{"content": "ancien", "style": {"bold": "true", "shadow": True, "font_size": 30}}]
    assert parse(minimal(text_overlays=overlays)).job.texts[0].style.font_weight == 700
    script = {"texts": [{"content": "neuf"}]}
    assert [text.content for text in parse(minimal(text_overlays=overlays, custom_script=script)).job.texts] == ["neuf"]


def test_ids_may_come_as_message_attributes() -> None:
    body = json.dumps({"segments": [{"video_url": "s3://hospup-files/a.mp4", "duration": 1}]})
    job = parse_message(MessageBody(body), {"job_id": "j", "video_id": "v"}).job
    assert (job.job_id, job.video_id, job.property_id) == ("j", "v", "1")


def test_unknown_fields_are_ignored_and_named() -> None:
    assert parse(minimal(colour_of_the_curtains="blue")).ignored == ("colour_of_the_curtains",)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"custom_script": "oops"}, "/custom_script"),
        ({"custom_script": {"texts": {"0": {}}}}, "/custom_script/texts"),
        ({"custom_script": {"texts": ["Bienvenue"]}}, "/custom_script/texts/0"),
        (
            {"custom_script": {"texts": [{"content": "a", "position": {"x": "left"}}]}},
            "/custom_script/texts/0/position/x",
        ),
        ({"custom_script": {"texts": [{"content": "a", "start_time": "soon"}]}}, "/custom_script/texts/0/start_time"),
        ({"custom_script": {"clips": [{"order": 1, "presets": {"hue": 1e9}}]}}, "/custom_script/clips/0/presets/hue"),
        ({"custom_script": {"clips": [{"order": 1, "presets": "x"}]}}, "/custom_script/clips/0/presets"),
    ],
)
def test_what_can_be_bent_is_bent_and_reported(fields: dict[str, Any], pointer: str) -> None:
    (warning,) = parse(minimal(**fields)).warnings
    assert (warning.code, warning.pointer) == (WarningCode.VALUE, pointer)
    assert warning.message.endswith(".")


def test_texts_that_are_never_seen_are_dropped_with_a_warning() -> None:
    texts = [{"content": " "}, {"content": "a", "start_time": 3, "end_time": 3}, {"content": "b"}]
    parsed = parse(minimal(custom_script={"texts": texts}))
    assert [text.content for text in parsed.job.texts] == ["b"]
    assert [warning.code for warning in parsed.warnings] == [WarningCode.TEXT_DROPPED] * 2


@pytest.mark.parametrize(
    ("message", "code", "pointer"),
    [
        ([], ErrorCode.INVALID_MESSAGE, ""),
        ({}, ErrorCode.INVALID_MESSAGE, "/segments"),
        (minimal(video_id=None), ErrorCode.INVALID_MESSAGE, "/video_id"),
        (minimal(video_id="../etc"), ErrorCode.INVALID_MESSAGE, "/video_id"),
        (minimal(property_id=".."), ErrorCode.INVALID_MESSAGE, "/property_id"),
        (minimal(segments=[{"duration": 1}]), ErrorCode.INVALID_MESSAGE, "/segments/0/video_url"),
        (
            minimal(segments=[{"source_url": "ftp://x/y", "duration": 1}]),
            ErrorCode.INVALID_MESSAGE,
            "/segments/0/source_url",
        ),
        (
            minimal(segments=[{"video_url": "s3://hospup-files/a.mp4", "duration": 700}]),
            ErrorCode.LIMIT_EXCEEDED,
            "/segments/0/duration",
        ),
        (minimal(segments=[{"video_url": "s3://hospup-files/a.mp4"}] * 101), ErrorCode.LIMIT_EXCEEDED, "/segments"),
        (
            minimal(custom_script={"texts": [{"content": "x" * 2001}]}),
            ErrorCode.LIMIT_EXCEEDED,
            "/custom_script/texts/0/content",
        ),
    ],
)
def test_what_makes_no_video_is_refused_with_its_place(message: object, code: ErrorCode, pointer: str) -> None:
    error = refused(message)
    assert (error.code, error.pointer) == (code, pointer)
    assert error.message.endswith(".")
    assert not error.retryable


@pytest.mark.parametrize(
    "body", ["", "null", "{", "[1,2", "NaN", '{"job_id": NaN}', "[" * 100_000, '"' + "x" * 300_000]
)
def test_a_body_that_is_no_message(body: str) -> None:
    with pytest.raises(PermanentError):
        parse_message(MessageBody(body))


def test_half_a_character_does_no_harm() -> None:
    body = json.dumps(minimal(custom_script={"texts": [{"content": "caf\ud83d"}]}))
    assert parse_message(MessageBody(body)).job.texts[0].content == "caf?"
