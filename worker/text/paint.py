"""Texts painted as the editor's preview shows them: CSS boxes, shadows and strokes, by Skia.

`paint` takes a text and gives pictures just large enough for it, with their place on the output. Pure: fonts come in
as `Typefaces`, nothing is written.

The order of painting is CSS's: box, shadows (the last one first), letters, stroke centred on the outline.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import skia

from worker.job import JobWarning, Text, WarningCode
from worker.text import picture
from worker.text.animation import STANDING, Moves, Pose
from worker.text.ink import Ink, color4f
from worker.text.layout import Laid, baselines, extent, lay, reach, rounded, seen
from worker.text.typefaces import Typefaces
from worker.text.typesetting import Typesetter

Pictures = Callable[[], Iterator[picture.Picture]]
"""Pictures of one size, made one after the other when they are asked for: those of a long animation together would
fill the memory."""

_SPARE_PX = 2
"""Around a moving text: edges are anti-aliased anew in each frame."""


@dataclass(frozen=True)
class Backdrop:
    """The video behind a box, to be blurred: a rectangle in pixels of the output, the standard deviation of the blur,
    and masks of the rectangle's size (white where it shows)."""

    x: int
    y: int
    width: int
    height: int
    sigma: float
    masks: Pictures


@dataclass(frozen=True)
class Overlay:
    """A painted text: a picture with straight alpha, and where its top left corner lies on the output (even numbers,
    since the video's colour planes are halved).

    Of an animated text `pictures` and the backdrop's `masks` are several, one after the other: `coming` of them while
    it comes, one of it standing, `going` while it goes.
    """

    pictures: Pictures
    x: int
    y: int
    width: int
    height: int
    backdrop: Backdrop | None = None
    coming: int = 0
    going: int = 0

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one picture."""
        return bool(self.coming or self.going)

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.coming + 1 + self.going


def paint(
    text: Text, size: tuple[int, int], typefaces: Typefaces, moves: Moves | None = None, *, pose: Pose = STANDING
) -> tuple[Overlay | None, tuple[JobWarning, ...]]:
    """Paint one text for an output of `size` pixels: in each frame of its moves, or in one pose. None where nothing of
    it would be seen."""
    laid = lay(text, size, typefaces)
    poses = moves.poses() if moves else [pose]
    painted = _moving(laid, poses, size) if moves else _still(laid, pose, size)
    backdrop = _backdrop(laid, poses, size)
    warnings = _missing(text, laid.typesetter)
    if painted is None and backdrop is None:
        return None, warnings
    if painted is None:
        nothing = skia.IRect.MakeXYWH(max(laid.box.x, 0) & ~1, max(laid.box.y, 0) & ~1, 2, 2)
        painted = nothing, lambda: iter([picture.transparent(2, 2)] * len(poses))
    area, pictures = painted
    coming, going = (moves.coming, moves.going) if moves else (0, 0)
    place = (area.left(), area.top(), area.width(), area.height())
    return Overlay(pictures, *place, backdrop, coming, going), warnings


def _still(laid: Laid, pose: Pose, size: tuple[int, int]) -> tuple[skia.IRect, Pictures] | None:
    """The text in one pose, and where."""
    whole = seen(reach(laid.style, laid.box), laid, [pose], size)
    if whole is None:
        return None
    painted = _painted(laid, pose, whole)
    crop = picture.visible(painted)
    if crop is None:
        return None
    area = skia.IRect.MakeLTRB(*crop).makeOffset(whole.left(), whole.top())
    finished = picture.finished(painted, crop)
    return area, lambda: iter([finished])


def _moving(laid: Laid, poses: Sequence[Pose], size: tuple[int, int]) -> tuple[skia.IRect, Pictures] | None:
    """The text in all poses, and where."""
    everything = reach(laid.style, laid.box)
    standing = _still(laid, STANDING, size)
    if standing is None:
        return None
    visible = skia.Rect.Make(standing[0]).makeOutset(_SPARE_PX, _SPARE_PX)
    is_whole = skia.Rect.MakeWH(*size).contains(laid.matrix(STANDING).mapRect(everything))
    area = seen(visible, laid, poses, size, turned=True) if is_whole else seen(everything, laid, poses, size)
    return None if area is None else (area, lambda: _poses(laid, poses, area))


def _poses(laid: Laid, poses: Sequence[Pose], area: skia.IRect) -> Iterator[picture.Picture]:
    """One picture a pose. A fading text is painted once; what has not moved is not painted anew."""
    before: object = None
    for pose in poses:
        shape = replace(pose, alpha=1.0)
        look = replace(shape, shown=1.0), laid.typesetter.typed(laid.lines, pose.shown)
        if look != before:
            before, base = look, picture.finished(_painted(laid, shape, area))
        yield picture.faded(base, pose.alpha)


def _painted(laid: Laid, pose: Pose, area: skia.IRect) -> skia.Surface:
    surface = skia.Surface.MakeRasterN32Premul(area.width(), area.height())
    with surface as canvas:
        canvas.translate(-area.left(), -area.top())
        canvas.concat(laid.matrix(pose))
        _draw(canvas, laid, pose)
    return surface


def _draw(canvas: skia.Canvas, laid: Laid, pose: Pose) -> None:
    style = laid.style
    canvas.saveLayer(None, skia.Paint(Alphaf=style.opacity * pose.alpha))
    if style.background is not None:
        background = skia.Paint(Color4f=color4f(style.background), AntiAlias=True)
        canvas.drawRRect(rounded(laid.box.area, style), background)
    ink = Ink(canvas, laid.typesetter, style.font_size)
    lines = [(line, x, y) for line, x, y in baselines(laid, pose) if not canvas.quickReject(extent(style, line, x, y))]
    for shadow in reversed(style.shadows):
        for line, x, y in lines:
            ink.shadow(line, x, y, shadow)
    for line, x, y in lines:
        ink.fill(line, x, y, style.color)
    if style.stroke and style.stroke.width > 0:
        for line, x, y in lines:
            ink.stroke(line, x, y, style.stroke)
    canvas.restore()


def _backdrop(laid: Laid, poses: Sequence[Pose], size: tuple[int, int]) -> Backdrop | None:
    style, box = laid.style, laid.box
    area = seen(box.area, laid, poses, size)
    if style.background_blur <= 0 or area is None:
        return None
    place = (area.left(), area.top(), area.width(), area.height())
    return Backdrop(*place, style.background_blur, lambda: (_mask(laid, pose, area) for pose in poses))


def _mask(laid: Laid, pose: Pose, area: skia.IRect) -> picture.Picture:
    surface = skia.Surface.MakeRasterN32Premul(area.width(), area.height())
    with surface as canvas:
        canvas.clear(skia.ColorBLACK)
        canvas.translate(-area.left(), -area.top())
        canvas.concat(laid.matrix(pose))
        white = skia.Paint(Color4f=skia.Color4f(1, 1, 1, laid.style.opacity * pose.alpha), AntiAlias=True)
        canvas.drawRRect(rounded(laid.box.area, laid.style), white)
    return picture.straight(surface)


def _missing(text: Text, typesetter: Typesetter) -> tuple[JobWarning, ...]:
    missing = typesetter.missing(text.content)
    if not missing:
        return ()
    message = f"No font has {', '.join(missing[:10])}: empty boxes stand in the text instead."
    return (JobWarning(WarningCode.GLYPH_MISSING, text.pointer, message),)
