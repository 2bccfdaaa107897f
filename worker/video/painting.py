"""Paints the texts of a timeline, and writes the pictures where FFmpeg finds them."""

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from worker.cancelled import CancelledError
from worker.job import Animation, ErrorCode, JobWarning, PermanentError, Text, WarningCode, limits
from worker.text import picture
from worker.text.animation import moves_of
from worker.text.paint import Overlay, Pictures, paint
from worker.text.typefaces import Typefaces
from worker.video.fitting import Size
from worker.video.overlaying import BARE_SUFFIX, PACKED_SUFFIX, PlacedOverlay
from worker.video.timeline import PlacedText

Painted = tuple[Overlay | None, tuple[JobWarning, ...]]

_KEPT_PIXELS = 16 * 1024**2
"""Of the pictures that are painted ahead, four bytes each."""

_BARE_BYTES = 256 * 1024**2
"""Of pixels in one file; a longer animation is packed, so that it can't fill the disk."""


class Patience:
    """How long painting may take: one for all texts of a job.

    Painting is the one costly thing that happens in the worker's own process, where no watchdog could end it.
    """

    def __init__(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._cancelled = cancelled
        self._started = time.process_time()

    def check(self, pointer: str) -> None:
        """Ask between two pictures. Raises `CancelledError`, or `PermanentError` (LIMIT_EXCEEDED) with the text's
        pointer."""
        if self._cancelled():
            raise CancelledError
        if time.process_time() - self._started > limits.PAINT_CPU_SECONDS:
            message = (
                f"The texts take more than {limits.PAINT_CPU_SECONDS:g} s of a processor to paint: make them, their "
                "shadows or their animations fewer, smaller or shorter."
            )
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)


class Painter:
    """Paints the texts of one job.

    What a standing text looks like depends on nothing in the sources: it can be painted while they are looked into.
    """

    def __init__(self, typefaces: Typefaces, patience: Patience) -> None:
        self.typefaces = typefaces
        self._patience = patience
        self._kept: dict[tuple[Text, Size], Painted] = {}

    def paint_ahead(self, texts: Sequence[Text], sizes: Sequence[Size]) -> None:
        """Paint what stands still, and keep it for `paint`. Raises what `Patience.check` raises."""
        left = _KEPT_PIXELS
        for size, text in itertools.product(sizes, texts):
            if text.animation == Animation():
                self._patience.check(text.pointer)
                overlay, found = paint(text, size, self.typefaces)
                left -= overlay.width * overlay.height if overlay else 0
                if left < 0:
                    return
                self._kept[text, size] = overlay, found

    def paint(
        self, texts: Sequence[PlacedText], size: Size, fps: int, folder: Path
    ) -> tuple[tuple[PlacedOverlay, ...], tuple[JobWarning, ...]]:
        """Paint each text for an output of `size` pixels, into files below `folder`; what nobody would see is left
        out. Raises what `Patience.check` raises."""
        overlays: list[PlacedOverlay] = []
        warnings: list[JobWarning] = []
        for index, item in enumerate(texts):
            moves = moves_of(item.text, item.last - item.first + 1, fps)
            self._patience.check(item.text.pointer)
            kept = self._kept.get((item.text, size)) if moves is None else None
            overlay, found = kept or paint(item.text, size, self.typefaces, moves)
            warnings.extend(found)
            if overlay is None:
                message = "The text lies outside of the picture, or is invisible."
                warnings.append(JobWarning(WarningCode.TEXT_DROPPED, item.text.pointer, message))
                continue
            shown = item.first, item.last
            overlays.append(write(overlay, index, shown, folder, patience=self._patience, pointer=item.text.pointer))
        return tuple(overlays), tuple(warnings)


def write(
    overlay: Overlay, index: int, shown: tuple[int, int], folder: Path, *, patience: Patience, pointer: str
) -> PlacedOverlay:
    """Write a painted text's pictures; it is seen from the first to the last frame of `shown`."""
    pixels = overlay.count * overlay.width * overlay.height
    path = _write(overlay.pictures, folder / f"text-{index}", pixels, lambda: patience.check(pointer))
    mask = None
    if overlay.backdrop is not None:
        pixels = overlay.count * overlay.backdrop.width * overlay.backdrop.height
        mask = _write(overlay.backdrop.masks, folder / f"mask-{index}", pixels, lambda: patience.check(pointer))
    return PlacedOverlay(overlay, *shown, path, mask)


def _write(pictures: Pictures, stem: Path, pixels: int, check: Callable[[], None]) -> Path:
    is_bare = 4 * pixels <= _BARE_BYTES
    path = stem.with_suffix(BARE_SUFFIX if is_bare else PACKED_SUFFIX)
    with path.open("wb") as file:
        for made in pictures():
            check()
            file.write(made.data if is_bare else picture.to_png(made))
    return path
