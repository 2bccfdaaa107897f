"""From the sources to one joined picture: each span fitted, held, moved, adjusted; then cuts and transitions. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from worker.video import colour, fitting, sound, transitions
from worker.video.medium import Medium
from worker.video.plan import between
from worker.video.probe import Probe
from worker.video.timeline import Adjusted, Span, Timeline


def prefix(composition: int) -> str:
    """Of the pads of the composition of that number."""
    return f"c{composition}" if composition else ""


def chains(
    timeline: Timeline, media: Mapping[str, Medium], numbers: Sequence[int], sizes: Sequence[fitting.Size]
) -> list[str]:
    """Filter chains from the inputs of those `numbers` to the pad `joined`, in each of the sizes. Decoding, and what
    comes before fitting, is done once."""
    made: list[str] = []
    starts = [prefix(index) for index in range(len(sizes))]
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        probe = media[span.source].probe
        source, before = f"{number}:{probe.video}", _before(span, probe, timeline.fps)
        sources = [source]
        if len(sizes) > 1:
            sources = [f"{start}s{index}" for start in starts]
            pads = "".join(f"[{name}]" for name in sources)
            made.append(f"[{source}]{','.join(before)},split={len(sizes)}{pads}")
            before = []
        for start, size, pad in zip(starts, sizes, sources, strict=True):
            after, label = _after(span, probe), f"{start}v{index}"
            made += fitting.chains(span.fit, probe, size, source=pad, label=label, before=before, after=after)
    for start, size in zip(starts, sizes, strict=True):
        made += _joined(timeline, size, start)
    return made


def _before(span: Span, probe: Probe, fps: int) -> list[str]:
    """Filters on a source's own frames."""
    deinterlaced = ["bwdif=mode=send_frame:deint=interlaced"] if probe.interlaced else []
    pace = [] if span.speed == 1 else [f"setpts=PTS/{span.speed:.6g}"]
    return [*deinterlaced, *sound.skip(span, probe), *pace, f"fps={fps}:start_time=0", _cut(span)]


def _after(span: Span, probe: Probe) -> list[str]:
    """Filters on the fitted picture."""
    colors = probe.colors if probe.transfer == "sdr" else ""  # HDR's are others once they are mapped
    adjusted = [
        between(name, part.first, part.last) if _is_partial(part, span) and colour.is_switchable(name) else name
        for part in span.adjusted
        for name in colour.filters(part.adjustments, colors)
    ]
    moved = [move.filter() for move in (span.motion, span.push) if move is not None]
    return ["tpad=stop=-1:stop_mode=clone", _cut(span), *moved, *adjusted]


def _cut(span: Span) -> str:
    return f"trim=end_frame={span.frames}"


def _is_partial(part: Adjusted, span: Span) -> bool:
    return part.first > 0 or part.last < span.frames - 1


def _joined(timeline: Timeline, size: fitting.Size, prefix: str) -> list[str]:
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
        name = f"{prefix}joined" if len(runs) == 1 else f"{prefix}run{number}"
        pads = "".join(f"[{prefix}v{index}]" for index in run)
        chains.append(f"{pads}concat=n={len(run)}:v=1:a=0{'' if len(runs) == 1 else f',settb=1/{fps}'}[{name}]")
        if number:
            before, after = spans[run[0] - 1], spans[run[0]]
            target = f"{prefix}joined" if is_last else f"{prefix}x{number}"
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
