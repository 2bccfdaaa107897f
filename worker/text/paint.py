"""Texts painted as the editor's preview shows them: CSS boxes, shadows and strokes, by Skia.

`paint` takes a text and gives a picture just large enough for it, with its place on the output. Pure: fonts come in as
`Typefaces`, nothing is written.

The order of painting is CSS's: box, shadows (the last one first), letters, stroke centred on the outline.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import skia

from worker.job import JobWarning, Shadow, Style, Text, WarningCode
from worker.job.model import CANVAS_HEIGHT, CANVAS_WIDTH
from worker.text import picture
from worker.text.animation import SLIDE_PX, STANDING, Moves, Pose
from worker.text.ink import GLYPH_LIMIT_PX, Ink, color4f
from worker.text.lines import Line, Lines, arrange
from worker.text.typefaces import Typefaces
from worker.text.typesetting import Typesetter


@dataclass(frozen=True)
class Backdrop:
    """The video behind a box, to be blurred: a rectangle in pixels of the output, the standard deviation of the blur,
    and a mask of the rectangle's size (PNG, white where it shows)."""

    x: int
    y: int
    width: int
    height: int
    sigma: float
    mask: bytes


@dataclass(frozen=True)
class Overlay:
    """A painted text: a PNG with straight alpha, and where its top left corner lies on the output (even numbers, since
    the video's colour planes are halved).

    Of an animated text `png` and the backdrop's `mask` hold several, one after the other: `coming` of them while it
    comes, one of it standing, `going` while it goes.
    """

    png: bytes
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


@dataclass(frozen=True)
class _Box:
    """The text's CSS box, in pixels of the output.

    `x` and `y` are its middle, whole pixels; `shift_x` and `shift_y` are what rounding took from the position: the box
    doesn't move by it, its content does.
    """

    x: int
    y: int
    width: float
    height: float
    shift_x: float
    shift_y: float

    @property
    def left(self) -> float:
        """Its left edge; half a pixel is possible, as in a browser, which shows it as a paler edge."""
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        """Its top edge."""
        return self.y - self.height / 2

    @property
    def area(self) -> skia.Rect:
        """What a background covers: from its own corner on it is a whole number of pixels large."""
        width = math.floor(self.shift_x + self.width + 0.5)
        height = math.floor(self.shift_y + self.height + 0.5)
        return skia.Rect.MakeXYWH(self.left, self.top, width, height)


@dataclass(frozen=True)
class _Laid:
    """A text ready to be painted, in pixels of the output."""

    style: Style
    box: _Box
    lines: Lines
    typesetter: Typesetter
    slide: float
    """Pixels of a whole slide."""

    def matrix(self, pose: Pose) -> skia.Matrix:
        """Where the pose brings the text: turned and scaled about the middle of its box, then moved."""
        center = skia.Point(self.box.x, self.box.y)
        matrix = skia.Matrix.RotateDeg(self.style.rotation, center)
        matrix.postScale(pose.scale, pose.scale, center.x(), center.y())
        matrix.postTranslate(0, pose.sunk * self.slide)
        return matrix


def paint(
    text: Text, size: tuple[int, int], typefaces: Typefaces, moves: Moves | None = None, *, pose: Pose = STANDING
) -> tuple[Overlay | None, tuple[JobWarning, ...]]:
    """Paint one text for an output of `size` pixels: in each frame of its moves, or in one pose. None where nothing of
    it would be seen."""
    text = _scaled(text, size)
    style = text.style
    typesetter = Typesetter(style, typefaces)
    lines = arrange(
        text.content,
        typesetter.measure,
        typesetter.heights,
        typesetter.pieces,
        line_height=None if style.line_height is None else style.line_height * style.font_size,
        max_width=text.max_width,
        align=style.text_align,
    )
    slide = SLIDE_PX * min(size[0] / CANVAS_WIDTH, size[1] / CANVAS_HEIGHT)
    laid = _Laid(style, _place(lines, text), lines, typesetter, slide)
    poses = moves.poses() if moves else [pose]
    painted = _paint(laid, poses, size)
    backdrop = _backdrop(laid, poses, size)
    warnings = _missing(text, typesetter)
    if painted is None and backdrop is None:
        return None, warnings
    box = laid.box
    x, y, images = (
        painted if painted else (max(box.x, 0) & ~1, max(box.y, 0) & ~1, [picture.transparent(2, 2)] * len(poses))
    )
    png = b"".join(picture.to_png(image) for image in images)
    coming, going = (moves.coming, moves.going) if moves else (0, 0)
    return Overlay(png, x, y, images[0].shape[1], images[0].shape[0], backdrop, coming, going), warnings


def _scaled(text: Text, size: tuple[int, int]) -> Text:
    """The text in pixels of the output: positions follow each side, lengths the smaller of both."""
    across, down = size[0] / CANVAS_WIDTH, size[1] / CANVAS_HEIGHT
    if across == down == 1:
        return text
    factor = min(across, down)
    style = text.style
    position = text.position.model_copy(update={"x": text.position.x * across, "y": text.position.y * down})
    stroke = style.stroke and style.stroke._replace(width=style.stroke.width * factor)
    scaled = style.model_copy(
        update={
            "padding": tuple(side * factor for side in style.padding),
            "shadows": tuple(Shadow(s.x * factor, s.y * factor, s.blur * factor, s.color) for s in style.shadows),
            "stroke": stroke,
            **{
                name: getattr(style, name) * factor
                for name in ("font_size", "border_radius", "background_blur", "letter_spacing")
            },
        }
    )
    max_width = text.max_width and text.max_width * factor
    return text.model_copy(update={"position": position, "style": scaled, "max_width": max_width})


