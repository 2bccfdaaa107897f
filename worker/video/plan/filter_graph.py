"""One FFmpeg filter graph for a whole job. Pure: a timeline and its media in, FFmpeg's arguments out.

    source ─ frame rate ─ cut ─ fit ─ hold last frame ─ adjust ─ pad ┐
    source ─ …                                                       ├ join ─ texts ─ color tags ─ H.264
    source ─ …                                                       ┘
    sound: see audio_chains.py

Everything is decoded once and encoded once. The frame rate comes first, so that no filter works on a frame that is
dropped; lengths are frames and samples, never seconds, so that sound and picture can't drift apart. A user's words
never appear in a filter: texts are inputs, as pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.job import Output
from worker.probe import formats
from worker.probe.model import MediaSource
from worker.video.plan import (
    alpha,
    audio_chains,
    changes,
    delays,
    encoders,
    fit,
    overlays,
    seeking,
    stream_copy,
    upright,
    video_chains,
)
from worker.video.plan.key_frames import key_frames
from worker.video.plan.output_files import THUMBNAIL, VIDEO, OutputSpec
from worker.video.plan.overlays import PlacedOverlay
from worker.video.plan.render_plan import Input, Inputs, OutputFile, RenderPlan, Sound
from worker.video.plan.timeline import Span, Timeline

STILL = "frame.png"

_PNG = ("-frames:v", "1", "-c:v", "png", "-compression_level", "1", "-f", "image2", "-update", "1")

JPEG_FILE = OutputFile(THUMBNAIL, ("-map", "[thumbnail]", *encoders.JPEG))

_MARGIN_SECONDS = 0.5
"""Seconds of a source that are read beyond its clip's end; the graph cuts exactly."""


@dataclass(frozen=True)
class Composition:
    """The timeline composed in one size: its texts painted for it, and the files that are encoded from it."""

    size: fit.Size
    overlays: tuple[PlacedOverlay, ...]
    files: tuple[OutputSpec, ...]


def build(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    *,
    thumbnail: int = 0,
    music: Path | None = None,
    gain: float = 0.0,
) -> RenderPlan:
    """Plan a render. `media` holds each source of the timeline by its URL, `music` is the soundtrack's file, `gain` is
    applied to the whole sound, in decibels. The frame `thumbnail` also becomes a JPEG."""
    inputs = Inputs()
    add_sources(timeline, media, inputs)
    files = [file for composition in compositions for file in composition.files]
    sounds, sound_chains = mixed_sounds(timeline, media, inputs, len(files), music=music, gain=gain)
    chains, pictures = pictures_of(timeline, media, compositions, inputs, thumbnail)
    outputs = tuple(
        output_file(file.file, f"[{picture}]", video_options(file, timeline, range(timeline.frames)), sound, timeline)
        for file, picture, sound in zip(files, pictures, sounds, strict=True)
    )
    return RenderPlan(tuple(inputs.items), (*chains, *sound_chains), (*outputs, JPEG_FILE), timeline.frames)


def video_options(file: OutputSpec, timeline: Timeline, encoded: range) -> tuple[str, ...]:
    """The encoder's options for some frames of a file, with key frames where the whole has them."""
    frames = key_frames(timeline, aligned=file.encoding.aligned)
    return file.encoding.video_options(frame - encoded.start for frame in frames if frame in encoded[1:])


def add_sources(timeline: Timeline, media: Mapping[str, MediaSource], inputs: Inputs) -> list[int]:
    """Add each span's source to the inputs; returns their numbers."""
    return [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]


def pictures_of(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    inputs: Inputs,
    thumbnail: int | None,
) -> tuple[list[str], list[str]]:
    """The chains of all pictures, and the pad of each composition's files in turn. The spans' sources are the first
    inputs. If `thumbnail` is a frame's number, that frame is also the pad of `JPEG_FILE`."""
    numbers = range(len(timeline.spans))
    chains = video_chains.chains(timeline, media, numbers, [composition.size for composition in compositions])
    pictures: list[str] = []
    for index, composition in enumerate(compositions):
        prefix = video_chains.prefix_of(index)
        chains += overlays.chains(composition.overlays, inputs, timeline, prefix)
        picture = f"{prefix}picture"
        if not index and thumbnail is not None:
            chains += _thumbnail(picture, thumbnail)
            picture = f"{picture}0"
        scaling, pads = _scaled(composition, picture)
        chains += scaling
        pictures += pads
    return chains, pictures


def mixed_sounds(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    inputs: Inputs,
    count: int,
    *,
    music: Path | None,
    gain: float,
) -> tuple[list[str], list[str]]:
    """What each of `count` files maps as its sound, and the chains of it: mixed from the spans and the soundtrack, or
    copied from the only span. The spans' sources are the first inputs."""
    numbers = range(len(timeline.spans))
    copied = _copied_sound(timeline, media)
    if copied is not None:
        return [copied] * count, []
    chains = audio_chains.chains(timeline, media, numbers, _add_music(timeline, music, inputs), gain)
    if count == 1:
        return ["[sound]"], chains
    pads = [f"[sound{index}]" for index in range(count)]
    return pads, [*chains, f"[sound]asplit={count}{''.join(pads)}"]


