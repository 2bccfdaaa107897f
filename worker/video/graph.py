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
from itertools import pairwise
from pathlib import Path

from worker.job import Output
from worker.text.paint import Backdrop, Overlay
from worker.video import allowed, colour, fitting, sound, transitions
from worker.video.encoding import Encoding
from worker.video.medium import Medium
from worker.video.probe import Probe
from worker.video.timeline import Adjusted, Span, Timeline

_MARGIN_SECONDS = 0.5
"""Of a source read beyond its clip's end; the exact cut is the graph's."""

_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class PlacedOverlay:
    """A painted text, its PNG files, and the frames `first` to `last` (included) that show it."""

    overlay: Overlay
    first: int
    last: int
    path: Path
    mask: Path | None = None
    """Of the overlay's backdrop."""

    @property
    def held(self) -> int:
        """Frames for which an animated text stands still."""
        return self.last - self.first + 1 - self.overlay.coming - self.overlay.going


@dataclass(frozen=True)
class Input:
    """One `-i` of FFmpeg with its options."""

    path: Path
    options: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Options stand before the file that they belong to."""
        return [*self.options, "-i", f"file:{self.path}"]


@dataclass(frozen=True)
class RenderPlan:
    """All that FFmpeg is told, as a value: to run, to print, to test."""

    inputs: tuple[Input, ...]
    graph: tuple[str, ...]
    """Filter chains; joined by `;` they are the filter graph."""
    output: tuple[str, ...]
    frames: int

    def arguments(self, target: Path) -> list[str]:
        """FFmpeg's arguments to write the MP4 `target`."""
        inputs = [argument for item in self.inputs for argument in item.arguments()]
        return [*inputs, "-filter_complex", ";\n".join(self.graph), *self.output, "-y", f"file:{target}"]


def build(
    timeline: Timeline,
    media: Mapping[str, Medium],
    overlays: Sequence[PlacedOverlay],
    output: Output,
    *,
    music: Path | None = None,
    gain: float = 0.0,
) -> RenderPlan:
    """Plan a render. `media` holds each source of the timeline by its URL, `music` is the soundtrack's file; `gain` is
    what the whole sound is made louder by, in decibels."""
    inputs = _Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = _pictures(timeline, media, numbers, (output.width, output.height))
    copied = _copied_audio(timeline, media)
    if copied is None:
        track = _music(timeline, music, inputs)
        chains += sound.chains(timeline, media, numbers, track, gain)
    chains += _with_texts(overlays, inputs, timeline.fps)
    heard = ("-map", "[sound]") if copied is None else ("-map", copied)
    encoding = Encoding.of(output, copies_audio=copied is not None)
    end = ("-t", f"{timeline.duration:.6f}") if copied else ()
    written = ("-map", "[picture]", *heard, *encoding.arguments(), *end)
    return RenderPlan(tuple(inputs.items), tuple(chains), written, timeline.frames)


