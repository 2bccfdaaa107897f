"""Transitions, camera motion and text animation by value: arithmetic that no picture shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.job import Animation, Clip, Job, Text, Transition
from worker.probe.model import Probe
from worker.text.layout.animation import REST_POSE, animation_of
from worker.video.plan import transitions
from worker.video.plan.build_timeline import place
from worker.video.plan.camera_motion import Motion
from worker.video.plan.excerpt import excerpt

LENGTHS = st.lists(st.tuples(st.floats(0.05, 5), st.floats(0, 5)), min_size=1, max_size=12)


@given(LENGTHS)
def test_no_moment_shows_three_clips(clips: list[tuple[float, float]]) -> None:
    lengths, wanted = [length for length, _ in clips], [want for _, want in clips]
    shared = [0.0, *transitions.overlaps(lengths, wanted), 0.0]
    for index, length in enumerate(lengths):
        assert shared[index] + shared[index + 1] <= length + 1e-9
    assert all(0 <= overlap <= want for overlap, want in zip(shared[1:-1], wanted[:-1], strict=True))


def test_a_transition_that_fits_is_not_shortened() -> None:
    assert transitions.overlaps([3, 2, 3], [1, 0.5, 9]) == [1, 0.5]
    assert transitions.overlaps([3, 1, 3], [2, 2, 0]) == [0.5, 0.5]
    assert transitions.overlaps([3], [1]) == []


@given(LENGTHS, st.sampled_from([24, 25, 30, 50, 60]))
def test_spans_cover_the_video(clips: list[tuple[float, float]], fps: int) -> None:
    crossfade = [
        Clip(source="a", duration=length, transition=Transition(type="crossfade", duration=want))
        for length, want in clips
    ]
    job = Job.model_validate({"job_id": "j", "video_id": "v", "clips": crossfade, "output": {"fps": fps}})
    if round(sum(length for length, _ in clips) * fps) < 2 * len(clips):
        return
    probes = {"a": Probe(1080, 1920, duration=10.0, fps=25.0)}
    timeline = place(job, probes)
    position = 0
    for before, after in zip(timeline.spans, timeline.spans[1:], strict=False):
        assert position <= after.first <= before.end <= after.end
        position = before.end
    for frame in range(0, timeline.frames, 7):
        short = excerpt(timeline, frame, frame + 1, probes)
        assert 1 <= len(short.spans) <= 2
        assert short.frames == 1
        assert 0 <= short.lead < short.spans[-1].end


def test_fading_through_a_color_meets_it_in_the_middle() -> None:
    through = Transition(type="fade-white")
    chains = transitions.chains(through, first=30, frames=10, fps=30, size=(64, 64), pads=("a", "b", "c"))
    assert chains[0].startswith("color=c=white:s=64x64:r=30")
    assert "offset=1.000000:duration=0.166667" in chains[1]
    assert chains[2].startswith("[b]trim=start_frame=5")
    assert "offset=1.166667:duration=0.166667" in chains[3]


def test_a_push_leaves_the_frames_before_it_alone() -> None:
    assert Motion("push", 15, 45).filter().endswith(":enable='gte(n,45)'")
    assert "enable" not in Motion("zoom-in", 60).filter()


@pytest.mark.parametrize(
    ("into", "out", "frames", "expected"),
    [
        ("fade", "none", 60, (12, 0)),
        ("none", "pop", 60, (0, 12)),
        ("fade", "fade", 9, (4, 4)),
        ("slide", "fade", 1, None),
    ],
)
def test_an_animation_has_an_entrance_and_an_exit(
    into: str, out: str, frames: int, expected: tuple[int, int] | None
) -> None:
    text = Text(content="Bonjour", animation=Animation.model_validate({"in": into, "out": out}))
    animation = animation_of(text, frames, 30)
    assert (animation and (animation.enter_frames, animation.exit_frames)) == expected
    if animation:
        assert len(animation.poses()) == sum(expected or ()) + 1
        assert animation.pose_at(animation.enter_frames, frames) == REST_POSE
        assert animation.pose_at(frames - 1, frames) == animation.poses()[-1]


def test_a_typewriter_takes_a_twentieth_of_a_second_per_character() -> None:
    text = Text(content="x" * 10, animation=Animation.model_validate({"in": "typewriter"}))
    animation = animation_of(text, 300, 30)
    assert animation is not None
    assert animation.enter_frames == 15