def stream_copy_plan(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    output: Output,
    *,
    music: Path | None = None,
    gain: float = 0.0,
) -> RenderPlan | None:
    """Plan to copy a base video's picture, whatever happens to its sound; None if the picture changes. Only the copy
    shows whether its timestamps are exact (stream_copy.py)."""
    span = timeline.spans[0]
    source = media[span.source]
    if not stream_copy.may_be_copied(timeline, source.probe, output):
        return None
    inputs = Inputs()
    number = inputs.add(_source(span, source, timeline))
    (sound,), chains = mixed_sounds(timeline, media, inputs, 1, music=music, gain=gain)
    video = output_file(VIDEO, f"{number}:{source.probe.video}", encoders.video_copy_options(), sound, timeline)
    return RenderPlan(tuple(inputs.items), tuple(chains), (video,), timeline.frames)


def still_plan(
    timeline: Timeline, media: Mapping[str, MediaSource], placed: Sequence[PlacedOverlay], output: Output
) -> RenderPlan:
    """Plan a PNG, `STILL`, of the first frame of a timeline."""
    inputs = Inputs()
    numbers = add_sources(timeline, media, inputs)
    chains = video_chains.chains(timeline, media, numbers, [(output.width, output.height)])
    chains += overlays.chains(placed, inputs, timeline)
    rgb = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int,format=rgb24"
    chains.append(f"[picture]trim=end_frame=1,{rgb}[still]")
    return RenderPlan(tuple(inputs.items), tuple(chains), (OutputFile(STILL, ("-map", "[still]", *_PNG)),), 1)


def loudness_plan(
    timeline: Timeline, media: Mapping[str, MediaSource], music: Path | None, printed: str, *, gain: float = 0.0
) -> RenderPlan:
    """Plan an audio-only pass that writes the measured loudness to the file `printed` (see
    `audio_chains.parse_loudness`)."""
    inputs = Inputs()
    numbers = add_sources(timeline, media, inputs)
    soundtrack = _add_music(timeline, music, inputs)
    chains = [*audio_chains.chains(timeline, media, numbers, soundtrack, gain), audio_chains.loudness_chain(printed)]
    output = OutputFile("measured", ("-map", "[measured]", "-f", "null"))
    return RenderPlan(tuple(inputs.items), tuple(chains), (output,), 0)


def output_file(file: str, picture: str, options: tuple[str, ...], sound: str, timeline: Timeline) -> OutputFile:
    """An MP4 of the picture and the sound that are mapped; each is a pad in brackets, or a stream to be copied."""
    is_copied = not sound.startswith("[")
    end = ("-t", f"{timeline.duration:.6f}") if is_copied or not picture.startswith("[") else ()
    maps = ("-map", picture, "-map", sound)
    return OutputFile(file, (*maps, *options, *encoders.audio_options(copied=is_copied), *encoders.CONTAINER, *end))


def _thumbnail(picture: str, frame: int) -> list[str]:
    """Chains that take one frame of the pad PICTURE for the thumbnail, and leave PICTURE0."""
    return [
        f"[{picture}]split[{picture}0][{picture}1]",
        f"[{picture}1]trim=start_frame={frame}:end_frame={frame + 1},setpts=0,{encoders.JPEG_COLORS}[thumbnail]",
    ]


def _scaled(composition: Composition, picture: str) -> tuple[list[str], list[str]]:
    """Chains that scale the composed picture for each file of a composition, and the files' pads."""
    files = composition.files
    if len(files) == 1 and files[0].size == composition.size:
        return [], [picture]
    names = [f"{picture}{index}" for index in range(len(files))]
    chains = [f"[{picture}]split={len(files)}{''.join(f'[{name}]' for name in names)}"]
    pads: list[str] = []
    for file, name in zip(files, names, strict=True):
        if file.size == composition.size:
            pads.append(name)
        else:
            pads.append(f"{name}s")
            chains.append(f"[{name}]scale={file.size[0]}:{file.size[1]}:flags=bicubic,setsar=1[{name}s]")
    return chains, pads


def _source(span: Span, source: MediaSource, timeline: Timeline) -> Input:
    """A source, opened shortly before its in-point if that is worth a seek; the graph drops what comes before.

    Without `-noaccurate_seek` FFmpeg would drop the picture that began before the in-point and still stands there. With
    it, `-t` would count from the key frame, so that a source with a seek is read until the graph wants no more.
    """
    probe = source.probe
    start = seeking.start(span.in_point, probe)
    needed = (span.lead + span.frames) / timeline.fps * span.speed + _MARGIN_SECONDS
    until = ("-t", f"{span.in_point + needed:.6f}")
    timing = seeking.options(start) or (() if probe.is_still else until)
    rules = () if probe.is_still else (changes, upright, alpha, delays)
    decoding = [option for rule in rules for option in rule.options(probe)]
    sound = Sound(probe.audio, span.in_point - start + needed)
    return Input(source.path, (*formats.options(), *decoding, *timing), sound)


def _add_music(timeline: Timeline, path: Path | None, inputs: Inputs) -> int | None:
    """Add the soundtrack to the inputs; returns its number, None without one."""
    soundtrack = timeline.soundtrack
    if soundtrack is None or path is None:
        return None
    seek = seeking.options(seeking.soundtrack_start(soundtrack))
    options = (*formats.options(formats.SOUND_CONTAINERS), "-vn", "-reinit_filter", "0", *seek)
    return inputs.add(
        Input(path, options, Sound(soundtrack.audio, soundtrack.in_point + timeline.duration + _MARGIN_SECONDS))
    )


def _copied_sound(timeline: Timeline, media: Mapping[str, MediaSource]) -> str | None:
    """The audio stream that is copied; None if sound is mixed."""
    probe = media[timeline.spans[0].source].probe
    if timeline.copies_audio and probe.sound is not None and probe.sound.codec == "aac":
        return f"0:{probe.audio}"
    return None