def still(
    timeline: Timeline, media: Mapping[str, Medium], overlays: Sequence[PlacedOverlay], output: Output, skipped: int
) -> RenderPlan:
    """Plan a PNG of the frame `skipped` of a short timeline."""
    inputs = _Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = _pictures(timeline, media, numbers, (output.width, output.height))
    chains += _with_texts(overlays, inputs, timeline.fps)
    rgb = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int,format=rgb24"
    chains.append(f"[picture]trim=start_frame={skipped},{rgb}[still]")
    png = ("-map", "[still]", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1")
    return RenderPlan(tuple(inputs.items), tuple(chains), png, 1)


def _pictures(timeline: Timeline, media: Mapping[str, Medium], numbers: Sequence[int], size: fitting.Size) -> list[str]:
    """All spans, and `joined`."""
    chains: list[str] = []
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        probe = media[span.source].probe
        chains += _picture(span, probe, timeline.fps, size, source=f"{number}:{probe.video}", label=f"v{index}")
    return [*chains, *_joined(timeline, size)]


def _with_texts(overlays: Sequence[PlacedOverlay], inputs: "_Inputs", fps: int) -> list[str]:
    """From `joined` to `picture`."""
    chains: list[str] = []
    last = "joined"
    for index, placed in enumerate(overlays):
        chains += _overlaid(placed, inputs, last, f"t{index}", fps)
        last = f"t{index}"
    return [*chains, f"[{last}]{_TAGS},format=yuv420p[picture]"]


def measuring(
    timeline: Timeline, media: Mapping[str, Medium], music: Path | None, printed: str, *, gain: float = 0.0
) -> RenderPlan:
    """Plan to hear the sound alone, and to write its loudness to the file `printed` (see `sound.loudness_of`)."""
    inputs = _Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    track = _music(timeline, music, inputs)
    chains = [*sound.chains(timeline, media, numbers, track, gain), sound.loudness_chain(printed)]
    return RenderPlan(tuple(inputs.items), tuple(chains), ("-map", "[measured]", "-f", "null"), 0)


class _Inputs:
    """Numbers inputs in the order in which FFmpeg will be told of them."""

    def __init__(self) -> None:
        self.items: list[Input] = []

    def add(self, item: Input) -> int:
        self.items.append(item)
        return len(self.items) - 1


def _source(span: Span, medium: Medium, timeline: Timeline) -> Input:
    """A source, opened at its in-point where that works: it costs a fifth of decoding up to it."""
    skipped = 0.0 if medium.probe.can_seek else span.in_point
    seek = ("-ss", f"{span.in_point:.6f}") if span.in_point and not skipped else ()
    until = ("-t", f"{skipped + span.frames / timeline.fps * span.speed + _MARGIN_SECONDS:.6f}")
    return Input(medium.path, (*allowed.options(), *seek, *(() if medium.probe.is_still else until)))


def _music(timeline: Timeline, path: Path | None, inputs: _Inputs) -> int | None:
    """The number of the soundtrack's input; None without one."""
    track = timeline.soundtrack
    if track is None or path is None:
        return None
    safe = (*allowed.options(allowed.SOUND_CONTAINERS), "-vn")
    return inputs.add(Input(path, (*safe, *(("-ss", f"{track.in_point:.6f}") if track.in_point else ()))))


def _picture(span: Span, probe: Probe, fps: int, size: fitting.Size, *, source: str, label: str) -> list[str]:
    cut = f"trim=end_frame={span.frames}"
    adjusted = [
        _between(name, part.first, part.last) if _is_partial(part, span) and colour.is_switchable(name) else name
        for part in span.adjusted
        for name in colour.filters(part.adjustments)
    ]
    deinterlaced = ["bwdif=mode=send_frame:deint=interlaced"] if probe.interlaced else []
    pace = [] if span.speed == 1 else [f"setpts=PTS/{span.speed:.6g}"]
    moved = [move.filter() for move in (span.motion, span.push) if move is not None]
    return fitting.chains(
        span.fit,
        probe,
        size,
        source=source,
        label=label,
        before=[*deinterlaced, *sound.skip(span, probe), *pace, f"fps={fps}:start_time=0", cut],
        after=["tpad=stop=-1:stop_mode=clone", cut, *moved, *adjusted],
    )


def _is_partial(part: Adjusted, span: Span) -> bool:
    return part.first > 0 or part.last < span.frames - 1


def _joined(timeline: Timeline, size: fitting.Size) -> list[str]:
    """Cuts are concatenated; transitions lead from one run of cuts over to the next."""
    fps, spans = timeline.fps, timeline.spans
    runs = [[0]]
    for index, (before, after) in enumerate(pairwise(spans), start=1):
        if after.first < before.end:
            runs.append([])
        runs[-1].append(index)
    chains: list[str] = []
    last = ""
    for number, run in enumerate(runs):
        is_last = number == len(runs) - 1
        name = "joined" if len(runs) == 1 else f"run{number}"
        pads = "".join(f"[v{index}]" for index in run)
        chains.append(f"{pads}concat=n={len(run)}:v=1:a=0{'' if len(runs) == 1 else f',settb=1/{fps}'}[{name}]")
        if number:
            before, after = spans[run[0] - 1], spans[run[0]]
            target = "joined" if is_last else f"x{number}"
            chains += transitions.lead_over(
                before.transition,
                first=after.first,
                frames=before.end - after.first,
                fps=fps,
                size=size,
                pads=(last, name, target),
            )
            name = target
        last = name
    return chains


def _copied_audio(timeline: Timeline, media: Mapping[str, Medium]) -> str | None:
    """The audio stream that is taken over as it is; None where sound is mixed."""
    probe = media[timeline.spans[0].source].probe
    if timeline.copies_audio and probe.sound is not None and probe.sound.codec == "aac":
        return f"0:{probe.audio}"
    return None


def _overlaid(placed: PlacedOverlay, inputs: _Inputs, below: str, label: str, fps: int) -> list[str]:
    """A text over the picture `below`. Its PNG is decoded once, and repeated by `overlay` itself."""
    chains: list[str] = []
    overlay = placed.overlay
    times = _animated(placed)
    backdrop = overlay.backdrop
    if backdrop is not None and placed.mask is not None:
        mask = inputs.add(_painting(placed.mask, overlay, fps))
        chains += _blurred(backdrop, mask, placed, times, fps=fps, below=below, label=label)
        below = f"{label}behind"
    number = inputs.add(_painting(placed.path, overlay, fps))
    filters = ["scale=in_range=pc:out_range=tv:out_color_matrix=bt709", "format=yuva420p", *times]
    if overlay.is_animated:
        filters.append(f"setpts=(N+{placed.first})/{fps}/TB")
    chains.append(f"[{number}:0]{','.join(filters)}[{label}png]")
    shown = _between(f"overlay={overlay.x}:{overlay.y}", placed.first, placed.last)
    chains.append(f"[{below}][{label}png]{shown}[{label}]")
    return chains


def _painting(path: Path, overlay: Overlay, fps: int) -> Input:
    """A PNG; of an animated text one after the other in one file, one a frame."""
    return Input(path, ("-f", "png_pipe", "-framerate", str(fps)) if overlay.is_animated else ())


def _animated(placed: PlacedOverlay) -> list[str]:
    """Filters that hold an animated text's middle picture."""
    overlay = placed.overlay
    if not overlay.is_animated or placed.held == 1:
        return []
    return [f"loop=loop={placed.held - 1}:size=1:start={overlay.coming + 1}"]  # it counts from 1


def _blurred(
    backdrop: Backdrop, mask: int, placed: PlacedOverlay, times: Sequence[str], *, fps: int, below: str, label: str
) -> list[str]:
    """The rectangle behind a box, blurred, put back where the mask is white."""
    cut = f"crop={backdrop.width}:{backdrop.height}:{backdrop.x}:{backdrop.y}"
    blur = _between(f"gblur=sigma={backdrop.sigma:.6g}", placed.first, placed.last)
    shown = _between(f"overlay={backdrop.x}:{backdrop.y}", placed.first, placed.last)
    masked = ["scale=out_range=pc", "format=gray", *times]
    if placed.overlay.is_animated:  # a mask for each frame of the video
        masked += [f"tpad=start={placed.first}:start_mode=clone", f"setpts=N/{fps}/TB"]
    return [
        f"[{below}]split[{label}a][{label}b]",
        f"[{label}b]{cut},{blur}[{label}c]",
        f"[{mask}:0]{','.join(masked)}[{label}m]",
        f"[{label}c][{label}m]alphamerge[{label}d]",
        f"[{label}a][{label}d]{shown}[{label}behind]",
    ]


def _between(name: str, first: int, last: int) -> str:
    """A filter that works on the frames `first` to `last` alone."""
    separator = ":" if "=" in name else "="
    return f"{name}{separator}enable='between(n,{first},{last})'"
