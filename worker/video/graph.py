"""One FFmpeg filter graph for a whole job. Pure: a timeline and its media in, FFmpeg's arguments out.

    source ─ frame rate ─ cut ─ fit ─ hold last frame ─ adjust ─ pad ┐
    source ─ …                                                       ├ join ─ texts ─ colour tags ─ H.264
    source ─ …                                                       ┘
    source ─ 48 kHz stereo ─ exact length ─ join ─ AAC

Everything is decoded once and encoded once. The frame rate comes first, so that no filter works on a frame that is
dropped; lengths are frames and samples, never seconds, so that sound and picture can't drift apart. What a user wrote
never stands in a filter: texts come in as pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.job import Output
from worker.text.paint import Backdrop, Overlay
from worker.video import colour, fitting
from worker.video.encoding import Encoding
from worker.video.probe import CONTAINERS, MAX_PIXELS, PROTOCOLS, Probe
from worker.video.timeline import SAMPLE_RATE, Span, Timeline

_MARGIN_SECONDS = 0.5
"""Of a source read beyond its clip's end; the exact cut is the graph's."""

_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class Medium:
    """A fetched source: its file and what is in it."""

    path: Path
    probe: Probe


@dataclass(frozen=True)
class PlacedOverlay:
    """A painted text, its PNG files, and the frames `first` to `last` (included) that show it."""

    overlay: Overlay
    first: int
    last: int
    path: Path
    mask: Path | None = None
    """Of the overlay's backdrop."""


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
    timeline: Timeline, media: Mapping[str, Medium], overlays: Sequence[PlacedOverlay], output: Output
) -> RenderPlan:
    """Plan a render. `media` holds each source of the timeline by its URL."""
    inputs = _Inputs()
    chains: list[str] = []
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        probe = media[span.source].probe
        chains += _picture(
            span,
            probe,
            timeline.fps,
            (output.width, output.height),
            source=f"{number}:{probe.video}",
            label=f"v{index}",
        )
    chains.append(_joined("v", len(timeline.spans), "joined"))
    copied = _copied_audio(timeline, media)
    if copied is None:
        for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
            chains.append(_sound(span, media[span.source].probe, number, f"a{index}", timeline))
        chains.append(_joined("a", len(timeline.spans), "sound"))
    last = "joined"
    for index, placed in enumerate(overlays):
        chains += _overlaid(placed, inputs, last, f"t{index}")
        last = f"t{index}"
    chains.append(f"[{last}]{_TAGS},format=yuv420p[picture]")
    sound = ("-map", "[sound]") if copied is None else ("-map", copied)
    encoding = Encoding.of(output, copies_audio=copied is not None)
    end = ("-t", f"{timeline.duration:.6f}") if copied else ()
    written = ("-map", "[picture]", *sound, *encoding.arguments(), *end)
    return RenderPlan(tuple(inputs.items), tuple(chains), written, timeline.frames)


class _Inputs:
    """Numbers inputs in the order in which FFmpeg will be told of them."""

    def __init__(self) -> None:
        self.items: list[Input] = []

    def add(self, item: Input) -> int:
        self.items.append(item)
        return len(self.items) - 1


def _source(span: Span, medium: Medium, timeline: Timeline) -> Input:
    """A source, opened at its in-point where that works: it costs a fifth of decoding up to it."""
    skipped = _skipped_in_graph(span, medium.probe)
    seek = ("-ss", f"{span.in_point:.6f}") if span.in_point and not skipped else ()
    until = ("-t", f"{skipped + span.frames / timeline.fps + _MARGIN_SECONDS:.6f}")
    safe = ("-protocol_whitelist", PROTOCOLS, "-format_whitelist", CONTAINERS, "-max_pixels:v", str(MAX_PIXELS))
    return Input(medium.path, (*safe, *seek, *(() if medium.probe.is_still else until)))


def _skipped_in_graph(span: Span, probe: Probe) -> float:
    """Seconds that are decoded and dropped."""
    return 0.0 if probe.can_seek else span.in_point


