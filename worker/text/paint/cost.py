"""Estimates what painting a text costs before it is painted: processor time, disk, and FFmpeg's memory.

A text of a kilobyte may ask for minutes of painting: shadows and strokes draw every letter again, a blur touches all
pixels around a letter, an animation repeats everything in each frame. The prices are fitted to measured CPU-seconds;
tests/unit/test_paint_cost.py compares both.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import skia

from worker.text.layout.animation import REST_POSE, Pose, TextAnimation
from worker.text.layout.graphemes import split_graphemes
from worker.text.layout.line_boxes import LineBox
from worker.text.layout.text_box import GLYPH_LIMIT_PX, TextLayout, baselines, ink_bounds, line_bounds, visible_bounds
from worker.text.paint.model import Cost, is_raw, overlaid_bytes

_SHAPED, _MEASURED = 12e-6, 3e-6
"""CPU-seconds per character of a line: that is drawn, or only measured."""

_FILLED, _STROKED = (1e-6, 0.3e-9), (4e-6, 2.5e-9)
"""CPU-seconds per point of an outline, and per square of their number, since edges cross: filled, and stroked."""

_LAYER, _PICTURE, _PNG, _BLUR, _MASK = 6e-9, 20e-9, 60e-9, 6e-9, 4e-9
"""CPU-seconds per pixel: of a layer; of a picture, raw or compressed; of a blur; of a backdrop's mask."""

_EMOJI, _INK_COLUMN, _INK_SAMPLE = 60e-6, 2e-6, 1e-9
"""CPU-seconds: per emoji and shadow; per column and per sample of the ink that an underline leaves out."""

_SAMPLES = 4
"""Samples per pixel of that ink, along each side."""

_PNG_BYTES = 1
"""Bytes per pixel of a compressed picture."""


def estimate(layout: TextLayout, size: tuple[int, int], animation: TextAnimation | None) -> Cost:
    """The cost of a text for an output of `size` pixels."""
    poses = animation.poses() if animation else [REST_POSE]
    pictures = _area(ink_bounds(layout.style, layout.box), layout, poses, size)
    blurred = _area(layout.box.background_area, layout, poses, size) if layout.style.background_blur > 0 else (0, 0)
    pixels, blurred_pixels, frames = math.prod(pictures), math.prod(blurred), len(poses)
    drawn = len({(pose.offset, pose.scale, round(pose.revealed * len(layout.content))) for pose in poses})
    cpu_seconds = (drawn + (animation is not None)) * _drawing_seconds(layout, pictures)
    cpu_seconds += frames * (pixels * (_PICTURE if is_raw(*pictures, frames) else _PNG) + blurred_pixels * _MASK)
    disk = [frames * math.prod(area) * (4 if is_raw(*area, frames) else _PNG_BYTES) for area in (pictures, blurred)]
    return Cost(cpu_seconds, sum(disk), overlaid_bytes(pixels, blurred_pixels))


def _area(area: skia.Rect, layout: TextLayout, poses: Sequence[Pose], size: tuple[int, int]) -> tuple[int, int]:
    visible = visible_bounds(area, layout, poses, size)
    return (0, 0) if visible is None else (visible.width(), visible.height())


def _drawing_seconds(layout: TextLayout, area: tuple[int, int]) -> float:
    """Processor time to draw a text once, into a picture of an area."""
    if not all(area):
        return 0.0
    lines = list(_visible_lines(layout, area))
    seconds = _LAYER * math.prod(area) + sum(_line_seconds(layout, line, area) for line in lines)
    if layout.style.decoration.underline:
        seconds += sum(_ink_seconds(layout, line) for line in lines)
    return seconds


def _visible_lines(layout: TextLayout, area: tuple[int, int]) -> Iterator[LineBox]:
    """The lines that may touch the picture: as many as fit into its diagonal."""
    lines = [(line, line_bounds(layout.style, line, x, y)) for line, x, y in baselines(layout, REST_POSE)]
    if lines:
        distance = layout.box.height / max(len(layout.content_box.lines), 1)
        fitting = (math.hypot(*area) + lines[0][1].height()) / max(distance, 1e-3)
        yield from (line for line, _ in lines[: math.ceil(fitting)])


def _line_seconds(layout: TextLayout, line: LineBox, area: tuple[int, int]) -> float:
    style, fallback = layout.style, layout.typesetter.fallback
    em, count, is_stroked = style.font_size, len(line.text), _is_stroked(layout)
    share = min(1.0, (math.hypot(*area) + 2 * em) / max(line.width, 1.0))
    emoji = sum(len(split_graphemes(run.text)) for run in fallback.presentation_runs(line.text) if run.is_emoji)
    soft = [shadow.blur for shadow in style.shadows if shadow.blur > 0]
    layers = 1 + is_stroked + len(style.shadows) - len(soft)
    seconds = (1 + is_stroked + len(style.shadows)) * count * _SHAPED + layers * math.prod(area) * _LAYER
    seconds += sum(_outline_seconds(layout, *letter, share) for letter in Counter(line.text).items())
    width, height = max(line.width / max(count, 1), em / 4), 1.2 * em
    seconds += _BLUR * sum(share * (count - emoji) * _blurred(width, height, blur, area) for blur in soft)
    if emoji:
        seconds += _EMOJI * emoji * (1 + len(style.shadows)) + _MEASURED * emoji**2 / 2
        seconds += _BLUR * sum(6 * emoji * _blurred(1.5 * em, 2.5 * em, s.blur, area) for s in style.shadows)
    return seconds


def _blurred(width: float, height: float, blur: float, area: tuple[int, int]) -> float:
    """Pixels that a blurred shape touches, of which no more than the picture and the blur's reach around it count."""
    reach = 3 * blur
    return (min(width, area[0]) + reach) * (min(height, area[1]) + reach)


def _ink_seconds(layout: TextLayout, line: LineBox) -> float:
    """Processor time to find the letters that cross the underline of a line."""
    style, count = layout.style, len(line.text)
    letters = 1 if line.levels else count  # right to left, a line is drawn at once
    thickness = style.decoration.thickness or max(1.0, style.font_size / 10)
    columns = _SAMPLES * (max(line.width, 0.0) + 2 * style.font_size * letters)
    drawn = columns * (_INK_COLUMN + _SAMPLES * thickness * _INK_SAMPLE) + count * _SHAPED
    return drawn + _MEASURED * letters * count / 2


def _is_stroked(layout: TextLayout) -> bool:
    return layout.style.stroke is not None and layout.style.stroke.width > 0


def _outline_seconds(layout: TextLayout, letter: str, times: int, share: float) -> float:
    """Processor time for the outlines of a letter that occurs a number of times in a line, of which a share is visible.

    Up to a size, Skia keeps the bitmap of each letter and look; above it, each letter is drawn from its outline."""
    points = _points(layout.typesetter.fallback.face_for(letter).typeface, letter)
    filled, stroked = (price * points + square * points**2 for price, square in (_FILLED, _STROKED))
    shadows = len(layout.style.shadows)
    if layout.style.font_size <= GLYPH_LIMIT_PX:
        return filled * (1 + min(shadows, 1)) + stroked * _is_stroked(layout)
    return 2 * share * times * (filled * (1 + shadows) + stroked * _is_stroked(layout))


def _points(typeface: skia.Typeface, character: str) -> int:
    """Number of points of a letter's outline."""
    path = skia.Font(typeface, 100).getPath(typeface.unicharToGlyph(ord(character)))
    return path.countPoints() if path else 0
