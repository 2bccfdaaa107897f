"""The painter: lays out and paints texts, in a sandboxed process, since Skia reads the fonts and texts of strangers.

Started by client.py for one job, in the protocol of worker/sandbox/child.py. Kinds of requests:

    font      makes a font of the job known (true)
    estimate  what a text will cost (`Cost`)
    paint     paints a text into files (`Painted`)
    ahead     the same, if it costs little (`PaintedAhead`)

A request's limits hold for the whole job: `cpu_seconds` and `disk_bytes`, and `ahead_cpu_seconds` for what is painted
ahead. Pictures are written one by one, and dropped.
"""

import resource
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from worker.painter.model import Painted, PaintedAhead, PaintOrder, mask_stem, picture_file
from worker.sandbox.child import RefusedError, Values, serve
from worker.text.fonts.catalog import Typefaces, UnusableFontError, bundled
from worker.text.layout.text_box import lay_out
from worker.text.paint import bitmap, cost
from worker.text.paint.model import RAW_SUFFIX, Cost
from worker.text.paint.overlay import Frames, PaintedText, paint


def main() -> None:
    """Answer the requests on standard input."""
    painter = _Painter()
    serve(painter.handle)


class _Painter:
    def __init__(self) -> None:
        self._own: dict[tuple[str, int, bool], Path] = {}
        self._typefaces = bundled()
        self._ahead_seconds = 0.0
        self._written = 0

    def handle(self, request: Values, limits: Values) -> object:
        _limit_cpu_seconds(limits["cpu_seconds"])
        handlers: dict[str, Callable[[Values, Values], object]] = {
            "font": self._font,
            "estimate": self._estimate,
            "paint": self._paint,
            "ahead": self._ahead,
        }
        try:
            return handlers[request["kind"]](request, limits)
        except MemoryError as error:
            raise RefusedError("it takes more memory than a text may", "LIMIT_EXCEEDED") from error

    def _font(self, font: Values, _limits: Values) -> object:
        key = font["family"], font["weight"], font["is_italic"]
        self._own[key] = Path(font["path"])
        self._typefaces = Typefaces(own=self._own)
        try:
            self._typefaces.face(*key)
        except UnusableFontError as error:
            raise RefusedError("it can't be loaded") from error
        return True

    def _estimate(self, request: Values, _limits: Values) -> object:
        return asdict(self._cost(PaintOrder.of_json(request)))

    def _cost(self, order: PaintOrder) -> Cost:
        return cost.estimate(lay_out(order.text, order.size, self._typefaces), order.size, order.animation)

    def _ahead(self, request: Values, limits: Values) -> object:
        expected = self._cost(PaintOrder.of_json(request))
        self._ahead_seconds += expected.cpu_seconds
        is_cheap = self._ahead_seconds <= limits["ahead_cpu_seconds"]
        return asdict(PaintedAhead(expected, self._painted(request, limits) if is_cheap else None))

    def _paint(self, request: Values, limits: Values) -> object:
        return asdict(self._painted(request, limits))

    def _painted(self, request: Values, limits: Values) -> Painted:
        order, stem = PaintOrder.of_json(request), Path(request["stem"])
        text, warnings = paint(order.text, order.size, self._typefaces, order.animation, pose=order.pose)
        if text is not None:
            self._write(text, stem, limits["disk_bytes"])
        return Painted(None if text is None else text.overlay, tuple((each.code, each.message) for each in warnings))

    def _write(self, text: PaintedText, stem: Path, disk_bytes: int) -> None:
        overlay, backdrop = text.overlay, text.overlay.backdrop
        file = picture_file(stem, overlay.width, overlay.height, overlay.frame_count)
        self._write_frames(text.frames, file, disk_bytes)
        if backdrop is not None and text.masks is not None:
            file = picture_file(mask_stem(stem), backdrop.width, backdrop.height, overlay.frame_count)
            self._write_frames(text.masks, file, disk_bytes)

    def _write_frames(self, frames: Frames, path: Path, disk_bytes: int) -> None:
        with path.open("wb") as file:
            for frame in frames():
                data = frame.data if path.suffix == RAW_SUFFIX else bitmap.to_png(frame)
                self._written += len(data)
                if self._written > disk_bytes:
                    raise RefusedError(f"the pictures take more than {disk_bytes // 1024**2} MB", "LIMIT_EXCEEDED")
                file.write(data)


def _limit_cpu_seconds(seconds: int) -> None:
    """Limit the processor time of the whole process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