def _picture(span: Span, probe: Probe, fps: int, size: fitting.Size, *, source: str, label: str) -> list[str]:
    cut = f"trim=end_frame={span.frames}"
    adjusted = [
        name if part.first == 0 and part.last == span.frames - 1 else _between(name, part.first, part.last)
        for part in span.adjusted
        for name in colour.filters(part.adjustments)
    ]
    return fitting.chains(
        span.fit,
        probe,
        size,
        source=source,
        label=label,
        before=[*_skip(span, probe, ""), f"fps={fps}:start_time=0", cut],
        after=["tpad=stop=-1:stop_mode=clone", cut, *adjusted],
    )


def _sound(span: Span, probe: Probe, number: int, label: str, timeline: Timeline) -> str:
    samples = span.frames * timeline.samples_per_frame
    alike = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"
    if probe.audio is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,{alike},atrim=end_sample={samples}[{label}]"
    volume = [] if span.volume == 1 else [f"volume={span.volume:.6g}"]
    filters = [
        *_skip(span, probe, "a"),
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",  # fills gaps, and silence before a late start
        alike,
        *volume,
        "apad",
        "asetpts=N/SR/TB",  # padding of a stream that gave nothing has no times of its own
        f"atrim=end_sample={samples}",
    ]
    return f"[{number}:{probe.audio}]{','.join(filters)}[{label}]"


def _skip(span: Span, probe: Probe, kind: str) -> list[str]:
    """Filters that drop what comes before the in-point; `kind` is "a" for sound."""
    seconds = _skipped_in_graph(span, probe)
    return [f"{kind}trim=start={seconds:.6f}", f"{kind}setpts=PTS-{seconds:.6f}/TB"] if seconds else []


def _joined(kind: str, count: int, label: str) -> str:
    pads = "".join(f"[{kind}{index}]" for index in range(count))
    outputs = "v=1:a=0" if kind == "v" else "v=0:a=1"
    return f"{pads}concat=n={count}:{outputs}[{label}]"


def _copied_audio(timeline: Timeline, media: Mapping[str, Medium]) -> str | None:
    """The audio stream that is taken over as it is; None where sound is mixed."""
    probe = media[timeline.spans[0].source].probe
    if timeline.copies_audio and probe.sound is not None and probe.sound.codec == "aac":
        return f"0:{probe.audio}"
    return None


def _overlaid(placed: PlacedOverlay, inputs: _Inputs, below: str, label: str) -> list[str]:
    """A text over the picture `below`. Its PNG is decoded once, and repeated by `overlay` itself."""
    chains: list[str] = []
    backdrop = placed.overlay.backdrop
    if backdrop is not None and placed.mask is not None:
        mask = inputs.add(Input(placed.mask))
        chains += _blurred(backdrop, mask, placed, below, label)
        below = f"{label}behind"
    number = inputs.add(Input(placed.path))
    overlay = placed.overlay
    chains.append(f"[{number}:0]scale=in_range=pc:out_range=tv:out_color_matrix=bt709,format=yuva420p[{label}png]")
    shown = _between(f"overlay={overlay.x}:{overlay.y}", placed.first, placed.last)
    chains.append(f"[{below}][{label}png]{shown}[{label}]")
    return chains


def _blurred(backdrop: Backdrop, mask: int, placed: PlacedOverlay, below: str, label: str) -> list[str]:
    """The rectangle behind a box, blurred, put back where the mask is white."""
    cut = f"crop={backdrop.width}:{backdrop.height}:{backdrop.x}:{backdrop.y}"
    blur = _between(f"gblur=sigma={backdrop.sigma:.6g}", placed.first, placed.last)
    shown = _between(f"overlay={backdrop.x}:{backdrop.y}", placed.first, placed.last)
    return [
        f"[{below}]split[{label}a][{label}b]",
        f"[{label}b]{cut},{blur}[{label}c]",
        f"[{mask}:0]scale=out_range=pc,format=gray[{label}m]",
        f"[{label}c][{label}m]alphamerge[{label}d]",
        f"[{label}a][{label}d]{shown}[{label}behind]",
    ]


def _between(name: str, first: int, last: int) -> str:
    """A filter that works on the frames `first` to `last` alone."""
    separator = ":" if "=" in name else "="
    return f"{name}{separator}enable='between(n,{first},{last})'"
