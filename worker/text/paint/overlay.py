"""Paints texts as the editor's preview shows them: CSS boxes, shadows and strokes, by Skia.

`paint` takes a text and returns bitmaps just large enough for it, with their position on the output. Pure: fonts are
passed in as `Typefaces`, nothing is written.

The painting order is CSS's: box, shadows (the last one first), underline, letters, stroke centered on the outline,
line-through.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import skia

from worker.job import JobWarning, Text, WarningCode
from worker.text.fonts.catalog import Typefaces
from worker.text.layout.animation import REST_POSE, Pose, TextAnimation
from worker.text.layout.text_box import (
    TextLayout,
    baselines,
    ink_bounds,
    lay_out,
    line_bounds,
    rounded_rect,
    visible_bounds,
)
from worker.text.paint import bitmap
from worker.text.paint.decorations import Underlines, draw_line_throughs
from worker.text.paint.glyphs import GlyphPainter, color4f
from worker.text.paint.model import Backdrop, Overlay

Frames = Callable[[], Iterator[bitmap.Bitmap]]
"""Bitmaps of one size, painted one by one during iteration: all frames of a long animation would fill the memory."""

_MARGIN_PX = 2
"""Margin around an animated text, in pixels: its edges are anti-aliased differently in each frame."""


@dataclass(frozen=True)
class PaintedText:
    """A text's place, its bitmaps with straight alpha, and the masks of its backdrop."""

    overlay: Overlay
    frames: Frames
    masks: Frames | None = None


def paint(
    text: Text,
    size: tuple[int, int],
    typefaces: Typefaces,
    animation: TextAnimation | None = None,
    *,
    pose: Pose = REST_POSE,
) -> tuple[PaintedText | None, tuple[JobWarning, ...]]:
    """Paint one text for an output of `size` pixels: each frame of its `animation`, or one `pose`. None where it would
    be invisible."""
    layout = lay_out(text, size, typefaces)
    poses = animation.poses() if animation else [pose]
    painted = _animated(layout, poses, size) if animation else _static(layout, pose, size)
    backdrop = _backdrop(layout, poses, size)
    warnings = _missing_glyph_warnings(text, layout)
    if painted is None and backdrop is None:
        return None, warnings
    if painted is None:
        empty = skia.IRect.MakeXYWH(max(layout.box.x, 0) & ~1, max(layout.box.y, 0) & ~1, 2, 2)
        painted = empty, lambda: iter([bitmap.transparent(2, 2)] * len(poses))
    area, frames = painted
    enter_frames, exit_frames = (animation.enter_frames, animation.exit_frames) if animation else (0, 0)
    rectangle = (area.left(), area.top(), area.width(), area.height())
    overlay = Overlay(*rectangle, backdrop and backdrop[0], enter_frames, exit_frames)
    return PaintedText(overlay, frames, backdrop and backdrop[1]), warnings


def _static(layout: TextLayout, pose: Pose, size: tuple[int, int]) -> tuple[skia.IRect, Frames] | None:
    """The area and the only frame of a text in one pose."""
    bounds = visible_bounds(ink_bounds(layout.style, layout.box), layout, [pose], size)
    if bounds is None:
        return None
    surface = _paint_surface(layout, pose, bounds)
    crop = bitmap.visible_crop(surface)
    if crop is None:
        return None
    area = skia.IRect.MakeLTRB(*crop).makeOffset(bounds.left(), bounds.top())
    frame = bitmap.alpha_bled(surface, crop)
    return area, lambda: iter([frame])


def _animated(layout: TextLayout, poses: Sequence[Pose], size: tuple[int, int]) -> tuple[skia.IRect, Frames] | None:
    """The area and the frames of a text in all poses."""
    ink = ink_bounds(layout.style, layout.box)
    at_rest = _static(layout, REST_POSE, size)
    if at_rest is None:
        return None
    visible = skia.Rect.Make(at_rest[0]).makeOutset(_MARGIN_PX, _MARGIN_PX)
    is_inside = skia.Rect.MakeWH(*size).contains(layout.matrix(REST_POSE).mapRect(ink))
    if is_inside:
        area = visible_bounds(visible, layout, poses, size, is_rotated=True)
    else:
        area = visible_bounds(ink, layout, poses, size)
    return None if area is None else (area, lambda: _paint_frames(layout, poses, area))


