"""Has texts painted by the program in the sandbox (child.py), into files below a folder of the job.

What that program answers is untrusted: places are checked against the output, and the files' names are chosen here.
"""

import math
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from worker.job import ErrorCode, Font, JobWarning, PermanentError, Text, limits
from worker.painter.budget import check_costs
from worker.painter.model import Painted, PaintedAhead, PaintOrder, mask_stem, picture_file
from worker.sandbox.child import RefusedError
from worker.sandbox.client import ChildProcess, DiedError, InspectionError
from worker.text.paint.model import Backdrop, Cost, Overlay

_AHEAD_CPU_SECONDS = 1.0
"""Processor time for what is painted before all is known: several times what a usual job takes, and little where a job
is refused later."""

Cancelled = Callable[[], bool]
T = TypeVar("T")


@dataclass(frozen=True)
class TextPictures:
    """A painted text: the files of its pictures, and of its backdrop's masks. No overlay where it is invisible."""

    overlay: Overlay | None
    path: Path
    mask: Path | None
    warnings: tuple[JobWarning, ...]


class Painter:
    """Paints the texts of one job; `process` runs child.py, and may write into `folder`. A job without texts needs no
    process."""

    def __init__(self, process: ChildProcess | None, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._ahead: list[PaintOrder] = []
        self._stems: dict[PaintOrder, Path] = {}
        self._costs: dict[PaintOrder, Cost] = {}
        self._painted: dict[PaintOrder, Painted] = {}

    def load_fonts(self, fonts: Sequence[Font], files: Sequence[Path], cancelled: Cancelled) -> None:
        """Make the job's own fonts known, which must be safe. Raises `PermanentError` (MEDIA_UNDECODABLE) with the
        pointer of one that Skia can't load, `CancelledError`, and `InspectionError`."""
        requests = [
            {"kind": "font", "family": font.family, "weight": font.weight, "is_italic": font.style == "italic"}
            | {"path": str(file)}
            for font, file in zip(fonts, files, strict=True)
        ]
        try:
            self._receive(self._send(requests), cancelled)
        except RefusedError as error:
            message = f"The font can't be used: {error}."
            raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, fonts[error.index].pointer) from None

    def start(self, orders: Sequence[PaintOrder]) -> None:
        """Begin to paint texts, as far as they cost little; `paint` returns them. Doesn't wait."""
        self._ahead = list(dict.fromkeys(orders))
        self._send([order.to_json("ahead", self._stem(order)) for order in self._ahead])

    def paint(self, orders: Sequence[PaintOrder], cancelled: Cancelled) -> list[TextPictures]:
        """Paint all texts of a job, unless `start` did, and end the process. All are estimated before any is painted.

        Raises `PermanentError` (LIMIT_EXCEEDED) with the pointer of the text that costs most where they cost too much,
        or of one that can't be painted; `CancelledError`; and `InspectionError`.
        """
        for order, ahead in zip(self._ahead, self._answers(self._ahead, _PAINTED_AHEAD, cancelled), strict=True):
            self._costs[order] = ahead.cost
            if ahead.painted is not None:
                self._painted[order] = ahead.painted
        self._ahead = []
        check_costs(self.estimate(orders, cancelled))
        rest = self._ask("paint", [order for order in orders if order not in self._painted], _PAINTED, cancelled)
        self._painted.update(rest)
        if self._process is not None:
            self._process.finish()
        return [self._pictures(order) for order in orders]

    def estimate(self, orders: Sequence[PaintOrder], cancelled: Cancelled) -> dict[PaintOrder, Cost]:
        """What each text costs. Raises what `paint` raises, except for what they cost together."""
        unknown = [order for order in orders if order not in self._costs]
        self._costs.update(self._ask("estimate", unknown, _COST, cancelled))
        return {order: self._costs[order] for order in orders}

    def _ask(
        self, kind: str, orders: Sequence[PaintOrder], adapter: TypeAdapter[T], cancelled: Cancelled
    ) -> dict[PaintOrder, T]:
        unique = list(dict.fromkeys(orders))
        self._send([order.to_json(kind, self._stem(order)) for order in unique])
        return dict(zip(unique, self._answers(unique, adapter, cancelled), strict=True))

    def _send(self, requests: Sequence[dict[str, object]]) -> int:
        """Send requests, if there are any; returns their number."""
        if requests and self._process is not None:
            allowed = {
                "cpu_seconds": limits.PAINT_CPU_SECONDS,
                "disk_bytes": limits.PAINT_DISK_BYTES,
                "ahead_cpu_seconds": _AHEAD_CPU_SECONDS,
            }
            self._process.send(allowed, requests)
        return len(requests)

    def _receive(self, count: int, cancelled: Cancelled) -> list[Any]:
        return self._process.receive(count, cancelled) if count and self._process is not None else []

    def _answers(self, orders: Sequence[PaintOrder], adapter: TypeAdapter[T], cancelled: Cancelled) -> list[T]:
        try:
            return [adapter.validate_python(answer) for answer in self._receive(len(orders), cancelled)]
        except ValidationError as error:
            raise InspectionError("An answer about a text makes no sense.") from error
        except DiedError as error:
            if error.returncode > 0:  # an exception of our own code
                raise InspectionError(f"Painting a text {error.how}: {error.last}") from error
            raise _refusal(orders[error.index], _cause_of_death(error)) from None
        except RefusedError as error:
            raise _refusal(orders[error.index], str(error)) from None

    def _stem(self, order: PaintOrder) -> Path:
        return self._stems.setdefault(order, self._folder / f"text-{len(self._stems)}")

    def _pictures(self, order: PaintOrder) -> TextPictures:
        painted, stem = self._painted[order], self._stems[order]
        overlay, backdrop = painted.overlay, painted.overlay and painted.overlay.backdrop
        warnings = tuple(JobWarning(code, order.text.pointer, message) for code, message in painted.warnings)
        if overlay is None:
            return TextPictures(None, stem, None, warnings)
        _check_place(overlay, order)
        frames, mask = overlay.frame_count, None
        if backdrop is not None:
            mask = picture_file(mask_stem(stem), backdrop.width, backdrop.height, frames)
        return TextPictures(overlay, picture_file(stem, overlay.width, overlay.height, frames), mask, warnings)


