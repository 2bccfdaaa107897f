"""worker/video/plan/timeline.py by value: frames, freezes, texts, intervals, warnings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.job import (
    AdjustedInterval,
    Adjustments,
    BaseVideo,
    Clip,
    ErrorCode,
    Job,
    Output,
    PermanentError,
    Text,
    Transition,
    WarningCode,
)
from worker.probe.model import Probe
from worker.video.plan.build_timeline import place
from worker.video.plan.timeline import Adjusted, Timeline, to_frame

TEN_SECONDS = Probe(1080, 1920, duration=10.0, fps=25.0)
STILL = Probe(800, 600, duration=0.0, fps=25.0, is_still=True)


def job(**fields: Any) -> Job:
    return Job(job_id="j", video_id="v", **fields)


def clips(*durations: float | None) -> tuple[Clip, ...]:
    return tuple(
        Clip(source="s3://b/a.mp4", duration=duration, pointer=f"/{i}") for i, duration in enumerate(durations)
    )


def placed(probe: Probe = TEN_SECONDS, **fields: Any) -> Timeline:
    placed_job = job(**fields)
    return place(placed_job, {source: probe for source, _ in placed_job.sources})


def codes(timeline: Timeline) -> list[WarningCode]:
    return [warning.code for warning in timeline.warnings]


def test_clips_follow_each_other_without_a_gap() -> None:
    timeline = placed(clips=clips(2.4, 2.6))
    assert [(span.first, span.frames) for span in timeline.spans] == [(0, 72), (72, 78)]
    assert (timeline.frames, timeline.duration, timeline.warnings) == (150, 5.0, ())


@given(st.lists(st.floats(0.01, 8.0), min_size=1, max_size=30), st.sampled_from([24, 25, 30, 50, 60]))
def test_rounding_never_adds_up(durations: list[float], fps: Any) -> None:
    if to_frame(sum(durations), fps) == 0:
        return
    timeline = placed(clips=clips(*durations), output=Output(fps=fps))
    assert timeline.frames == to_frame(sum(durations), fps)
    position = 0
    for span in timeline.spans:
        assert span.first == position
        position += span.frames


def test_a_clip_to_the_end_is_as_long_as_its_source() -> None:
    assert placed(clips=clips(None)).frames == 300
    assert placed(clips=(Clip.model_validate({"source": "s3://b/a.mp4", "in": 9.0}),)).frames == 30


def test_a_short_source_keeps_the_length_and_is_reported() -> None:
    timeline = placed(clips=clips(12.0))
    assert (timeline.frames, codes(timeline)) == (360, [WarningCode.SOURCE_SHORT])
    assert timeline.warnings[0].pointer == "/0"
    assert placed(clips=clips(10.05)).warnings == ()


def test_an_in_point_after_the_end_holds_the_last_frame() -> None:
    timeline = placed(clips=(Clip.model_validate({"source": "s3://b/a.mp4", "in": 30.0, "duration": 2.0}),))
    assert codes(timeline) == [WarningCode.SOURCE_SHORT]
    assert 9.9 < timeline.spans[0].in_point < 9.96  # at 25 frames per second, the last begins at 9.96


def test_a_still_needs_a_duration() -> None:
    assert placed(STILL, clips=clips(2.0)).frames == 60
    with pytest.raises(PermanentError) as caught:
        placed(STILL, clips=clips(None))
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.INVALID_MESSAGE, "/0")


def test_a_clip_shorter_than_a_frame_is_left_out() -> None:
    timeline = placed(clips=clips(0.01, 1.0))
    assert (len(timeline.spans), timeline.frames, codes(timeline)) == (1, 30, [WarningCode.CLIP_DROPPED])
    with pytest.raises(PermanentError):
        placed(clips=clips(0.01))


def test_an_endless_source_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        placed(Probe(100, 100, duration=5000.0, fps=25), clips=clips(None))
    assert caught.value.code == ErrorCode.LIMIT_EXCEEDED


def test_texts_are_on_exact_frames() -> None:
    texts = (
        Text(content="a", start=0.5, end=3.5),
        Text(content="b", start=4.0, end=99.0),
        Text(content="c"),
        Text(content="d", start=20.0, end=30.0, pointer="/texts/3"),
        Text(content=" \n", end=1.0),
    )
    timeline = placed(clips=clips(5.0), texts=texts)
    assert [(t.text.content, t.first, t.last) for t in timeline.texts] == [
        ("a", 15, 104),
        ("b", 120, 149),
        ("c", 0, 149),
    ]
    assert codes(timeline) == [WarningCode.TEXT_DROPPED] * 2
    assert timeline.warnings[0].pointer == "/texts/3"


def test_adjustments_of_a_clip_hold_for_all_of_it() -> None:
    warm = Adjustments(saturation=20)
    timeline = placed(clips=(Clip(source="s3://b/a.mp4", duration=1.0, adjustments=warm),))
    assert timeline.spans[0].adjusted == (Adjusted(0, 29, warm),)


def test_intervals_are_cut_at_the_clips() -> None:
    grey = Adjustments(saturation=-100)
    intervals = (
        AdjustedInterval(start=1.5, end=2.5, adjustments=grey),
        AdjustedInterval(start=90, end=99, adjustments=grey),
    )
    timeline = placed(clips=clips(2.0, 2.0), adjustments=intervals)
    assert [span.adjusted for span in timeline.spans] == [(Adjusted(45, 59, grey),), (Adjusted(0, 14, grey),)]
    assert codes(timeline) == [WarningCode.ADJUSTMENT_DROPPED]


def test_a_base_video_plays_whole_and_keeps_its_sound() -> None:
    timeline = placed(base=BaseVideo(source="s3://b/base.mp4"))
    assert (timeline.frames, timeline.copies_audio, len(timeline.spans)) == (300, True, 1)


def test_a_transition_of_the_last_clip_means_nothing() -> None:
    last = Clip(source="s3://b/a.mp4", duration=2.0, transition=Transition(type="crossfade", duration=1.0))
    timeline = placed(clips=(*clips(2.0), last))
    assert timeline.frames == 120
    assert timeline.warnings == ()
