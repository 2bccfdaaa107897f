"""The processor time that renders really take, beside the estimate by which a job is refused."""

import resource
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.worker.rendering import make_source, renderer
from worker.job import Clip, Job, Output, PermanentError, Rendition, Transition
from worker.probe.model import MediaSource, Probe
from worker.video.plan import build_timeline, cost, output_files
from worker.video.plan.filter_graph import Composition

SOURCE = "testsrc2=s=WxH:r=RATE:d=SECONDS,format=yuv420p"
HLG = (
    *("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params"),
    "log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc",
)
JOBS: dict[str, tuple[Sequence[str], dict[str, Any], Output]] = {
    "plain": ((), {}, Output()),
    "HDR, moving": (HLG, {"motion": "zoom-in"}, Output(quality="draft")),
    "AV1, slow": ((), {"speed": 0.5, "fit": "blur"}, Output(codec="av1")),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_render_takes_what_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    options, fields, output = JOBS[name]
    source = make_source(tmp_path / "a.mp4", SOURCE, size=(1920, 1080), seconds=1, options=options)
    estimates: list[float] = []

    def estimated(*arguments: Any) -> None:
        estimates.append(sum(cost.estimate(*arguments).values()))

    monkeypatch.setattr(cost, "check", estimated)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    renderer(tmp_path)({"a": source}, clips=(Clip(source="a", duration=1.0, **fields),), output=output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used / 3 < estimates[0] + 0.3 < used * 3  # a render starts three processes


LARGE = Output(width=3840, height=3840, fps=60, quality="high", codec="h265")


@pytest.mark.parametrize(
    ("clips", "output", "pointer"),
    [
        ([Clip(source="a", duration=600.0)], LARGE, "/output"),
        (
            [Clip(source="a", duration=60.0)],
            Output(renditions=tuple(Rendition(name=f"r{n}", width=3840, height=3840, codec="h265") for n in range(6))),
            "/output/renditions/0",
        ),
        (
            [
                Clip(source="a", duration=30.0, pointer="/clips/0/source"),
                Clip(source="a", duration=60.0, speed=10.0, pointer="/clips/1/source"),
            ],
            Output(),
            "/clips/1/source",
        ),
    ],
    ids=["output", "renditions", "clip"],
)
def test_what_costs_most_is_named(clips: list[Clip], output: Output, pointer: str) -> None:
    job = Job(job_id="j", video_id="v", clips=tuple(clips), output=output)
    probe = Probe(7680, 4320, duration=3600.0, fps=60.0)
    with pytest.raises(PermanentError) as refusal:
        cost.check(*planned(job, probe))
    assert (refusal.value.code, refusal.value.pointer) == ("LIMIT_EXCEEDED", pointer)
    assert "s of a processor" in refusal.value.message


def test_the_longest_usual_videos_are_allowed() -> None:
    """Ten minutes of HDR from phones, in the best quality; and ten minutes of studio footage as 4K with a ladder."""
    crossfade = Transition(type="crossfade")
    clips = tuple(Clip(source="a", duration=6.0, transition=crossfade) for _ in range(100))
    phone = Probe(2160, 3840, duration=60.0, fps=30.0, codec="hevc", pixel_format="yuv420p10le", transfer="hlg")
    cost.check(*planned(Job(job_id="j", video_id="v", clips=clips, output=Output(quality="high")), phone))
    studio = Probe(3840, 2160, duration=60.0, fps=25.0)
    output = Output(width=2160, height=3840, fps=25, hls=True)
    cost.check(*planned(Job(job_id="j", video_id="v", clips=clips[:90], output=output), studio))


def planned(job: Job, probe: Probe) -> tuple[Any, dict[str, MediaSource], list[Composition]]:
    files = output_files.compositions(output_files.files(job.output))
    timeline = build_timeline.place(job, {"a": probe})
    return timeline, {"a": MediaSource(Path("a"), probe)}, [Composition(size, (), group) for size, group in files]
