"""Text layout: a text's CSS box, its lines, and the areas of the output that they cover. Nothing is painted here."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import skia

from worker.job import Shadow, Style, Text
from worker.job.model import CANVAS_HEIGHT, CANVAS_WIDTH
from worker.text.fonts.catalog import Typefaces
from worker.text.layout.animation import SLIDE_PX, Pose
from worker.text.layout.line_boxes import ContentBox, LineBox, lay_out_lines
from worker.text.layout.text_transform import transform
from worker.text.layout.typesetter import Typesetter

GLYPH_LIMIT_PX = 256
"""Largest font size, in pixels, at which Skia draws glyphs with its text gamma and on whole baselines; above it, Skia
fills outlines, at any subpixel position."""


@dataclass(frozen=True)
class Box:
    """The text's CSS box, in pixels of the output.

    `x` and `y` are its center, in whole pixels; `shift_x` and `shift_y` are what rounding took from the position: they
    move its content, not the box. `overflow` is by how much a line protrudes on the right.
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
    def background_area(self) -> skia.Rect:
        """The rectangle that a background covers: from the box's own corner, a whole number of pixels wide and high."""
        width = math.floor(self.shift_x + self.width + 0.5)
        height = math.floor(self.shift_y + self.height + 0.5)
        return skia.Rect.MakeXYWH(self.left, self.top, width, height)


@dataclass(frozen=True)
class TextLayout:
    """A text ready to be painted, in pixels of the output; `content` is in the case that its style asks for."""

    content: str
    style: Style
    box: Box
    content_box: ContentBox
    typesetter: Typesetter
    slide_px: float
    """Distance of a whole slide, in pixels of the output."""

    def matrix(self, pose: Pose) -> skia.Matrix:
        """The pose's transform: rotation and scale about the center of the box, then translation."""
        matrix = self.unrotated_matrix(pose)
        matrix.preRotate(self.style.rotation, self.box.x, self.box.y)
        return matrix

    def unrotated_matrix(self, pose: Pose) -> skia.Matrix:
        """The pose's transform without the style's rotation."""
        matrix = skia.Matrix()
        matrix.setScale(pose.scale, pose.scale, self.box.x, self.box.y)
        matrix.postTranslate(0, pose.offset * self.slide_px)
        return matrix


def lay_out(text: Text, size: tuple[int, int], typefaces: Typefaces) -> TextLayout:
    """Lay a text out for an output of `size` pixels."""
    text = _scale_to_output(text, size)
    style = text.style
    content = transform(text.content, style.text_transform)
    typesetter = Typesetter(style, typefaces, content)
    content_box = lay_out_lines(
        content,
        typesetter,
        line_height=None if style.line_height is None else math.floor(style.line_height * style.font_size * 64) / 64,
        max_width=text.max_width,
        align=style.text_align,
    )
    slide_px = SLIDE_PX * min(size[0] / CANVAS_WIDTH, size[1] / CANVAS_HEIGHT)
    return TextLayout(content, style, _center_box(content_box, text), content_box, typesetter, slide_px)


def _scale_to_output(text: Text, size: tuple[int, int]) -> Text:
    """The text in pixels of the output: positions scale with each side, lengths with the smaller factor of both."""
    x_factor, y_factor = size[0] / CANVAS_WIDTH, size[1] / CANVAS_HEIGHT
    if x_factor == y_factor == 1:
        return text
    factor = min(x_factor, y_factor)
    style = text.style
    position = text.position.model_copy(update={"x": text.position.x * x_factor, "y": text.position.y * y_factor})
    stroke = style.stroke and style.stroke._replace(width=style.stroke.width * factor)
    scaled = style.model_copy(
        update={
            "padding": tuple(side * factor for side in style.padding),
            "shadows": tuple(Shadow(s.x * factor, s.y * factor, s.blur * factor, s.color) for s in style.shadows),
            "stroke": stroke,
            "decoration": style.decoration.scaled(factor),
            **{
                name: getattr(style, name) * factor
                for name in ("font_size", "border_radius", "background_blur", "letter_spacing")
            },
        }
    )
    max_width = text.max_width and text.max_width * factor
    return text.model_copy(update={"position": position, "style": scaled, "max_width": max_width})


