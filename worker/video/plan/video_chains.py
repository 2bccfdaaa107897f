"""The video filter chains from the sources to one joined picture: each span fitted, held, moved, adjusted; then cuts
and transitions. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from worker.probe.model import MediaSource, Probe
from worker.video.plan import alpha, changes, color, fit, seeking, transitions
from worker.video.plan.render_plan import between
from worker.video.plan.timeline import Adjusted, Span, Timeline


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
    """Chains that join the spans: what spans share is blended by a transition, and all is concatenated. Of an excerpt,
    frames that belong to a transition alone are cut away.

    Only the frames of a transition pass through its filter, which works in 4:4:4: others would lose sharpness of color.
    """
    fps, spans = timeline.fps, timeline.spans
    is_cut = timeline.lead > 0 or spans[-1].end > timeline.frames
    joined = f"{prefix}{'composed' if is_cut else 'joined'}"
    shared = [max(before.end - after.first, 0) for before, after in pairwise(spans)]
    chains: list[str] = []
    pieces: list[str] = []
    for index, (span, before, after) in enumerate(zip(spans, [0, *shared], [*shared, 0], strict=True)):
        pad = f"{prefix}v{index}"
        split, pads = _split(pad, span.frames, before, after, fps)
        chains += split
        if before:
            blended = f"{prefix}x{index}"
            chains += transitions.chains(
                spans[index - 1].transition,
                frames=before,
                fps=fps,
                size=size,
                pads=(f"{prefix}v{index - 1}t", f"{pad}h", blended),
            )
            pieces.append(blended)
        pieces += pads
    timebase = f",settb=1/{fps}" if any(shared) else ""
    chains.append(f"{''.join(f'[{piece}]' for piece in pieces)}concat=n={len(pieces)}:v=1:a=0{timebase}[{joined}]")
    if is_cut:
        chains.append(f"[{joined}]{','.join(_trim(timeline.lead, timeline.frames))}[{prefix}joined]")
    return chains


def _split(pad: str, frames: int, before: int, after: int, fps: int) -> tuple[list[str], list[str]]:
    """Chains that divide a span into the frames that it shares with the span `before` it (pad `h`), with the one
    `after` it (pad `t`), and its own; and the pad of its own, if it has any."""
    if not before and not after:
        return [], [pad]
    parts = {"h": (0, before), "b": (before, frames - after), "t": (frames - after, frames)}
    pads = {f"{pad}{name}": bounds for name, bounds in parts.items() if bounds[0] < bounds[1]}
    copies = [f"{pad}{index}" for index in range(len(pads))]
    chains = [f"[{pad}]split={len(copies)}{''.join(f'[{copy}]' for copy in copies)}"]
    for copy, (name, (first, end)) in zip(copies, pads.items(), strict=True):
        chains.append(f"[{copy}]trim=start_frame={first}:end_frame={end},settb=1/{fps},setpts=N[{name}]")
    return chains, [f"{pad}b"] if f"{pad}b" in pads else []
