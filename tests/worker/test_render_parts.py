"""Rendering in parts: as the whole, frame by frame and sample by sample."""

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest

from tests.worker.rendering import PLAIN, RAMP, Array, Decoded, make_source, picture_at, renderer
from worker.job import (
    AdjustedInterval,
    Adjustments,
    Audio,
    BaseVideo,
    Clip,
    Output,
    PermanentError,
    Position,
    Rendition,
    Text,
    Thumbnail,
    Transition,
)
from worker.job.model import Animation
from worker.job.style import Style
from worker.video import encode, ffmpeg
from worker.video.plan.parts import Part
from worker.video.prepare import RenderJob

TONE = "sine=f=440:r=44100:d=SECONDS"

MOVING = "testsrc2=s=WxH:r=RATE:d=SECONDS,hue=H=t,format=yuv420p"

GREYER = Adjustments(saturation=-60)

Pair = Callable[..., tuple[Decoded, Decoded]]


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Renders a job in one run, then in the shortest parts; returns both videos, decoded."""

    def render(media: dict[str, Path], **fields: object) -> tuple[Decoded, Decoded]:
        results = []
        runs: list[int] = []
        run = ffmpeg.run

        def counted(*arguments: object, **options: object) -> None:
            runs[-1] += 1
            run(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(ffmpeg, "run", counted)
        for name, budget in (("whole", 1 << 40), ("parts", 0)):
            monkeypatch.setattr(encode, "_BUDGETS", (budget,))
            (tmp_path / name).mkdir()
            runs.append(0)
            results.append(renderer(tmp_path / name)(media, **fields))
            assert not list((tmp_path / name).glob("work/part-*.mp4"))
        assert runs[1] > runs[0] + 2
        return results[0], results[1]

    return render


def assert_same(whole: Decoded, parts: Decoded) -> None:
    assert len(whole.pictures) == len(parts.pictures)
    for number, picture in enumerate(parts.pictures):
        near = whole.pictures[max(number - 1, 0) : number + 2]
        same = np.abs(picture - whole.pictures[number]).mean()
        assert same <= min(np.abs(picture - other).mean() for other in near) + 1.5, number  # a frame of `RAMP` is 2.3
        assert same < 6, number
    assert np.array_equal(whole.sound, parts.sound)
    assert parts.video.measured.has_exact_timestamps
    assert whole.video.warnings == parts.video.warnings


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_frames_and_samples_are_those_of_the_whole(tmp_path: Path, both: Pair, codec: str) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=3, audio=TONE.replace("SECONDS", "3"))
    clips = (Clip(source="a", in_point=0.4, duration=1.2), Clip(source="a", in_point=0.1, duration=0.6))
    output = Output(width=136, height=240, codec=codec, quality="high")
    whole, parts = both({"a": source}, clips=clips, output=output)
    assert parts.frame_numbers() == whole.frame_numbers() == [*range(12, 48), *range(3, 21)]
    assert_same(whole, parts)


def faded(kind: Literal["crossfade", "fade-white", "wipe", "zoom"]) -> Transition:
    return Transition(type=kind, duration=0.4)


def decoded(path: Path) -> Array:
    """A picture file's luma."""
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="gray").astype(float)


def test_transitions_motion_texts_and_extras_are_cut_anywhere(tmp_path: Path, both: Pair) -> None:
    """Every transition, motion and animation is cut within."""
    ramp = make_source(tmp_path / "a.mp4", RAMP, seconds=3, audio=TONE.replace("SECONDS", "3"))
    film = make_source(tmp_path / "b.mp4", MOVING, rate=25, audio=TONE.replace("440", "880").replace("SECONDS", "2"))
    still = make_source(tmp_path / "still.png", MOVING, seconds=0.04, options=["-c:v", "png", "-frames:v", "1"])
    clips = (
        Clip(source="a", in_point=0.3, duration=1.0, fit="cover", transition=faded("crossfade")),
        Clip(source="b", in_point=0.2, duration=1.0, speed=1.5, fit="blur", transition=faded("fade-white")),
        Clip(source="s", duration=1.2, motion="zoom-in", transition=faded("wipe")),
        Clip(source="b", in_point=1.5, duration=1.0, motion="pan-left", transition=faded("zoom"), adjustments=GREYER),
        Clip(source="a", duration=0.9, speed=0.5),
        Clip(source="a", in_point=1.0, duration=0.5, fit="stretch"),
    )
    interval = AdjustedInterval(start=0.5, end=3.2, adjustments=Adjustments(brightness=20))
    style = Style.model_validate(
        {"background": (255, 255, 255, 0.4), "padding": (60, 60, 60, 60), "background_blur": 30.0}
    )
    texts = (
        Text(content="L'été à Nîmes", start=0.2, end=3.7, position=Position(x=540, y=600), style=style,
             animation=Animation.model_validate({"in": "fade", "out": "slide", "duration": 0.8})),
        Text(content="Bienvenue", start=0.1, end=2.9, position=Position(x=540, y=1200)),
    )  # fmt: skip
    output = Output(
        width=270, height=480, quality="high", hls=True, thumbnail=Thumbnail(time=2.5),
        renditions=(Rendition(name="square", width=240, height=240),),
    )  # fmt: skip
    audio = Audio(soundtrack="b", volume=0.5, loop=True, duck_under_clips=True, loudness=-16)
    whole, parts = both(
        {"a": ramp, "b": film, "s": still},
        clips=clips,
        texts=texts,
        output=output,
        audio=audio,
        adjustments=(interval,),
    )
    assert_same(whole, parts)
    assert [(each.name, each.suffix) for each in whole.video.extras] == [
        (each.name, each.suffix) for each in parts.video.extras
    ]
    for one, other in zip(whole.video.extras, parts.video.extras, strict=True):
        if one.name == "square":
            assert all(np.abs(picture_at(one.path, n) - picture_at(other.path, n)).mean() < 2.5 for n in (0, 40, 100))
    thumbnails = [decoded(result.video.thumbnail) for result in (whole, parts)]
    assert np.abs(thumbnails[0] - thumbnails[1]).mean() < 2


