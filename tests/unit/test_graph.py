"""worker/video/graph.py by value: what FFmpeg is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker.job import AdjustedInterval, Adjustments, BaseVideo, Clip, Job, Output
from worker.text.paint import Backdrop, Overlay
from worker.text.picture import Picture
from worker.video import fitting, graph, outputs
from worker.video.medium import Medium
from worker.video.overlaying import PlacedOverlay
from worker.video.placing import place
from worker.video.plan import RenderPlan
from worker.video.probe import Probe, Sound

STEREO = Sound("aac", 48_000, 2)
LANDSCAPE = Probe(1280, 720, duration=10.0, fps=25.0, audio=1, sound=STEREO)
SILENT = Probe(1080, 1920, duration=10.0, fps=25.0)


def nothing() -> Iterator[Picture]:
    return iter(())


def plan(probes: dict[str, Probe], overlays: tuple[PlacedOverlay, ...] = (), **fields: Any) -> RenderPlan:
    job = Job(job_id="j", video_id="v", **fields)
    media = {source: Medium(Path(f"/media/{i}/media"), probe) for i, (source, probe) in enumerate(probes.items())}
    composed = graph.Composition((job.output.width, job.output.height), overlays, outputs.files(job.output))
    return graph.build(place(job, probes), media, [composed])


def clip(source: str, duration: float, **fields: Any) -> Clip:
    return Clip.model_validate({"source": source, "duration": duration, **fields})


def test_two_clips_make_one_graph() -> None:
    made = plan({"a": LANDSCAPE, "b": SILENT}, clips=(clip("a", 2.4), clip("b", 2.6)))
    scale = "in_color_matrix=bt709:in_range=tv:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
    assert made.graph == (
        f"[0:0]fps=30:start_time=0,trim=end_frame=72,scale=1080:608:{scale},"
        "tpad=stop=-1:stop_mode=clone,trim=end_frame=72,pad=1080:1920:0:656:black[v0]",
        f"[1:0]fps=30:start_time=0,trim=end_frame=78,scale=1080:1920:{scale},"
        "tpad=stop=-1:stop_mode=clone,trim=end_frame=78[v1]",
        "[v0][v1]concat=n=2:v=1:a=0[joined]",
        "[0:1]aresample=48000:async=1:first_pts=0,"
        "aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo,apad,asetpts=N/SR/TB,"
        "atrim=end_sample=115200,afade=t=out:ss=115072:ns=128[a0]",
        "anullsrc=r=48000:cl=stereo,aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo,"
        "atrim=end_sample=124800[a1]",
        "[a0][a1]concat=n=2:v=0:a=1[sound]",
        "[joined]setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,format=yuv420p[picture]",
        "[picture]split[picture0][picture1]",
        "[picture1]trim=start_frame=0:end_frame=1,setpts=0,scale=in_color_matrix=bt709:in_range=tv:"
        "out_color_matrix=bt601:out_range=pc,format=yuvj420p[thumbnail]",
    )


def test_each_input_is_fenced_in_and_sought_before_it_is_opened() -> None:
    made = plan({"a": LANDSCAPE}, clips=(clip("a", 2.0, **{"in": 2.5}),))
    options = made.inputs[0].options
    assert options[options.index("-protocol_whitelist") + 1] == "file"
    assert "concat" not in options[options.index("-format_whitelist") + 1]
    assert "hls" not in options[options.index("-format_whitelist") + 1]
    assert options[-4:] == ("-ss", "2.500000", "-t", "2.500000")
    arguments = made.arguments(Path("/job"))
    assert arguments[len(options) : len(options) + 2] == ["-i", "file:/media/0/media"]
    assert [word for word in arguments if word.startswith("file:/job/")] == [
        "file:/job/video.mp4",
        "file:/job/thumbnail.jpg",
    ]


def test_a_source_used_twice_is_two_inputs() -> None:
    made = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0), clip("a", 1.0)))
    assert len(made.inputs) == 2


def test_adjustments_stand_before_the_bars() -> None:
    made = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, adjustments=Adjustments(contrast=-50)),))
    chain = made.graph[0]
    assert chain.index("lutyuv") < chain.index("pad=1080")
    assert "enable" not in chain


def test_intervals_switch_on_exact_frames() -> None:
    grey = AdjustedInterval(start=1.0, end=2.0, adjustments=Adjustments(saturation=-100))
    made = plan({"a": SILENT}, base=BaseVideo(source="a"), adjustments=(grey,))
    assert ":enable='between(n,30,59)'" in made.graph[0]


def test_a_base_videos_sound_is_copied_where_mp4_can_hold_it() -> None:
    made = plan({"a": LANDSCAPE}, base=BaseVideo(source="a"))
    assert made.targets[0].options[2:4] == ("-map", "0:1")
    assert made.targets[0].options[made.targets[0].options.index("-c:a") + 1] == "copy"
    assert not any("sound" in chain for chain in made.graph)
    opus = Probe(1280, 720, duration=10.0, fps=25.0, audio=1, sound=Sound("opus", 48_000, 2))
    assert "[sound]" in plan({"a": opus}, base=BaseVideo(source="a")).targets[0].options
    assert "[sound]" in plan({"a": SILENT}, base=BaseVideo(source="a")).targets[0].options


def test_texts_lie_over_the_joined_video() -> None:
    overlay = Overlay(nothing, 130, 148, 818, 106)
    placed = PlacedOverlay(overlay, 0, 71, Path("/job/text-0.rgba"))
    made = plan({"a": SILENT}, (placed,), clips=(clip("a", 5.0),))
    assert "[joined][t0rgba]overlay=130:148:enable='between(n,0,71)'[t0]" in made.graph
    assert any(chain.startswith("[t0]setparams") for chain in made.graph)
    assert made.inputs[1].path == Path("/job/text-0.rgba")


def test_a_backdrop_is_blurred_only_while_it_shows() -> None:
    overlay = Overlay(nothing, 100, 100, 50, 50, Backdrop(90, 90, 70, 70, 8.0, nothing))
    placed = PlacedOverlay(overlay, 3, 9, Path("/job/text-0.rgba"), Path("/job/mask-0.rgba"))
    made = plan({"a": SILENT}, (placed,), clips=(clip("a", 5.0),))
    assert "[t0b]crop=70:70:90:90,gblur=sigma=8:enable='between(n,3,9)'[t0c]" in made.graph


def test_volume_and_quality() -> None:
    made = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, volume=0.5),), output=Output(quality="high", fps=25))
    assert any("volume=0.5" in chain for chain in made.graph)
    assert made.targets[0].options[made.targets[0].options.index("-preset") + 1] == "medium"
    assert made.targets[0].options[made.targets[0].options.index("-g") + 1] == "50"


@pytest.mark.parametrize(
    ("shape", "inner"),
    [
        ((1920, 1080), (1080, 608)),
        ((1080, 1920), (1080, 1920)),
        ((100, 1000), (192, 1920)),
        ((1079, 1919), (1080, 1920)),
        ((3, 4000), (2, 1920)),
    ],
)
def test_contain_keeps_the_shape_in_even_numbers(shape: tuple[int, int], inner: tuple[int, int]) -> None:
    assert fitting.contained(Probe(*shape, duration=1.0, fps=25.0), (1080, 1920)) == inner


def test_cover_crops_before_it_scales() -> None:
    chain = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, fit="cover"),)).graph[0]
    assert "crop=iw*0.31640625:ih*1.00000000,scale=1080:1920" in chain
    assert ",pad=" not in chain


def test_what_isnt_bt709_is_converted() -> None:
    phone = Probe(640, 480, duration=5.0, fps=30.0, matrix="bt601", full_range=True)
    chain = plan({"a": phone}, clips=(clip("a", 1.0),)).graph[0]
    assert "in_color_matrix=bt601:in_range=pc:out_color_matrix=bt709:out_range=tv" in chain


def test_a_source_that_cant_seek_is_decoded_up_to_its_in_point() -> None:
    stream = Probe(1080, 1920, duration=10.0, fps=25.0, can_seek=False, audio=1, sound=STEREO)
    made = plan({"a": stream}, clips=(clip("a", 2.0, **{"in": 2.5}),))
    assert "-ss" not in made.inputs[0].options
    assert made.inputs[0].options[-2:] == ("-t", "5.000000")
    assert made.graph[0].startswith("[0:0]trim=start=2.500000,setpts=PTS-2.500000/TB,fps=30")
    assert made.graph[2].startswith("[0:1]atrim=start=2.500000,asetpts=PTS-2.500000/TB,aresample")
