"""Streams that change on the way: a browser's recording gets another size, an editor joins two color_ranges. Pure.

FFmpeg would build the whole filter graph anew at a change, and lose or repeat what is in it. It is told not to; then
the first filter of a chain brings every picture to the form of the first one. That costs nothing while nothing changes.
Sound can't be treated so: see worker/video/steady_sound.py.
"""

from worker.probe.model import Probe
from worker.video.plan import upright

_PADDED_FORMATS = {
    f"yuv{subsampling}{depth}" for subsampling in ("420p", "422p", "444p", "j420p", "j422p") for depth in ("", "10le")
}
"""Pixel formats that the filter `pad` has without a conversion."""


def options(probe: Probe) -> tuple[str, ...]:
    """FFmpeg's options of an input. The filters by which it turns a picture upright can't bear another size."""
    return ("-reinit_filter:a" if upright.is_turned_by_ffmpeg(probe) else "-reinit_filter", "0")


def uniform(probe: Probe) -> list[str]:
    """Filters that bring every picture to the size and the range of the first: within bars if its shape is another."""
    if probe.decoded is None or upright.is_turned_by_ffmpeg(probe):
        return []
    width, height = probe.decoded
    color_range = f":out_range={'pc' if probe.full_range else 'tv'}" if probe.has_range else ""
    if probe.pixel_format not in _PADDED_FORMATS or width % 2 or height % 2:
        return [f"scale={width}:{height}{color_range}"]
    return [
        f"scale={width}:{height}:force_original_aspect_ratio=decrease{color_range}",
        f"pad={width}:{height}:-1:-1:eval=frame",
    ]