def test_a_source_that_ends_early_is_held_in_every_part(tmp_path: Path, both: Pair) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1)
    whole, parts = both({"a": source}, clips=(Clip(source="a", in_point=0.5, duration=2.0),))
    assert parts.frame_numbers() == whole.frame_numbers() == [*range(15, 30), *[29] * 45]
    assert [each.code for each in parts.video.warnings] == ["SOURCE_SHORT"]


def test_a_base_video_keeps_its_copied_sound(tmp_path: Path, both: Pair) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=2, audio=TONE.replace("SECONDS", "2"))
    texts = (Text(content="Bienvenue"),)
    whole, parts = both({"a": source}, base=BaseVideo(source="a"), texts=texts)
    assert_same(whole, parts)


@pytest.mark.parametrize("seed", range(3))
def test_drawn_jobs_cut_anywhere(tmp_path: Path, both: Pair, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  a test's
    media = {
        "a": make_source(tmp_path / "a.mp4", RAMP, seconds=3, audio=TONE.replace("SECONDS", "3")),
        "b": make_source(tmp_path / "b.mp4", MOVING, rate=25, seconds=4, options=["-bf", "3", "-g", "50"]),
        "c": make_source(tmp_path / "c.mkv", MOVING, rate=60, audio=TONE.replace("SECONDS", "2")),
        "d": make_source(tmp_path / "d.ts", MOVING, rate=24),
    }
    clips = tuple(
        Clip(
            source=draw.choice("abcd"),
            in_point=draw.choice([0, draw.uniform(0, 1.9)]),
            duration=draw.uniform(0.3, 2.5),
            speed=draw.choice([1.0, 1.0, 0.5, 1.37, 2.0]),
            fit=draw.choice(["contain", "cover", "blur", "stretch"]),
            motion=draw.choice(["none", "none", "zoom-out", "pan-up"]),
            transition=Transition(type=draw.choice(["cut", "crossfade", "fade-black", "slide", "zoom"]), duration=0.5),
        )
        for _ in range(draw.randint(2, 5))
    )

    def anywhere(render_job: RenderJob, budget: int) -> list[Part]:
        frames = render_job.timeline.frames
        if budget:
            return [Part(0, 0, frames)]
        ends = [*sorted(draw.sample(range(4, frames - 4, 4), 4)), frames]
        return [Part(number, first, end) for number, (first, end) in enumerate(pairwise([0, *ends]))]

    monkeypatch.setattr(RenderJob, "split", anywhere)
    output = Output(width=136, height=240, fps=draw.choice([25, 30, 50]), quality="high")
    whole, parts = both(media, clips=clips, output=output)
    assert_same(whole, parts)


def test_a_run_that_needs_more_memory_than_estimated_is_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is refused in the end, not retried."""
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1)
    asked: list[int] = []

    def usage(process_id: int) -> tuple[float, int]:
        asked.append(process_id)
        return 0.0, 4 << 30

    monkeypatch.setattr(ffmpeg, "_usage", usage)
    with pytest.raises(PermanentError) as refusal:
        renderer(tmp_path)({"a": source}, clips=(Clip(source="a", duration=1.0),) * 2)
    assert (refusal.value.code, refusal.value.pointer) == ("LIMIT_EXCEEDED", "/output")
    assert len(asked) == 2  # as a whole, then the first of the shortest parts


def test_a_run_that_takes_more_processor_time_than_a_job_may_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1)
    monkeypatch.setattr(ffmpeg, "_usage", lambda _: (2 * (600 + 30) + 1.0, 0))
    with pytest.raises(PermanentError) as refusal:
        renderer(tmp_path)({"a": source}, clips=(Clip(source="a", duration=1.0),))
    assert (refusal.value.code, refusal.value.pointer) == ("LIMIT_EXCEEDED", "/output")


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
def test_key_frames_of_a_ladder_stay_on_even_seconds(tmp_path: Path, both: Pair, rate: int) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN, seconds=3, rate=rate)
    clips = (Clip(source="a", duration=2.5), Clip(source="a", duration=2.4))
    output = Output(width=64, height=114, fps=rate, quality="draft", hls=True)
    _, parts = both({"a": source}, clips=clips, output=output)
    with av.open(str(parts.video.path)) as container:
        keys = {frame.time for frame in container.decode(video=0) if frame.key_frame}
    assert {0.0, 2.0, 4.0} <= keys
