"""Estimates the memory of an FFmpeg run from its decoders, filters and encoders. Pure.

All of them are open at once, whatever is visible: memory grows with the number of clips, texts and files, not with the
video's length.
"""

from collections.abc import Mapping, Sequence

from worker.job import ErrorCode, PermanentError
from worker.probe.model import MediaSource, Probe
from worker.text.paint.model import Overlay, overlaid_bytes
from worker.video.plan import fit
from worker.video.plan.filter_graph import Composition
from worker.video.plan.timeline import Timeline

BUDGET_BYTES = 3 * 1024**3
"""Most memory that a run may be estimated to need. Runs use half to nine tenths of it (`tests/worker/test_memory.py`),
and a task has 4 GB, of which the worker and its other processes take half a gigabyte."""

_PROCESS_BYTES, _INPUT_BYTES = 80 * 1024**2, 6 * 1024**2
"""The process, and the threads and buffers of each of its inputs."""

_DECODER_PICTURES = {"h264": 18, "av1": 16}
_OTHER_DECODER_PICTURES = 12
"""Pictures that a decoder and the queue behind it hold: references, up to 16 of them in H.264 (A.3.1), and a few per
thread. Measured with 4K: H.264 14 to 19, AV1 16, HEVC 8, ProRes 10."""

_STILL_PICTURES = 3

_COMPOSED_PICTURES, _TRANSITION_PICTURES = 10, 64
"""Fitted pictures of a clip that wait to be joined; the clips beside a transition wait for each other."""

_ENCODER_PICTURES = {"h264": 80, "h265": 80, "av1": 120}
_REFERENCE_PICTURES = 16
"""Pictures that an encoder keeps for its look-ahead and as references, and the references alone."""


def estimate(timeline: Timeline, media: Mapping[str, MediaSource], compositions: Sequence[Composition]) -> int:
    """Bytes of memory that rendering a timeline, or an excerpt, in one run needs at most, roughly."""
    frames = timeline.spans[-1].end
    composed = sum(_bytes(composition.size) for composition in compositions)
    joined = [
        min(_TRANSITION_PICTURES, frames + _COMPOSED_PICTURES) if after.first < before.end else _COMPOSED_PICTURES
        for before, after in zip(timeline.spans, timeline.spans[1:], strict=False)
    ]
    probes = [media[span.source].probe for span in timeline.spans]
    decoders = sum(_decoder(probe) + probe.open_bytes for probe in probes)
    encoders = sum(
        min(_ENCODER_PICTURES[file.encoding.codec], frames + _REFERENCE_PICTURES) * _bytes(file.size)
        for composition in compositions
        for file in composition.files
    )
    overlays = [placed.overlay for composition in compositions for placed in composition.overlays]
    return (
        _PROCESS_BYTES
        + (len(timeline.spans) + len(overlays)) * _INPUT_BYTES
        + decoders
        + (sum(joined) + _COMPOSED_PICTURES) * composed
        + encoders
        + sum(map(_text, overlays))
    )


def check_sources(timeline: Timeline, media: Mapping[str, MediaSource]) -> None:
    """Raise `PermanentError` (LIMIT_EXCEEDED) if opening all clips, as mixing the sound does, takes too much memory."""
    opened = [(media[span.source].probe.open_bytes, span.pointer) for span in timeline.spans]
    if _PROCESS_BYTES + sum(size + _INPUT_BYTES for size, _ in opened) <= BUDGET_BYTES:
        return
    size, pointer = max(opened)
    message = (
        f"Opening the source takes {size >> 20} MiB of memory for each clip, and all clips together take more than a "
        "worker has: it is very long, or has a large cover. Cut it, or use fewer clips."
    )
    raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)


def _decoder(probe: Probe) -> int:
    depth = 2 if "10" in probe.pixel_format or "12" in probe.pixel_format else 1
    planes = 3 if "444" in probe.pixel_format or "rgb" in probe.pixel_format or "gbr" in probe.pixel_format else 2
    planes += probe.has_alpha
    pictures = _STILL_PICTURES if probe.is_still else _DECODER_PICTURES.get(probe.codec, _OTHER_DECODER_PICTURES)
    return pictures * planes * depth * probe.width * probe.height * 3 // 4


def _text(overlay: Overlay) -> int:
    backdrop = overlay.backdrop
    blurred = 0 if backdrop is None else backdrop.width * backdrop.height
    return overlaid_bytes(overlay.width * overlay.height, blurred)


def _bytes(size: fit.Size) -> int:
    """A picture with a byte per pixel and half as much for colors (4:2:0)."""
    return size[0] * size[1] * 3 // 2
