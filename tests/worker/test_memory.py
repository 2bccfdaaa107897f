"""The memory that FFmpeg really uses, beside its estimate, which decides into how many parts a video is split."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.worker.rendering import make_source, renderer
from worker.job import Clip, Output, Rendition, Text, Transition
from worker.job.style import Style
from worker.video import encode, ffmpeg
from worker.video.context import RenderContext
from worker.video.plan import memory, parts
from worker.video.plan.parts import Part
from worker.video.prepare import RenderJob

SOURCE = "testsrc2=s=WxH:r=RATE:d=SECONDS,format=yuv420p"
CROSSFADE = Transition(type="crossfade", duration=0.2)
WIDE = Rendition(name="wide", width=1920, height=1080)
TWO_SHAPES = Output(quality="draft", codec="h265", renditions=(WIDE,))


@pytest.fixture
def peaks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The largest memory of each run of FFmpeg, in bytes, as Linux counts it."""
    peaks: list[int] = []
    run = ffmpeg.run

    def recorded(*arguments: Any, **options: Any) -> None:
        peaks.append(0)
        run(*arguments, **options)

    def usage(process_id: int) -> tuple[float, int]:
        try:
            status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0, 0
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        peaks[-1] = max(peaks[-1], 1024 * int(peak[1]) if peak else 0)
        return 0.0, 0

    monkeypatch.setattr(ffmpeg, "run", recorded)
    monkeypatch.setattr(ffmpeg, "_usage", usage)
    return peaks


@pytest.fixture
def estimates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The estimate for each part of a job, in bytes."""
    estimates: list[int] = []
    split_and_encode = encode._encode

    def recorded(render_job: RenderJob, split: list[Part], context: RenderContext) -> None:
        timeline, media = render_job.timeline, render_job.media
        estimates.extend(
            memory.estimate(parts.excerpt_of(part, timeline, media), media, part.of(render_job.compositions))
            for part in split
        )
        split_and_encode(render_job, split, context)

    monkeypatch.setattr(encode, "_encode", recorded)
    return estimates


BOX = {"background": (255, 255, 255, 0.5), "padding": (400, 400, 400, 400), "background_blur": 30.0}
TEXTS = tuple(Text(content=f"Étage {number}", style=Style.model_validate(BOX)) for number in range(12))

JOBS: dict[str, tuple[tuple[int, int], int, Transition, Output, tuple[Text, ...]]] = {
    "many large clips": ((3840, 2160), 15, Transition(), Output(quality="draft"), ()),
    "many crossfades": ((1080, 1920), 10, CROSSFADE, Output(quality="draft"), ()),
    "two shapes": ((1280, 720), 5, CROSSFADE, TWO_SHAPES, ()),
    "blurred backdrops": ((1280, 720), 1, Transition(), Output(quality="draft"), TEXTS),
}


@pytest.mark.parametrize("name", JOBS)
def test_no_run_uses_more_than_its_estimate(tmp_path: Path, peaks: list[int], estimates: list[int], name: str) -> None:
    size, clips, transition, output, texts = JOBS[name]
    source = make_source(tmp_path / "a.mp4", SOURCE, size=size, seconds=0.4)
    clip = Clip(source="a", duration=0.4, transition=transition)
    renderer(tmp_path)({"a": source}, clips=(clip,) * clips, output=output, texts=texts)
    assert len(estimates) > 1 or name != "many large clips"
    assert max(estimates) <= memory.BUDGET_BYTES
    for peak, estimate in zip(peaks, estimates, strict=False):
        assert estimate / 8 < peak < estimate
