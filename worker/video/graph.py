"""One FFmpeg filter graph for a whole job. Pure: a timeline and its media in, FFmpeg's arguments out.

    source ─ frame rate ─ cut ─ fit ─ hold last frame ─ adjust ─ pad ┐
    source ─ …                                                       ├ join ─ texts ─ colour tags ─ H.264
    source ─ …                                                       ┘
    sound: see sound.py

Everything is decoded once and encoded once. The frame rate comes first, so that no filter works on a frame that is
dropped; lengths are frames and samples, never seconds, so that sound and picture can't drift apart. What a user wrote
never stands in a filter: texts come in as pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.job import Output
from worker.video import allowed, composing, encoding, fitting, overlaying, sound, untouched
from worker.video.medium import Medium
from worker.video.outputs import THUMBNAIL, VIDEO, Encoded
from worker.video.overlaying import PlacedOverlay
from worker.video.plan import Input, Inputs, RenderPlan, Target
from worker.video.timeline import Span, Timeline

STILL = "frame.png"

_MARGIN_SECONDS = 0.5
"""Of a source read beyond its clip's end; the exact cut is the graph's."""


@dataclass(frozen=True)
class Composition:
    """The timeline composed in one size: texts painted for it, and the files that are encoded from it."""

    size: fitting.Size
    overlays: tuple[PlacedOverlay, ...]
    files: tuple[Encoded, ...]


def build(
    timeline: Timeline,
    media: Mapping[str, Medium],
    compositions: Sequence[Composition],
    *,
    thumbnail: int = 0,
    music: Path | None = None,
    gain: float = 0.0,
) -> RenderPlan:
    """Plan a render. `media` holds each source of the timeline by its URL, `music` is the soundtrack's file; `gain` is
    what the whole sound is made louder by, in decibels. The frame `thumbnail` becomes a JPEG besides."""
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = composing.chains(timeline, media, numbers, [composition.size for composition in compositions])
    copied = _copied_audio(timeline, media)
    if copied is None:
        track = _music(timeline, music, inputs)
        chains += sound.chains(timeline, media, numbers, track, gain)
    pads: dict[str, str] = {}
    for index, composition in enumerate(compositions):
        prefix = composing.prefix(index)
        chains += overlaying.chains(composition.overlays, inputs, timeline.fps, prefix)
        picture = f"{prefix}picture"
        if not index:
            chains += _shown(picture, thumbnail)
            picture = f"{picture}0"
        chains += _scaled(composition, picture, pads)
    heard, split = _heard(copied, len(pads))
    files = [file for composition in compositions for file in composition.files]
    targets = tuple(
        _target(file.file, f"[{pads[file.file]}]", file.encoding.picture(), pad, timeline)
        for file, pad in zip(files, heard, strict=True)
    )
    jpeg = Target(THUMBNAIL, ("-map", "[thumbnail]", *encoding.JPEG))
    return RenderPlan(tuple(inputs.items), (*chains, *split), (*targets, jpeg), timeline.frames)


def copied(
    timeline: Timeline,
    media: Mapping[str, Medium],
    output: Output,
    *,
    music: Path | None = None,
    gain: float = 0.0,
) -> RenderPlan | None:
    """Plan to take over a base video's picture as it is, whatever becomes of its sound; None where it is to be changed.
    Whether its frames stand where they should is seen only when it is done (`untouched.py`)."""
    span = timeline.spans[0]
    medium = media[span.source]
    if not untouched.may_be_copied(timeline, medium.probe, output):
        return None
    inputs = Inputs()
    number = inputs.add(_source(span, medium, timeline))
    sound_pad = _copied_audio(timeline, media)
    chains: list[str] = []
    if sound_pad is None:
        chains = sound.chains(timeline, media, [number], _music(timeline, music, inputs), gain)
    heard, _ = _heard(sound_pad, 1)
    target = _target(VIDEO, f"{number}:{medium.probe.video}", encoding.copied_picture(), heard[0], timeline)
    return RenderPlan(tuple(inputs.items), tuple(chains), (target,), timeline.frames)


def still(
    timeline: Timeline, media: Mapping[str, Medium], overlays: Sequence[PlacedOverlay], output: Output, skipped: int
) -> RenderPlan:
    """Plan a PNG, `frame.png`, of the frame `skipped` of a short timeline."""
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = composing.chains(timeline, media, numbers, [(output.width, output.height)])
    chains += overlaying.chains(overlays, inputs, timeline.fps)
    rgb = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int,format=rgb24"
    chains.append(f"[picture]trim=start_frame={skipped},{rgb}[still]")
    png = (
        "-map",
        "[still]",
        "-frames:v",
        "1",
        "-c:v",
        "png",
        "-compression_level",
        "1",
        "-f",
        "image2",
        "-update",
        "1",
    )
    return RenderPlan(tuple(inputs.items), tuple(chains), (Target(STILL, png),), 1)


def _target(file: str, picture: str, options: tuple[str, ...], heard: str, timeline: Timeline) -> Target:
    is_copied = not heard.startswith("[")
    end = ("-t", f"{timeline.duration:.6f}") if is_copied or not picture.startswith("[") else ()
    maps = ("-map", picture, "-map", heard)
    return Target(file, (*maps, *options, *encoding.sound(copied=is_copied), *encoding.CONTAINER, *end))


def _heard(copied: str | None, count: int) -> tuple[list[str], list[str]]:
    """What each of `count` files takes its sound from, and the chain that gives each its own."""
    if copied is not None:
        return [copied] * count, []
    if count == 1:
        return ["[sound]"], []
    pads = [f"[sound{index}]" for index in range(count)]
    return pads, [f"[sound]asplit={count}{''.join(pads)}"]


def _shown(picture: str, number: int) -> list[str]:
    """Chains that take one frame of a picture for the thumbnail, and leave `PICTURE0`."""
    return [
        f"[{picture}]split[{picture}0][{picture}1]",
        f"[{picture}1]trim=start_frame={number}:end_frame={number + 1},setpts=0,{encoding.JPEG_COLOURS}[thumbnail]",
    ]


def _scaled(composition: Composition, picture: str, pads: dict[str, str]) -> list[str]:
    """Chains that give each file of a composition its picture; notes its pad in `pads`."""
    files = composition.files
    if len(files) == 1 and files[0].size == composition.size:
        pads[files[0].file] = picture
        return []
    names = [f"{picture}{index}" for index in range(len(files))]
    chains = [f"[{picture}]split={len(files)}{''.join(f'[{name}]' for name in names)}"]
    for file, name in zip(files, names, strict=True):
        pads[file.file] = name
        if file.size != composition.size:
            pads[file.file] = f"{name}s"
            chains.append(f"[{name}]scale={file.size[0]}:{file.size[1]}:flags=bicubic,setsar=1[{name}s]")
    return chains


def measuring(
    timeline: Timeline, media: Mapping[str, Medium], music: Path | None, printed: str, *, gain: float = 0.0
) -> RenderPlan:
    """Plan to hear the sound alone, and to write its loudness to the file `printed` (see `sound.loudness_of`)."""
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    track = _music(timeline, music, inputs)
    chains = [*sound.chains(timeline, media, numbers, track, gain), sound.loudness_chain(printed)]
    return RenderPlan(
        tuple(inputs.items), tuple(chains), (Target("measured", ("-map", "[measured]", "-f", "null")),), 0
    )


def _source(span: Span, medium: Medium, timeline: Timeline) -> Input:
    """A source, opened at its in-point where that works: it costs a fifth of decoding up to it."""
    skipped = 0.0 if medium.probe.can_seek else span.in_point
    seek = ("-ss", f"{span.in_point:.6f}") if span.in_point and not skipped else ()
    until = ("-t", f"{skipped + span.frames / timeline.fps * span.speed + _MARGIN_SECONDS:.6f}")
    return Input(medium.path, (*allowed.options(), *seek, *(() if medium.probe.is_still else until)))


def _music(timeline: Timeline, path: Path | None, inputs: Inputs) -> int | None:
    """The number of the soundtrack's input; None without one."""
    track = timeline.soundtrack
    if track is None or path is None:
        return None
    safe = (*allowed.options(allowed.SOUND_CONTAINERS), "-vn")
    return inputs.add(Input(path, (*safe, *(("-ss", f"{track.in_point:.6f}") if track.in_point else ()))))


def _copied_audio(timeline: Timeline, media: Mapping[str, Medium]) -> str | None:
    """The audio stream that is taken over as it is; None where sound is mixed."""
    probe = media[timeline.spans[0].source].probe
    if timeline.copies_audio and probe.sound is not None and probe.sound.codec == "aac":
        return f"0:{probe.audio}"
    return None
