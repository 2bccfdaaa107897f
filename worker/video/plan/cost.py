"""Estimates the processor time of a render, by the field of the job that causes it, and refuses what exceeds the
budget. Pure.

A message of 3 kB may describe hours of work. The constants are nanoseconds of one core per pixel; together they are
within a factor of three of what real renders use (`tests/worker/test_render_cost.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from worker.job import ErrorCode, PermanentError, limits
from worker.probe.model import MediaSource
from worker.video.plan.encoders import Encoding
from worker.video.plan.filter_graph import Composition
from worker.video.plan.overlays import PlacedOverlay
from worker.video.plan.timeline import Span, Timeline

_DECODED = {"h264": 3.0, "hevc": 6.6, "av1": 5.0, "vp9": 5.0, "prores": 13.0}
_OTHERWISE_DECODED = 8.0
_TRANSPARENT = 5.0
"""Per pixel of a source's picture."""

_FITTED, _TONE_MAPPED, _NARROWED, _MOVED, _ADJUSTED, _BLURRED_FIT, _FADED = 4.0, 16.0, 5.0, 20.0, 4.0, 4.0, 5.0
"""Per pixel of the composed picture."""

_OVERLAID, _BACKDROP = 4.0, 16.0
"""Per pixel of a text's picture, and of the blurred picture behind it."""

_ENCODED = {
    "h264": {"superfast": 9.0, "veryfast": 12.0, "medium": 27.0},
    "h265": {"ultrafast": 17.0, "superfast": 21.0, "fast": 45.0},
    "av1": {"12": 9.0, "10": 10.0, "8": 20.0},
}
"""Per pixel of a file, by codec and preset."""

_CLIP_SECONDS = 0.05
"""Processor time to open a source."""


def check(timeline: Timeline, media: Mapping[str, MediaSource], compositions: Sequence[Composition]) -> None:
    """Raise `PermanentError` (LIMIT_EXCEEDED), with the pointer of the field that costs most, if the render would take
    more processor time than a job may."""
    costs = estimate(timeline, media, compositions)
    total, allowed = sum(costs.values()), budget(timeline.duration)
    if total <= allowed:
        return
    pointer = max(costs, key=lambda each: costs[each])
    message = (
        f"The render would take about {total:,.0f} s of a processor, of which {pointer} takes {costs[pointer]:,.0f} s; "
        f"at most {allowed:,.0f} s are possible for a video of {timeline.duration:.0f} s."
    )
    raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)


def budget(seconds: float) -> float:
    """Most processor time, in seconds, of rendering a video of this length in seconds."""
    return min(
        limits.RENDER_CPU_SECONDS + limits.RENDER_CPU_SECONDS_PER_SECOND * seconds, limits.RENDER_CPU_SECONDS_MAX
    )


def estimate(
    timeline: Timeline, media: Mapping[str, MediaSource], compositions: Sequence[Composition]
) -> dict[str, float]:
    """Processor time in seconds by the JSON pointer of the clip, text, rendition or output that causes it."""
    costs: dict[str, float] = defaultdict(float)
    composed = sum(composition.size[0] * composition.size[1] for composition in compositions)
    for index, span in enumerate(timeline.spans):
        faded = max(span.end - timeline.spans[index + 1].first, 0) if index + 1 < len(timeline.spans) else 0
        costs[span.pointer] += (
            _span(span, media[span.source], timeline.fps, composed) + 1e-9 * _FADED * faded * composed
        )
    for composition in compositions:
        costs["/texts"] += sum(1e-9 * _text(placed) for placed in composition.overlays)
        for file in composition.files:
            costs[file.pointer] += 1e-9 * timeline.frames * file.size[0] * file.size[1] * _encoded(file.encoding)
    return dict(costs)


def _span(span: Span, source: MediaSource, fps: int, composed: int) -> float:
    """Seconds to decode and fit a span for all compositions, which have `composed` pixels together."""
    probe = source.probe
    decoded = 1.0 if probe.is_still else span.frames / fps * span.speed * (probe.fps or fps)
    per_pixel = _FITTED + _ADJUSTED * len(span.adjusted)
    if probe.transfer != "sdr":
        per_pixel += _TONE_MAPPED
    elif probe.primaries != "bt709":
        per_pixel += _NARROWED
    per_pixel += _MOVED if span.motion is not None else 0
    per_pixel += _BLURRED_FIT if span.fit == "blur" else 0
    per_source_pixel = _DECODED.get(probe.codec, _OTHERWISE_DECODED) + (_TRANSPARENT if probe.has_alpha else 0)
    decoding = decoded * probe.width * probe.height * per_source_pixel
    return _CLIP_SECONDS + 1e-9 * (decoding + span.frames * composed * per_pixel)


def _text(placed: PlacedOverlay) -> float:
    """Nanoseconds to overlay a text on its frames."""
    overlay, backdrop = placed.overlay, placed.overlay.backdrop
    pixels = _OVERLAID * overlay.width * overlay.height
    if backdrop is not None:
        pixels += _BACKDROP * backdrop.width * backdrop.height
    return (placed.last - placed.first + 1) * pixels


def _encoded(encoding: Encoding) -> float:
    return _ENCODED[encoding.codec][encoding.preset]
