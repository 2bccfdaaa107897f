"""Where a video is split so that rendering fits into memory."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.job import Clip, Job, Output, PermanentError, Transition
from worker.probe.model import MediaSource, Probe
from worker.video.plan import build_timeline, memory, output_files, parts
from worker.video.plan.excerpt import excerpt
from worker.video.plan.filter_graph import Composition
from worker.video.plan.timeline import Timeline

PROBES = {
    "phone": Probe(2160, 3840, duration=30.0, fps=30.0, codec="hevc", pixel_format="yuv420p10le"),
    "studio": Probe(1080, 1920, duration=600.0, fps=25.0),
    "large": Probe(7680, 4320, duration=5.0, fps=60.0),
    "still": Probe(4000, 3000, duration=0.0, fps=0.0, is_still=True),
}
MEDIA = {url: MediaSource(Path(url), probe) for url, probe in PROBES.items()}

CLIPS = st.lists(
    st.builds(
        Clip,
        source=st.sampled_from(sorted(PROBES)),
        duration=st.floats(0.02, 8.0) | st.floats(0.02, 0.2),
        speed=st.sampled_from([1.0, 0.5, 1.37, 3.0]),
        transition=st.builds(
            Transition, type=st.sampled_from(["cut", "crossfade", "wipe"]), duration=st.floats(0, 2.0)
        ),
    ),
    min_size=1,
    max_size=100,
)


def composed(clips: list[Clip], output: Output) -> tuple[Timeline, list[Composition]]:
    job = Job(job_id="j", video_id="v", clips=tuple(clips), output=output)
    files = output_files.compositions(output_files.files(output))
    return build_timeline.place(job, PROBES), [Composition(size, (), group) for size, group in files]


@given(CLIPS, st.sampled_from([24, 25, 30, 50, 60]), st.sampled_from([0, 1 << 30, 2 << 30]))
def test_parts_cover_the_video_and_fit_into_the_budget(clips: list[Clip], fps: int, budget: int) -> None:
    if sum(clip.duration or 0 for clip in clips) * fps < 2 * len(clips) + 8:
        return
    timeline, compositions = composed(clips, Output(fps=fps))
    split = parts.split(timeline, MEDIA, compositions, budget)
    ends = [part.end for part in split]
    assert [part.first for part in split] == [0, *ends[:-1]]
    assert ends[-1] == timeline.frames
    assert [part.number for part in split] == list(range(len(split)))
    for part in split:
        frames = part.end - part.first
        assert frames >= min(4, timeline.frames)
        short = excerpt(timeline, part.first, part.end, PROBES)
        assert short.frames == frames
        assert short.lead + frames <= short.spans[-1].end
        is_shortest = frames < 12
        assert is_shortest or memory.estimate(short, MEDIA, compositions) <= budget


@given(CLIPS, st.sampled_from([25, 30]))
def test_an_excerpt_shows_the_same_moments_of_the_sources(clips: list[Clip], fps: int) -> None:
    if sum(clip.duration or 0 for clip in clips) * fps < 2 * len(clips) + 8:
        return
    timeline, _ = composed(clips, Output(fps=fps))
    for first in range(0, timeline.frames, max(timeline.frames // 5, 1)):
        end = min(first + 45, timeline.frames)
        short = excerpt(timeline, first, end, PROBES)
        begins = first - short.lead
        stop = begins + short.spans[-1].end
        origins = [span for span in timeline.spans if span.first < stop and span.end > begins]
        for origin, span in zip(origins, short.spans, strict=True):
            if PROBES[span.source].is_still:
                continue
            skipped = max(begins - origin.first, 0)
            moment = origin.in_point + skipped / fps * origin.speed
            assert span.in_point + span.lead / fps * span.speed == pytest.approx(moment, abs=0.5 / fps * origin.speed)
            assert span.in_point <= moment + 1e-6


def test_usual_jobs_are_rendered_in_one_run() -> None:
    five = [Clip(source=source, duration=3.0) for source in ("phone", "phone", "studio", "studio", "still")]
    timeline, compositions = composed(five, Output())
    assert len(parts.split(timeline, MEDIA, compositions)) == 1


def test_parts_begin_on_the_grid_of_key_frames() -> None:
    many = [Clip(source="phone", duration=1.5) for _ in range(100)]
    timeline, compositions = composed(many, Output())
    split = parts.split(timeline, MEDIA, compositions)
    assert 5 < len(split) < 30
    assert all(part.first % 60 == 0 for part in split)


def test_sources_that_take_too_much_memory_to_open_are_refused() -> None:
    """A hundred clips of a film of four hours, whose index has 40 MB."""
    probe = Probe(1920, 1080, duration=14_400.0, fps=60.0, open_bytes=40 << 20)
    clips = tuple(Clip(source="a", duration=1.0, pointer=f"/clips/{number}/source") for number in range(100))
    job = Job(job_id="j", video_id="v", clips=clips)
    timeline = build_timeline.place(job, {"a": probe})
    with pytest.raises(PermanentError) as refusal:
        memory.check_sources(timeline, {"a": MediaSource(Path("a"), probe)})
    assert refusal.value.code == "LIMIT_EXCEEDED"
    assert refusal.value.pointer.startswith("/clips/")
    few = replace(timeline, spans=timeline.spans[:20])
    memory.check_sources(few, {"a": MediaSource(Path("a"), probe)})
