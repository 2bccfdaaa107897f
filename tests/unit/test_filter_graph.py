"""worker/video/plan/filter_graph.py by value: FFmpeg's arguments."""

import re
from pathlib import Path
from typing import Any, Literal

import pytest

from worker.job import AdjustedInterval, Adjustments, BaseVideo, Clip, Job, Output
from worker.probe.model import MediaSource, Probe, Sound
from worker.text.paint.model import Backdrop, Overlay
from worker.video.plan import filter_graph, fit, output_files
from worker.video.plan.build_timeline import place
from worker.video.plan.overlays import PlacedOverlay
from worker.video.plan.render_plan import RenderPlan

STEREO = Sound("aac", 2)
LANDSCAPE = Probe(1280, 720, duration=10.0, fps=25.0, audio=1, sound=STEREO)
SILENT = Probe(1080, 1920, duration=10.0, fps=25.0)


def plan(probes: dict[str, Probe], overlays: tuple[PlacedOverlay, ...] = (), **fields: Any) -> RenderPlan:
    job = Job(job_id="j", video_id="v", **fields)
    media = {source: MediaSource(Path(f"/media/{i}/media"), probe) for i, (source, probe) in enumerate(probes.items())}
    composed = filter_graph.Composition((job.output.width, job.output.height), overlays, output_files.files(job.output))
    return filter_graph.build(place(job, probes), media, [composed])


def clip(source: str, duration: float, **fields: Any) -> Clip:
    return Clip.model_validate({"source": source, "duration": duration, **fields})


def test_clips_have_exactly_as_many_samples_as_frames() -> None:
    planned = plan({"a": LANDSCAPE, "b": SILENT}, clips=(clip("a", 2.4), clip("b", 2.6)))
    pictures, sounds = planned.graph[:2], [chain for chain in planned.graph if "end_sample" in chain][:2]
    assert [set(re.findall(r"end_frame=(\d+)", chain)) for chain in pictures] == [{"72"}, {"78"}]
    assert [set(re.findall(r"end_sample=(\d+)", chain)) for chain in sounds] == [{"115200"}, {"124800"}]
    assert planned.frames == 150


def test_the_frame_rate_is_set_before_any_other_filter() -> None:
    planned = plan({"a": LANDSCAPE, "b": SILENT}, clips=(clip("a", 2.4), clip("b", 2.6)))
    assert all(re.match(r"\[\d:0\]fps=30", chain) for chain in planned.graph[:2])


def test_each_input_is_restricted_and_seeks_before_it_is_opened() -> None:
    planned = plan({"a": LANDSCAPE}, clips=(clip("a", 2.0, **{"in": 2.5}),))
    options = planned.inputs[0].options
    assert options[options.index("-protocol_whitelist") + 1] == "file"
    assert "concat" not in options[options.index("-format_whitelist") + 1]
    assert "hls" not in options[options.index("-format_whitelist") + 1]
    assert options[-3:] == ("-noaccurate_seek", "-ss", "2.500000")
    arguments = planned.arguments(Path("/job"))
    assert arguments[len(options) : len(options) + 2] == ["-i", "file:/media/0/media"]
    assert [word for word in arguments if word.startswith("file:/job/")] == [
        "file:/job/video.mp4",
        "file:/job/thumbnail.jpg",
    ]


def test_a_source_used_twice_is_two_inputs() -> None:
    planned = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0), clip("a", 1.0)))
    assert len(planned.inputs) == 2


def test_each_clip_is_decoded_once_and_the_video_is_encoded_once() -> None:
    planned = plan({"a": LANDSCAPE, "b": SILENT}, clips=(clip("a", 1.0), clip("b", 1.0)))
    arguments = planned.arguments(Path("/job"))
    assert arguments.count("-i") == 2
    assert arguments.count("libx264") == 1


def test_adjustments_come_before_the_bars() -> None:
    planned = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, adjustments=Adjustments(contrast=-50)),))
    chain = planned.graph[0]
    assert chain.index("lutyuv") < chain.index("pad=1080")
    assert "enable" not in chain


def test_intervals_switch_on_exact_frames() -> None:
    grey = AdjustedInterval(start=1.0, end=2.0, adjustments=Adjustments(saturation=-100))
    planned = plan({"a": SILENT}, base=BaseVideo(source="a"), adjustments=(grey,))
    assert ":enable='between(n,30,59)'" in planned.graph[0]


def test_a_base_videos_sound_is_copied_where_mp4_can_hold_it() -> None:
    planned = plan({"a": LANDSCAPE}, base=BaseVideo(source="a"))
    assert planned.outputs[0].options[2:4] == ("-map", "0:1")
    assert planned.outputs[0].options[planned.outputs[0].options.index("-c:a") + 1] == "copy"
    assert not any("sound" in chain for chain in planned.graph)
    opus = Probe(1280, 720, duration=10.0, fps=25.0, audio=1, sound=Sound("opus", 2))
    assert "[sound]" in plan({"a": opus}, base=BaseVideo(source="a")).outputs[0].options
    assert "[sound]" in plan({"a": SILENT}, base=BaseVideo(source="a")).outputs[0].options


