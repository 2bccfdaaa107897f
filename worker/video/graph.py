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
from itertools import pairwise
from pathlib import Path

from worker.job import Output
from worker.video import colour, fitting, overlaying, sound, transitions
from worker.video.encoding import Encoding
from worker.video.medium import Medium
from worker.video.overlaying import PlacedOverlay
from worker.video.plan import Input, Inputs, RenderPlan, between
from worker.video.probe import CONTAINERS, MAX_PIXELS, PROTOCOLS, SOUND_CONTAINERS, Probe
from worker.video.timeline import Adjusted, Span, Timeline

_MARGIN_SECONDS = 0.5
"""Of a source read beyond its clip's end; the exact cut is the graph's."""


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
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = _pictures(timeline, media, numbers, (output.width, output.height))
    copied = _copied_audio(timeline, media)
    if copied is None:
        track = _music(timeline, music, inputs)
        chains += sound.chains(timeline, media, numbers, track, gain)
    chains += overlaying.chains(overlays, inputs, timeline.fps)
    heard = ("-map", "[sound]") if copied is None else ("-map", copied)
    encoding = Encoding.of(output, copies_audio=copied is not None)
    end = ("-t", f"{timeline.duration:.6f}") if copied else ()
    written = ("-map", "[picture]", *heard, *encoding.arguments(), *end)
    return RenderPlan(tuple(inputs.items), tuple(chains), written, timeline.frames)


def still(
    timeline: Timeline, media: Mapping[str, Medium], overlays: Sequence[PlacedOverlay], output: Output, skipped: int
) -> RenderPlan:
    """Plan a PNG of the frame `skipped` of a short timeline."""
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    chains = _pictures(timeline, media, numbers, (output.width, output.height))
    chains += overlaying.chains(overlays, inputs, timeline.fps)
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


def measuring(
    timeline: Timeline, media: Mapping[str, Medium], music: Path | None, printed: str, *, gain: float = 0.0
) -> RenderPlan:
    """Plan to hear the sound alone, and to write its loudness to the file `printed` (see `sound.loudness_of`)."""
    inputs = Inputs()
    numbers = [inputs.add(_source(span, media[span.source], timeline)) for span in timeline.spans]
    track = _music(timeline, music, inputs)
    chains = [*sound.chains(timeline, media, numbers, track, gain), sound.loudness_chain(printed)]
    return RenderPlan(tuple(inputs.items), tuple(chains), ("-map", "[measured]", "-f", "null"), 0)


def _source(span: Span, medium: Medium, timeline: Timeline) -> Input:
    """A source, opened at its in-point where that works: it costs a fifth of decoding up to it."""
    skipped = 0.0 if medium.probe.can_seek else span.in_point
    seek = ("-ss", f"{span.in_point:.6f}") if span.in_point and not skipped else ()
    until = ("-t", f"{skipped + span.frames / timeline.fps * span.speed + _MARGIN_SECONDS:.6f}")
    safe = ("-protocol_whitelist", PROTOCOLS, "-format_whitelist", CONTAINERS, "-max_pixels:v", str(MAX_PIXELS))
    return Input(medium.path, (*safe, *seek, *(() if medium.probe.is_still else until)))


def _music(timeline: Timeline, path: Path | None, inputs: Inputs) -> int | None:
    """The number of the soundtrack's input; None without one."""
    track = timeline.soundtrack
    if track is None or path is None:
        return None
    safe = ("-protocol_whitelist", PROTOCOLS, "-format_whitelist", SOUND_CONTAINERS, "-vn")
    return inputs.add(Input(path, (*safe, *(("-ss", f"{track.in_point:.6f}") if track.in_point else ()))))


def _picture(span: Span, probe: Probe, fps: int, size: fitting.Size, *, source: str, label: str) -> list[str]:
    cut = f"trim=end_frame={span.frames}"
    adjusted = [
        between(name, part.first, part.last) if _is_partial(part, span) and colour.is_switchable(name) else name
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
