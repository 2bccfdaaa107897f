"""Forty generated timelines: every frame carries its number, every sound a click."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.rendering import RAMP, decode, make_source
from worker.job import Clip, Job, Output, Position, Text, Transition
from worker.job.style import parse_style
from worker.video.context import RenderContext
from worker.video.plan.timeline import to_frame
from worker.video.render import render

SECONDS = 3.0
CLICK = 1.0
"""Time of the click, in seconds of the source."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The same source in two frame rates; in both, luma is the frame's number at 30 frames per second."""
    folder = tmp_path_factory.mktemp("sources")
    clicks = f"aevalsrc='0.9*between(t,{CLICK},{CLICK}+0.004)':s=48000:d={SECONDS}"
    paths = {}
    for rate in (30, 60):
        ramp = RAMP.replace("30+2*N", f"30+2*floor(N*30/{rate})")
        paths[rate] = make_source(
            folder / f"{rate}.mov",
            ramp,
            rate=rate,
            seconds=SECONDS,
            audio=clicks,
            size=(64, 112),
            options=("-c:a", "pcm_s16le", "-g", "20"),
        )
    return paths


@st.composite
def clips(draw: st.DrawFn) -> dict[str, Any]:
    in_point = draw(st.integers(0, 40)) / 20
    duration = draw(st.integers(3, int((SECONDS - in_point) * 20) - 1)) / 20
    fields: dict[str, Any] = {"source": draw(st.sampled_from(["30", "60"])), "in": in_point, "duration": duration}
    if draw(st.booleans()):
        fields["transition"] = Transition(type="crossfade", duration=draw(st.integers(2, 10)) / 20)
    return fields


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    plan=st.lists(clips(), min_size=1, max_size=5),
    fps=st.sampled_from([24, 25, 30, 50, 60]),
    shown=st.tuples(st.integers(0, 40), st.integers(2, 30)),
)
def test_cuts_texts_and_sounds(
    sources: dict[int, Path], plan: list[dict[str, Any]], fps: Any, shown: tuple[int, int]
) -> None:
    start, end = shown[0] / 20, (shown[0] + shown[1]) / 20
    style, _ = parse_style({"fontSize": 160, "fontWeight": 900, "backgroundColor": "#000", "padding": "40px"}, "")
    text = Text(content="O", start=start, end=end, position=Position(x=540, y=200), style=style)
    job = Job(
        job_id="j",
        video_id="v",
        clips=tuple(Clip.model_validate(fields) for fields in plan),
        texts=(text,),
        output=Output(width=108, height=192, fps=fps, quality="high"),
    )
    media = {str(rate): path for rate, path in sources.items()}
    with tempfile.TemporaryDirectory() as folder:
        result = decode(render(job, media, RenderContext(Path(folder))))
    placed = _expected(job.clips)
    last_start, last_duration = placed[-1]
    assert result.video.measured.frames == to_frame(last_start + last_duration, fps)
    numbers = result.frame_values()
    for index, (clip, (begin, duration)) in enumerate(zip(job.clips, placed, strict=True)):
        alone_from = begin if not index else placed[index - 1][0] + placed[index - 1][1]
        alone_to = begin + duration if index + 1 == len(placed) else placed[index + 1][0]
        for frame in range(to_frame(alone_from, fps), to_frame(alone_to, fps)):
            source_time = clip.in_point + (frame - to_frame(begin, fps)) / fps
            assert numbers[frame] == pytest.approx(source_time * 30, abs=1.3), (index, frame)
    seen = [bool(np.ptp(picture[8:32]) > 100) for picture in result.pictures]
    first, last = to_frame(start, fps), to_frame(end, fps)
    assert seen == [first <= frame < last for frame in range(len(seen))]
    for clip, (begin, duration) in zip(job.clips, placed, strict=True):
        onset = CLICK - clip.in_point
        is_clear = all(abs(begin + onset - edge) > 0.55 for edge in (begin, begin + duration))
        if 0.05 < onset < duration - 0.05 and is_clear:
            at = round((to_frame(begin, fps) / fps + onset) * 48_000)
            around = np.abs(result.sound[at - 1200 : at + 1200, 0])
            assert np.flatnonzero(around > 0.25)[0] == pytest.approx(1200, abs=240)


def _expected(clips: tuple[Clip, ...]) -> list[tuple[float, float]]:
    """Start and duration of each clip, computed independently of the code under test."""
    starts, time, taken = [], 0.0, 0.0
    for index, clip in enumerate(clips):
        assert clip.duration is not None
        starts.append((time, clip.duration))
        if index + 1 == len(clips):
            break
        following = clips[index + 1]
        assert following.duration is not None
        wanted = clip.transition.duration if clip.transition.type != "cut" else 0.0
        keeps = following.transition.duration if following.transition.type != "cut" else 0.0
        reserved = min(keeps, following.duration / 2) if index + 2 < len(clips) else 0.0
        taken = max(min(wanted, clip.duration - taken, following.duration - reserved), 0.0)
        time += clip.duration - taken
    return starts