def _place(lines: Lines, text: Text) -> _Box:
    """Centre the box on its position, as `translate(-50%, -50%)` does."""
    top, right, bottom, left = text.style.padding
    x, y = math.floor(text.position.x + 0.5), math.floor(text.position.y + 0.5)
    width, height = lines.width + left + right, lines.height + top + bottom
    return _Box(x, y, width, height, text.position.x - x, text.position.y - y)


def _reach(style: Style, box: _Box) -> skia.Rect:
    """All that the paint of an unmoved text may touch."""
    around = style.font_size + (style.stroke.width if style.stroke else 0)
    casts = [(s.x, s.y, 1.5 * s.blur) for s in style.shadows] + [(0.0, 0.0, 0.0)]
    return skia.Rect.MakeLTRB(
        box.left - around + min(x - spread for x, _, spread in casts),
        box.top - around + min(y - spread for _, y, spread in casts),
        box.left + box.width + around + max(x + spread for x, _, spread in casts),
        box.top + box.height + around + max(y + spread for _, y, spread in casts),
    )


def _seen(area: skia.Rect, laid: _Laid, poses: Sequence[Pose], size: tuple[int, int]) -> skia.IRect | None:
    """Where on the output `area` comes to in any of the poses, in even numbers; None where that is outside."""
    moved = [laid.matrix(pose).mapRect(area) for pose in poses]
    left = max(math.floor(min(rect.left() for rect in moved) + 1e-3), 0) & ~1
    top = max(math.floor(min(rect.top() for rect in moved) + 1e-3), 0) & ~1
    right = min(math.ceil(max(rect.right() for rect in moved) - 1e-3) + 1 & ~1, size[0])
    bottom = min(math.ceil(max(rect.bottom() for rect in moved) - 1e-3) + 1 & ~1, size[1])
    return skia.IRect.MakeLTRB(left, top, right, bottom) if right > left and bottom > top else None


def _paint(laid: _Laid, poses: Sequence[Pose], size: tuple[int, int]) -> tuple[int, int, list[picture.Pixels]] | None:
    reach = _seen(_reach(laid.style, laid.box), laid, poses, size)
    if reach is None:
        return None
    surfaces: list[skia.Surface] = []
    for pose in poses:
        surface = skia.Surface(reach.width(), reach.height())
        with surface as canvas:
            canvas.translate(-reach.left(), -reach.top())
            canvas.concat(laid.matrix(pose))
            _draw(canvas, laid, pose)
        surfaces.append(surface)
    return picture.cropped(surfaces, reach.left(), reach.top())


def _draw(canvas: skia.Canvas, laid: _Laid, pose: Pose) -> None:
    style = laid.style
    canvas.saveLayer(None, skia.Paint(Alphaf=style.opacity * pose.alpha))
    if style.background is not None:
        background = skia.Paint(Color4f=color4f(style.background), AntiAlias=True)
        canvas.drawRRect(_rounded(laid.box.area, style), background)
    ink = Ink(canvas, laid.typesetter, style.font_size)
    baselines = list(_baselines(laid, pose))
    for shadow in reversed(style.shadows):
        for line, x, y in baselines:
            ink.shadow(line, x, y, shadow)
    for line, x, y in baselines:
        ink.fill(line, x, y, style.color)
    if style.stroke and style.stroke.width > 0:
        for line, x, y in baselines:
            ink.stroke(line, x, y, style.stroke)
    canvas.restore()


def _baselines(laid: _Laid, pose: Pose) -> Iterator[tuple[Line, float, float]]:
    """Each line that shows something, and the left end of its baseline on the output."""
    style, box = laid.style, laid.box
    top, _, _, left = style.padding
    is_snapped = style.font_size <= GLYPH_LIMIT_PX and not style.rotation
    for line in laid.typesetter.typed(laid.lines, pose.shown):
        if line.text:
            # textlayout puts half of the letter spacing before a letter, CSS all of it behind.
            x = box.left + box.shift_x + left + line.left - style.letter_spacing / 2
            y = box.top + math.floor(box.shift_y + top + line.baseline + 0.5)
            yield line, x, math.floor(y + 0.5) if is_snapped else y


def _backdrop(laid: _Laid, poses: Sequence[Pose], size: tuple[int, int]) -> Backdrop | None:
    style, box = laid.style, laid.box
    area = _seen(box.area, laid, poses, size)
    if style.background_blur <= 0 or area is None:
        return None
    masks: list[bytes] = []
    for pose in poses:
        surface = skia.Surface(area.width(), area.height())
        with surface as canvas:
            canvas.clear(skia.ColorBLACK)
            canvas.translate(-area.left(), -area.top())
            canvas.concat(laid.matrix(pose))
            white = skia.Paint(Color4f=skia.Color4f(1, 1, 1, style.opacity * pose.alpha), AntiAlias=True)
            canvas.drawRRect(_rounded(box.area, style), white)
        masks.append(picture.to_png(picture.pixels(surface)))
    place = (area.left(), area.top(), area.width(), area.height())
    return Backdrop(*place, style.background_blur, b"".join(masks))


def _rounded(area: skia.Rect, style: Style) -> skia.RRect:
    """CSS's rounded box: the radius shrinks where the box is too small for it."""
    radius = min(style.border_radius, area.width() / 2, area.height() / 2)
    return skia.RRect.MakeRectXY(area, radius, radius)


def _missing(text: Text, typesetter: Typesetter) -> tuple[JobWarning, ...]:
    missing = typesetter.missing(text.content)
    if not missing:
        return ()
    message = f"No font has {', '.join(missing[:10])}: empty boxes stand in the text instead."
    return (JobWarning(WarningCode.GLYPH_MISSING, text.pointer, message),)
