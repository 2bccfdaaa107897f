"""Into which parts a video is divided, so that several workers render it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_parts import CLIPS, MEDIA, composed
from worker.job import Clip, Output, Transition
from worker.video.plan import cost, shares
from worker.video.plan.key_frames import key_frames
from worker.video.plan.parts import excerpt_of


@given(CLIPS, st.sampled_from([24, 25, 30, 50, 60]))
def test_parts_cover_the_video_from_key_frames_outside_of_transitions(clips: list[Clip], fps: int) -> None:
    if sum(clip.duration or 0 for clip in clips) * fps < 2 * len(clips) + 8:
        return
    timeline, compositions = composed(clips, Output(fps=fps))
    shared = shares.share(timeline, MEDIA, compositions)
    if not shared:
        return
    parts = [part for part, _ in shared]
    assert 2 <= len(parts) <= shares.PARTS_MAX
    assert [part.number for part in parts] == list(range(len(parts)))
    assert [part.first for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == timeline.frames
    for part in parts:
        assert part.end - part.first >= 2 * fps
        assert part.first in key_frames(timeline)
        excerpt = excerpt_of(part, timeline, MEDIA)
        assert (excerpt.lead, excerpt.spans[-1].end) == (0, part.end - part.first)  # composes no picture twice
        assert part.tail == min(20, timeline.frames - part.end)
    whole = sum(cost.estimate(timeline, MEDIA, compositions).values()) / 2
    assert whole - max(seconds for _, seconds in shared) >= shares._GAIN_SECONDS_MIN


def test_parts_take_about_as_long() -> None:
    """A phone's clip costs several times what stills do."""
    stills = [Clip(source="still", duration=8.0)] * 4
    timeline, compositions = composed([Clip(source="phone", duration=30.0), *stills], Output())
    shared = shares.share(timeline, MEDIA, compositions)
    seconds = [each for _, each in shared]
    assert len(shared) == shares.PARTS_MAX
    assert max(seconds) < 1.3 * sum(seconds) / len(seconds)
    frames = [part.end - part.first for part, _ in shared]
    assert frames[-1] >= 2 * frames[0]


def test_a_short_video_is_not_shared() -> None:
    """Helping would take longer than it saves."""
    timeline, compositions = composed([Clip(source="studio", duration=5.0)], Output())
    assert shares.share(timeline, MEDIA, compositions) == []


def test_a_video_of_one_long_transition_is_not_cut_there() -> None:
    clips = [
        Clip(source="studio", duration=10.0),
        Clip(source="studio", duration=10.0, transition=Transition(type="crossfade", duration=2.0)),
    ]
    timeline, compositions = composed(clips, Output())
    (transition,) = [range(b.first + 1, a.end) for a, b in zip(timeline.spans, timeline.spans[1:], strict=False)]
    bounds = {part.first for part, _ in shares.share(timeline, MEDIA, compositions)}
    assert bounds
    assert not bounds & set(transition)


def test_a_video_with_a_ladder_is_not_shared() -> None:
    """A rung keeps to its bit rate, over the whole video."""
    clips = [Clip(source="studio", duration=30.0)]
    timeline, compositions = composed(clips, Output(hls=True))
    assert shares.share(timeline, MEDIA, compositions) == []
    assert shares.share(*composed(clips, Output())[:1], MEDIA, composed(clips, Output())[1])
