"""Texts painted as the editor's preview shows them: CSS boxes, shadows and strokes, by Skia.

`paint` takes a text and gives a picture just large enough for it, with its place on the output. Pure: fonts come in as
`Typefaces`, nothing is written.

The order of painting is CSS's: box, shadows (the last one first), letters, stroke centred on the outline.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import skia

from worker.job import JobWarning, Shadow, Style, Text, WarningCode
from worker.job.model import CANVAS_HEIGHT, CANVAS_WIDTH
from worker.text import picture
from worker.text.ink import Ink, color4f
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
    the video's colour planes are halved)."""

    png: bytes
    x: int
    y: int
    width: int
    height: int
    backdrop: Backdrop | None = None


@dataclass(frozen=True)
class _Box:
    """The text's CSS box: whole pixels on the output; `shift` is the fraction of a pixel that the letters keep."""

    x: int
    y: int
    width: int
    height: int
    shift: float

    @property
    def area(self) -> skia.Rect:
        """As Skia wants it."""
        return skia.Rect.MakeXYWH(self.x, self.y, self.width, self.height)


def paint(text: Text, size: tuple[int, int], typefaces: Typefaces) -> tuple[Overlay | None, tuple[JobWarning, ...]]:
    """Paint one text for an output of `size` pixels. None where nothing of it would be seen."""
    text = _scaled(text, size)
    style = text.style
    typesetter = Typesetter(style, typefaces)
    lines = arrange(
        text.content,
        typesetter.measure,
        typesetter.heights,
        line_height=None if style.line_height is None else style.line_height * style.font_size,
        max_width=text.max_width,
        align=style.text_align,
    )
    box = _place(lines, text)
    painted = _paint(style, lines, box, typesetter, _reach(style, box, size))
    backdrop = _backdrop(style, box, size)
    warnings = _missing(text, typesetter)
    if painted is None and backdrop is None:
        return None, warnings
    x, y, image = painted if painted else (box.x & ~1, box.y & ~1, picture.transparent(2, 2))
    return Overlay(picture.to_png(image), x, y, image.shape[1], image.shape[0], backdrop), warnings


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
    """Centre the box on its position, as `translate(-50%, -50%)` does: rounded, the fraction kept for the letters."""
    top, right, bottom, left = text.style.padding
    width, height = lines.width + left + right, lines.height + top + bottom
    x, y = text.position.x - width / 2, text.position.y - height / 2
    whole = math.floor(x + 0.5)
    return _Box(whole, math.floor(y + 0.5), round(width), round(height), x - whole)


def _reach(style: Style, box: _Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that paint may touch, on the output; emptied or cropped below."""
    around = style.font_size + (style.stroke.width if style.stroke else 0)
    casts = [(s.x, s.y, 1.5 * s.blur) for s in style.shadows] + [(0.0, 0.0, 0.0)]
    left = box.x - around + min(x - spread for x, _, spread in casts)
    top = box.y - around + min(y - spread for _, y, spread in casts)
    right = box.x + box.width + around + max(x + spread for x, _, spread in casts)
    bottom = box.y + box.height + around + max(y + spread for _, y, spread in casts)
    return (
        max(math.floor(left), 0) & ~1,
        max(math.floor(top), 0) & ~1,
        min(math.ceil(right), size[0]),
        min(math.ceil(bottom), size[1]),
    )


def _paint(
    style: Style, lines: Lines, box: _Box, typesetter: Typesetter, reach: tuple[int, int, int, int]
) -> tuple[int, int, picture.Pixels] | None:
    left, top, right, bottom = reach
    if right <= left or bottom <= top:
        return None
    surface = skia.Surface(right - left, bottom - top)
    with surface as canvas:
        canvas.translate(-left, -top)
        canvas.saveLayer(None, skia.Paint(Alphaf=style.opacity))
        if style.background is not None:
            canvas.drawRRect(_rounded(box.area, style), skia.Paint(Color4f=color4f(style.background), AntiAlias=True))
        ink = Ink(canvas, typesetter, style.font_size)
        baselines = list(_baselines(lines, style, box))
        for shadow in reversed(style.shadows):
            for line, x, y in baselines:
                ink.shadow(line, x, y, shadow)
        for line, x, y in baselines:
            ink.fill(line, x, y, style.color)
        if style.stroke and style.stroke.width > 0:
            for line, x, y in baselines:
                ink.stroke(line, x, y, style.stroke)
        canvas.restore()
    return picture.cropped(surface, left, top)


def _baselines(lines: Lines, style: Style, box: _Box) -> Iterator[tuple[Line, float, float]]:
    """Each line that shows something, and the left end of its baseline on the output."""
    top, _, _, left = style.padding
    for line in lines.lines:
        if line.text:
            # textlayout puts half of the letter spacing before a letter, CSS all of it behind.
            x = box.x + box.shift + left + line.left - style.letter_spacing / 2
            yield line, x, box.y + math.floor(top + line.baseline + 0.5)


def _backdrop(style: Style, box: _Box, size: tuple[int, int]) -> Backdrop | None:
    x, y = max(box.x, 0) & ~1, max(box.y, 0) & ~1
    right, bottom = min(box.x + box.width + 1 & ~1, size[0]), min(box.y + box.height + 1 & ~1, size[1])
    if style.background_blur <= 0 or right <= x or bottom <= y:
        return None
    surface = skia.Surface(right - x, bottom - y)
    with surface as canvas:
        canvas.clear(skia.ColorBLACK)
        canvas.translate(-x, -y)
        white = skia.Paint(Color4f=skia.Color4f(1, 1, 1, style.opacity), AntiAlias=True)
        canvas.drawRRect(_rounded(box.area, style), white)
    return Backdrop(x, y, right - x, bottom - y, style.background_blur, picture.to_png(picture.pixels(surface)))


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
