"""A text laid out: its CSS box, its lines, and where on the output they come to. Nothing is painted here."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import skia

from worker.job import Shadow, Style, Text
from worker.job.model import CANVAS_HEIGHT, CANVAS_WIDTH
from worker.text.animation import SLIDE_PX, Pose
from worker.text.ink import GLYPH_LIMIT_PX
from worker.text.lines import Line, Lines, arrange
from worker.text.typefaces import Typefaces
from worker.text.typesetting import Typesetter


@dataclass(frozen=True)
class Box:
    """The text's CSS box, in pixels of the output.

    `x` and `y` are its middle, whole pixels; `shift_x` and `shift_y` are what rounding took from the position: the box
    doesn't move by it, its content does. `overflow` is by how much a line sticks out on the right.
    """

    x: int
    y: int
    width: float
    height: float
    shift_x: float
    shift_y: float
    overflow: float = 0.0

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
class Laid:
    """A text ready to be painted, in pixels of the output."""

    style: Style
    box: Box
    lines: Lines
    typesetter: Typesetter
    slide: float
    """Pixels of a whole slide."""

    def matrix(self, pose: Pose) -> skia.Matrix:
        """Where the pose brings the text: turned and scaled about the middle of its box, then moved."""
        matrix = self.move(pose)
        matrix.preRotate(self.style.rotation, self.box.x, self.box.y)
        return matrix

    def move(self, pose: Pose) -> skia.Matrix:
        """Where the pose brings the standing text."""
        matrix = skia.Matrix()
        matrix.setScale(pose.scale, pose.scale, self.box.x, self.box.y)
        matrix.postTranslate(0, pose.sunk * self.slide)
        return matrix


def lay(text: Text, size: tuple[int, int], typefaces: Typefaces) -> Laid:
    """Lay a text out for an output of `size` pixels."""
    text = _scaled(text, size)
    style = text.style
    typesetter = Typesetter(style, typefaces, text.content)
    lines = arrange(
        text.content,
        typesetter.measure,
        typesetter.heights,
        typesetter.pieces,
        line_height=None if style.line_height is None else math.floor(style.line_height * style.font_size * 64) / 64,
        max_width=text.max_width,
        align=style.text_align,
        slack=typesetter.slack,
    )
    slide = SLIDE_PX * min(size[0] / CANVAS_WIDTH, size[1] / CANVAS_HEIGHT)
    return Laid(style, _place(lines, text), lines, typesetter, slide)


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


def _place(lines: Lines, text: Text) -> Box:
    """Centre the box on its position, as `translate(-50%, -50%)` does. Where it is turned too, a browser rounds the
    position for good."""
    top, right, bottom, left = text.style.padding
    x, y = math.floor(text.position.x + 0.5), math.floor(text.position.y + 0.5)
    shift_x, shift_y = (0.0, 0.0) if text.style.rotation else (text.position.x - x, text.position.y - y)
    width, height = lines.width + left + right, lines.height + top + bottom
    overflow = max(0.0, *(line.left + line.width - lines.width - right for line in lines.lines))
    return Box(x, y, width, height, shift_x, shift_y, overflow)


def reach(style: Style, box: Box) -> skia.Rect:
    """All that the paint of an unmoved text may touch."""
    around = style.font_size + (style.stroke.width if style.stroke else 0)
    casts = [(s.x, s.y, 1.5 * s.blur) for s in style.shadows] + [(0.0, 0.0, 0.0)]
    return skia.Rect.MakeLTRB(
        box.left - around + min(x - spread for x, _, spread in casts),
        box.top - around + min(y - spread for _, y, spread in casts),
        box.left + box.width + box.overflow + around + max(x + spread for x, _, spread in casts),
        box.top + box.height + around + max(y + spread for _, y, spread in casts),
    )


def seen(
    area: skia.Rect, laid: Laid, poses: Sequence[Pose], size: tuple[int, int], *, turned: bool = False
) -> skia.IRect | None:
    """Where on the output `area` comes to in any of the poses, in even numbers; None where that is outside. An area
    that is `turned` already is one of the standing text, its rotation included."""
    moved = [(laid.move(pose) if turned else laid.matrix(pose)).mapRect(area) for pose in poses]
    left = max(math.floor(min(rect.left() for rect in moved) + 1e-3), 0) & ~1
    top = max(math.floor(min(rect.top() for rect in moved) + 1e-3), 0) & ~1
    right = min(math.ceil(max(rect.right() for rect in moved) - 1e-3) + 1 & ~1, size[0])
    bottom = min(math.ceil(max(rect.bottom() for rect in moved) - 1e-3) + 1 & ~1, size[1])
    return skia.IRect.MakeLTRB(left, top, right, bottom) if right > left and bottom > top else None


def extent(style: Style, line: Line, x: float, y: float) -> skia.Rect:
    """All that the paint of one line may touch; `x` and `y` are the left end of its baseline."""
    around = 2 * style.font_size + (style.stroke.width if style.stroke else 0)
    box = Box(round(x + line.width / 2), round(y), line.width, 2 * around, 0, 0)
    return reach(style, box)


def rounded(area: skia.Rect, style: Style) -> skia.RRect:
    """CSS's rounded box: the radius shrinks where the box is too small for it."""
    radius = min(style.border_radius, area.width() / 2, area.height() / 2)
    return skia.RRect.MakeRectXY(area, radius, radius)


def baselines(laid: Laid, pose: Pose) -> Iterator[tuple[Line, float, float]]:
    """Each line that shows something, and the left end of its baseline on the output."""
    style, box = laid.style, laid.box
    top, _, _, left = style.padding
    is_snapped = style.font_size <= GLYPH_LIMIT_PX and not style.rotation
    for line in laid.typesetter.typed(laid.lines, pose.shown):
        if line.text:
            x = box.left + box.shift_x + left + line.left
            y = box.top + math.floor(box.shift_y + top + line.baseline + 0.5)
            yield line, x, math.floor(y + 0.5) if is_snapped else y