def check(process: ChildProcess) -> None:
    """Raise `InspectionError` where a painter doesn't work, or finds no fonts: one letter is estimated."""
    Painter(process, Path()).estimate([PaintOrder(Text(content="A"), (16, 16))], lambda: False)


_COST, _PAINTED, _PAINTED_AHEAD = TypeAdapter(Cost), TypeAdapter(Painted), TypeAdapter(PaintedAhead)


def _check_place(overlay: Overlay, order: PaintOrder) -> None:
    """Raise `InspectionError` where a text isn't where and what it can be."""
    areas: list[Overlay | Backdrop] = [overlay, *([overlay.backdrop] if overlay.backdrop else [])]
    is_inside = all(
        min(area.x, area.y) >= 0 < min(area.width, area.height)
        and area.x + area.width <= order.size[0]
        and area.y + area.height <= order.size[1]
        for area in areas
    )
    wanted = (order.animation.enter_frames, order.animation.exit_frames) if order.animation else (0, 0)
    has_frames = (overlay.enter_frames, overlay.exit_frames) == wanted
    is_finite = overlay.backdrop is None or (math.isfinite(overlay.backdrop.sigma) and overlay.backdrop.sigma > 0)
    if not (is_inside and has_frames and is_finite):
        raise InspectionError("The place of a painted text makes no sense.")


def _cause_of_death(error: DiedError) -> str:
    if error.returncode == -signal.SIGXCPU:
        return f"the texts take more than {limits.PAINT_CPU_SECONDS} s of a processor"
    return f"the painter {error.how}"


def _refusal(order: PaintOrder, reason: str) -> PermanentError:
    message = f"The text can't be painted: {reason}. Make its content shorter, or its shadows fewer."
    return PermanentError(ErrorCode.LIMIT_EXCEEDED, message, order.text.pointer)