def _center_box(content_box: ContentBox, text: Text) -> Box:
    """Center the box on its position, as `translate(-50%, -50%)` does. A browser rounds the position of a rotated text
    without carrying the remainder."""
    top, right, bottom, left = text.style.padding
    x, y = math.floor(text.position.x + 0.5), math.floor(text.position.y + 0.5)
    shift_x, shift_y = (0.0, 0.0) if text.style.rotation else (text.position.x - x, text.position.y - y)
    width, height = content_box.width + left + right, content_box.height + top + bottom
    overflow = max(0.0, *(line.left + line.width - content_box.width - right for line in content_box.lines))
    return Box(x, y, width, height, shift_x, shift_y, overflow)


def ink_bounds(style: Style, box: Box) -> skia.Rect:
    """The largest area that painting the text in its rest pose, unrotated, may touch."""
    around = style.font_size + (style.stroke.width if style.stroke else 0) + 2 * (style.decoration.thickness or 0)
    casts = [(s.x, s.y, 1.5 * s.blur) for s in style.shadows] + [(0.0, 0.0, 0.0)]
    return skia.Rect.MakeLTRB(
        box.left - around + min(x - spread for x, _, spread in casts),
        box.top - around + min(y - spread for _, y, spread in casts),
        box.left + box.width + box.overflow + around + max(x + spread for x, _, spread in casts),
        box.top + box.height + around + max(y + spread for _, y, spread in casts),
    )


def visible_bounds(
    area: skia.Rect, layout: TextLayout, poses: Sequence[Pose], size: tuple[int, int], *, is_rotated: bool = False
) -> skia.IRect | None:
    """The part of the output that `area` covers in any of the poses, in even numbers; None where it is outside.
    `is_rotated` is whether the area includes the style's rotation already."""
    transforms = [layout.unrotated_matrix(pose) if is_rotated else layout.matrix(pose) for pose in poses]
    moved = [transform.mapRect(area) for transform in transforms]
    left = max(math.floor(min(rect.left() for rect in moved) + 1e-3), 0) & ~1
    top = max(math.floor(min(rect.top() for rect in moved) + 1e-3), 0) & ~1
    right = min(math.ceil(max(rect.right() for rect in moved) - 1e-3) + 1 & ~1, size[0])
    bottom = min(math.ceil(max(rect.bottom() for rect in moved) - 1e-3) + 1 & ~1, size[1])
    return skia.IRect.MakeLTRB(left, top, right, bottom) if right > left and bottom > top else None


def line_bounds(style: Style, line: LineBox, x: float, y: float) -> skia.Rect:
    """The largest area that painting one line may touch; `x` and `y` are the left end of its baseline."""
    around = 2 * style.font_size + (style.stroke.width if style.stroke else 0)
    box = Box(round(x + line.width / 2), round(y), line.width, 2 * around, 0, 0)
    return ink_bounds(style, box)


def rounded_rect(area: skia.Rect, style: Style) -> skia.RRect:
    """CSS's rounded box: the radius shrinks where the box is too small for it."""
    radius = min(style.border_radius, area.width() / 2, area.height() / 2)
    return skia.RRect.MakeRectXY(area, radius, radius)


def baselines(layout: TextLayout, pose: Pose) -> Iterator[tuple[LineBox, float, float]]:
    """Each line that isn't empty, and the left end of its baseline on the output."""
    style, box = layout.style, layout.box
    top, _, _, left = style.padding
    is_snapped = style.font_size <= GLYPH_LIMIT_PX and not style.rotation
    for line in layout.typesetter.revealed_lines(layout.content_box, pose.revealed):
        if line.text:
            x = box.left + box.shift_x + left + line.left
            y = box.top + math.floor(box.shift_y + top + line.baseline + 0.5)
            yield line, x, math.floor(y + 0.5) if is_snapped else y