def _paint_frames(layout: TextLayout, poses: Sequence[Pose], area: skia.IRect) -> Iterator[bitmap.Bitmap]:
    """One bitmap per pose. Consecutive poses that differ in alpha alone are painted once."""
    previous: object = None
    for pose in poses:
        opaque = replace(pose, alpha=1.0)
        appearance = replace(opaque, revealed=1.0), layout.typesetter.revealed_lines(layout.content_box, pose.revealed)
        if appearance != previous:
            previous, base = appearance, bitmap.alpha_bled(_paint_surface(layout, opaque, area))
        yield bitmap.faded(base, pose.alpha)


def _paint_surface(layout: TextLayout, pose: Pose, area: skia.IRect) -> skia.Surface:
    surface = bitmap.new_surface(area.width(), area.height())
    with surface as canvas:
        canvas.translate(-area.left(), -area.top())
        canvas.concat(layout.matrix(pose))
        _draw(canvas, layout, pose)
    return surface


def _draw(canvas: skia.Canvas, layout: TextLayout, pose: Pose) -> None:
    style = layout.style
    canvas.saveLayer(None, skia.Paint(Alphaf=style.opacity * pose.alpha))
    if style.background is not None:
        background = skia.Paint(Color4f=color4f(style.background), AntiAlias=True)
        canvas.drawRRect(rounded_rect(layout.box.background_area, style), background)
    painter = GlyphPainter(canvas, layout.typesetter, style.font_size)
    lines = [
        (line, x, y) for line, x, y in baselines(layout, pose) if not canvas.quickReject(line_bounds(style, line, x, y))
    ]
    underlines = Underlines(canvas, layout, pose)
    underlines.draw_shadows()
    for shadow in reversed(style.shadows):
        for line, x, y in lines:
            painter.shadow(line, x, y, shadow)
    underlines.draw()
    for line, x, y in lines:
        painter.fill(line, x, y, style.color)
    if style.stroke and style.stroke.width > 0:
        for line, x, y in lines:
            painter.stroke(line, x, y, style.stroke)
    draw_line_throughs(canvas, layout, pose)
    canvas.restore()


def _backdrop(layout: TextLayout, poses: Sequence[Pose], size: tuple[int, int]) -> tuple[Backdrop, Frames] | None:
    """The area to blur, and its mask in each pose."""
    style, box = layout.style, layout.box
    area = visible_bounds(box.background_area, layout, poses, size)
    if style.background_blur <= 0 or area is None:
        return None
    rectangle = (area.left(), area.top(), area.width(), area.height())
    return Backdrop(*rectangle, style.background_blur), lambda: (_mask(layout, pose, area) for pose in poses)


def _mask(layout: TextLayout, pose: Pose, area: skia.IRect) -> bitmap.Bitmap:
    surface = bitmap.new_surface(area.width(), area.height())
    with surface as canvas:
        canvas.clear(skia.ColorBLACK)
        canvas.translate(-area.left(), -area.top())
        canvas.concat(layout.matrix(pose))
        white = skia.Paint(Color4f=skia.Color4f(1, 1, 1, layout.style.opacity * pose.alpha), AntiAlias=True)
        canvas.drawRRect(rounded_rect(layout.box.background_area, layout.style), white)
    return bitmap.unpremultiplied(surface)


def _missing_glyph_warnings(text: Text, layout: TextLayout) -> tuple[JobWarning, ...]:
    missing = layout.typesetter.fallback.missing_characters(layout.content)
    if not missing:
        return ()
    message = f"No font has {', '.join(missing[:10])}: empty boxes stand in the text instead."
    return (JobWarning(WarningCode.GLYPH_MISSING, text.pointer, message),)
