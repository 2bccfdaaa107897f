"""Paints the texts of a timeline, and writes the pictures where FFmpeg finds them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from worker.job import JobWarning, WarningCode
from worker.text import picture
from worker.text.animation import moves_of
from worker.text.paint import Overlay, Pictures, paint
from worker.text.typefaces import Typefaces
from worker.video.overlaying import BARE_SUFFIX, PACKED_SUFFIX, PlacedOverlay
from worker.video.timeline import PlacedText

_BARE_BYTES = 256 * 1024**2
"""Of pixels in one file; a longer animation is packed, so that it can't fill the disk."""


def paint_texts(
    texts: Sequence[PlacedText], size: tuple[int, int], fps: int, typefaces: Typefaces, folder: Path
) -> tuple[tuple[PlacedOverlay, ...], tuple[JobWarning, ...]]:
    """Paint each text for an output of `size` pixels, into files below `folder`; what nobody would see is left out."""
    overlays: list[PlacedOverlay] = []
    warnings: list[JobWarning] = []
    for index, item in enumerate(texts):
        moves = moves_of(item.text, item.last - item.first + 1, fps)
        overlay, found = paint(item.text, size, typefaces, moves)
        warnings.extend(found)
        if overlay is None:
            message = "The text lies outside of the picture, or is invisible."
            warnings.append(JobWarning(WarningCode.TEXT_DROPPED, item.text.pointer, message))
            continue
        overlays.append(write(overlay, index, (item.first, item.last), folder))
    return tuple(overlays), tuple(warnings)


def write(overlay: Overlay, index: int, shown: tuple[int, int], folder: Path) -> PlacedOverlay:
    """Write a painted text's pictures; it is seen from the first to the last frame of `shown`."""
    pixels = overlay.count * overlay.width * overlay.height
    path = _write(overlay.pictures, folder / f"text-{index}", pixels)
    mask = None
    if overlay.backdrop is not None:
        pixels = overlay.count * overlay.backdrop.width * overlay.backdrop.height
        mask = _write(overlay.backdrop.masks, folder / f"mask-{index}", pixels)
    return PlacedOverlay(overlay, *shown, path, mask)


def _write(pictures: Pictures, stem: Path, pixels: int) -> Path:
    is_bare = 4 * pixels <= _BARE_BYTES
    path = stem.with_suffix(BARE_SUFFIX if is_bare else PACKED_SUFFIX)
    with path.open("wb") as file:
        for made in pictures():
            file.write(np.ascontiguousarray(made).data if is_bare else picture.to_png(made))
    return path
