"""The video filter chains from the sources to one joined picture: each span fitted, held, moved, adjusted; then cuts
and transitions. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from worker.probe.model import MediaSource, Probe
from worker.video.plan import alpha, changes, color, fit, seeking, transitions
from worker.video.plan.render_plan import between
from worker.video.plan.timeline import Adjusted, Span, Timeline

_BLENDED = ",format=yuv444p:color_ranges=tv,format=yuv420p:color_ranges=tv"
"""What FFmpeg's transitions do to every frame of a video that has one, and so to those of its excerpts."""


def prefix_of(composition: int) -> str:
    """Prefix of the pad names of the composition with this number."""
    return f"c{composition}" if composition else ""


def chains(
    timeline: Timeline, media: Mapping[str, MediaSource], numbers: Sequence[int], sizes: Sequence[fit.Size]
) -> list[str]:
    """Filter chains from the inputs with these `numbers` to the pad `joined`, in each of the sizes. Decoding, and the
    filters before fitting, run once."""
    chains: list[str] = []
    prefixes = [prefix_of(index) for index in range(len(sizes))]
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        probe = media[span.source].probe
        source, before = f"{number}:{probe.video}", _before(span, probe, timeline.fps)
        sources = [source]
        if len(sizes) > 1:
            sources = [f"{prefix}s{index}" for prefix in prefixes]
            pads = "".join(f"[{name}]" for name in sources)
            chains.append(f"[{source}]{','.join(before)},split={len(sizes)}{pads}")
            before = []
        for prefix, size, pad in zip(prefixes, sizes, sources, strict=True):
            after, label = _after(span, probe), f"{prefix}v{index}"
            chains += fit.chains(span.fit, probe, size, source=pad, label=label, before=before, after=after)
    for prefix, size in zip(prefixes, sizes, strict=True):
        chains += _joined(timeline, size, prefix)
    return chains


def _before(span: Span, probe: Probe, fps: int) -> list[str]:
    """Filters on a source's own frames."""
    deinterlaced = ["bwdif=mode=send_frame:deint=interlaced"] if probe.interlaced else []
    speed = [] if span.speed == 1 else [f"settb={seeking.FINE}", f"setpts=PTS/{span.speed:.6g}"]
    skipped = span.in_point - seeking.start(span.in_point, probe)
    timed = [*seeking.hold(span.in_point, probe), *seeking.shift(skipped), *speed]
    cut = [_cut(span)]
    if span.lead:  # also where the source has ended before the excerpt: its last picture is held
        cut = ["tpad=stop=-1:stop_mode=clone", *_trim(span.lead, span.frames)]
    return [
        *changes.uniform(probe),
        *deinterlaced,
        *timed,
        f"fps={fps}:start_time=0",
        *cut,
        *alpha.over_black(probe),
    ]


def _after(span: Span, probe: Probe) -> list[str]:
    """Filters on the fitted picture."""
    is_kept = (probe.primaries, probe.transfer) == ("bt709", "sdr")
    colors = probe.colors if is_kept else ""  # the others change when they are mapped
    adjusted = [
        between(name, part.first, part.last) if _is_partial(part, span) and color.is_switchable(name) else name
        for part in span.adjusted
        for name in color.filters(part.adjustments, colors)
    ]
    moved = [move.filter() for move in (span.motion, span.push) if move is not None]
    return ["tpad=stop=-1:stop_mode=clone", _cut(span), *moved, *adjusted]


def _cut(span: Span) -> str:
    return f"trim=end_frame={span.frames}"


def _trim(first: int, frames: int) -> list[str]:
    return [f"trim=start_frame={first}:end_frame={first + frames}", "setpts=PTS-STARTPTS"]


def _is_partial(part: Adjusted, span: Span) -> bool:
    return part.first > 0 or part.last < span.frames - 1


def _joined(timeline: Timeline, size: fit.Size, prefix: str) -> list[str]:
    """Chains that join the spans: cuts are concatenated, and a transition leads from one run of cuts to the next. Of an
    excerpt, frames that belong to a transition alone are cut away."""
    fps, spans = timeline.fps, timeline.spans
    is_cut = timeline.lead > 0 or spans[-1].end > timeline.frames
    joined = f"{prefix}{'composed' if is_cut else 'joined'}"
    runs = [[0]]
    for index, (before, after) in enumerate(pairwise(spans), start=1):
        if after.first < before.end:
            runs.append([])
        runs[-1].append(index)
    chains: list[str] = []
    last = ""
    for number, run in enumerate(runs):
        is_last = number == len(runs) - 1
        name = joined if len(runs) == 1 else f"{prefix}run{number}"
        pads = "".join(f"[{prefix}v{index}]" for index in run)
        rest = f",settb=1/{fps}" if len(runs) > 1 else _BLENDED if timeline.blends else ""
        chains.append(f"{pads}concat=n={len(run)}:v=1:a=0{rest}[{name}]")
        if number:
            before, after = spans[run[0] - 1], spans[run[0]]
            target = joined if is_last else f"{prefix}x{number}"
            chains += transitions.chains(
                before.transition,
                first=after.first,
                frames=before.end - after.first,
                fps=fps,
                size=size,
                pads=(last, name, target),
            )
            name = target
        last = name
    if is_cut:
        chains.append(f"[{joined}]{','.join(_trim(timeline.lead, timeline.frames))}[{prefix}joined]")
    return chains