def test_texts_are_overlaid_on_the_joined_video() -> None:
    overlay = Overlay(130, 148, 818, 106)
    placed = PlacedOverlay(overlay, 0, 71, Path("/job/text-0.rgba"))
    planned = plan({"a": SILENT}, (placed,), clips=(clip("a", 5.0),))
    assert "[joined][t0rgba]overlay=130:148:enable='between(n,0,71)'[t0]" in planned.graph
    assert any(chain.startswith("[t0]setparams") for chain in planned.graph)
    assert planned.inputs[1].path == Path("/job/text-0.rgba")


def test_a_backdrop_is_blurred_only_while_it_shows() -> None:
    overlay = Overlay(100, 100, 50, 50, Backdrop(90, 90, 70, 70, 8.0))
    placed = PlacedOverlay(overlay, 3, 9, Path("/job/text-0.rgba"), Path("/job/mask-0.rgba"))
    planned = plan({"a": SILENT}, (placed,), clips=(clip("a", 5.0),))
    assert "[t0b]crop=70:70:90:90,gblur=sigma=8:enable='between(n,3,9)'[t0c]" in planned.graph


def test_volume_and_quality() -> None:
    planned = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, volume=0.5),), output=Output(quality="high", fps=25))
    assert any("volume=0.5" in chain for chain in planned.graph)
    assert planned.outputs[0].options[planned.outputs[0].options.index("-preset") + 1] == "medium"
    assert planned.outputs[0].options[planned.outputs[0].options.index("-g") + 1] == "50"


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
    assert fit.contained(Probe(*shape, duration=1.0, fps=25.0), (1080, 1920)) == inner


def test_cover_crops_before_it_scales() -> None:
    chain = plan({"a": LANDSCAPE}, clips=(clip("a", 1.0, fit="cover"),)).graph[0]
    assert "crop=iw*0.31640625:ih*1.00000000,scale=1080:1920" in chain
    assert ",pad=" not in chain


def test_what_isnt_bt709_is_converted() -> None:
    phone = Probe(640, 480, duration=5.0, fps=30.0, matrix="bt601", full_range=True)
    chain = plan({"a": phone}, clips=(clip("a", 1.0),)).graph[0]
    assert "in_color_matrix=bt601:in_range=pc:out_color_matrix=bt709:out_range=tv" in chain


def test_alpha_is_multiplied_in_before_a_picture_is_scaled() -> None:
    webm = Probe(640, 480, duration=5.0, fps=30.0, codec="vp9", video=1, has_alpha=True)
    planned = plan({"a": webm}, clips=(clip("a", 1.0),))
    options = planned.inputs[0].options
    assert options[options.index("-c:1") + 1] == "libvpx-vp9"
    assert "trim=end_frame=30,premultiply=inplace=1,scale=1080:810" in planned.graph[0]


def test_a_source_without_alpha_costs_nothing_more() -> None:
    webm = Probe(640, 480, duration=5.0, fps=30.0, codec="vp9")
    planned = plan({"a": webm}, clips=(clip("a", 1.0),))
    assert not any(
        option.startswith(("-c", "-bsf")) for option in planned.inputs[0].options if option != "-codec_whitelist"
    )
    assert not any("premultiply" in chain for chain in planned.graph)


def test_a_source_that_cant_seek_is_decoded_up_to_its_in_point() -> None:
    stream = Probe(1080, 1920, duration=10.0, fps=25.0, can_seek=False, audio=1, sound=STEREO)
    planned = plan({"a": stream}, clips=(clip("a", 2.0, **{"in": 2.5}),))
    assert "-ss" not in planned.inputs[0].options
    assert planned.inputs[0].options[-2:] == ("-t", "5.000000")
    assert planned.graph[0].startswith(
        "[0:0]tpad=stop_mode=clone:stop_duration=2.500000,settb=1/705600000,setpts=PTS-2.500000/TB,fps=30:start_time=0"
    )
    sound = "[0:1]asettb=1/705600000,asetpts=PTS-2.500000/TB,atrim=start=0:end=2.200000,aresample"
    assert any(chain.startswith(sound) for chain in planned.graph)


@pytest.mark.parametrize("transfer", ["sdr", "hlg"])
@pytest.mark.parametrize("chosen", ["contain", "cover", "stretch", "blur"])
def test_a_lying_picture_is_turned_at_the_size_of_the_output(chosen: str, transfer: Literal["sdr", "hlg"]) -> None:
    """A phone's 4K has four times the pixels. What `crop` keeps is named before the turn."""
    probe = Probe(2160, 3840, duration=9.0, fps=30.0, rotation=270, transfer=transfer)
    (*_, last) = [
        chain
        for chain in fit.chains(chosen, probe, (1080, 1080), source="0:0", label="v", before=[], after=[])
        if "transpose=clock" in chain
    ]
    inner = {"contain": "1080:608", "blur": "1080:608"}.get(chosen, "1080:1080")
    assert re.search(rf"scale={inner}:.*transpose=clock,setparams=chroma_location=unspecified,setsar=1", last)
    assert ("crop=iw*0.56250000:ih*1.00000000" in last) == (chosen == "cover")
