"""worker/text/paint/overlay.py: what is painted, where, and in which colors."""

import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from worker.job import Position, Text, WarningCode
from worker.job.style import parse_style
from worker.text.fonts.catalog import bundled, closest_weight
from worker.text.layout.emoji import PresentationRun, split_presentations
from worker.text.paint.overlay import Frames, PaintedText, paint

SIZE = (1080, 1920)
Pixels = npt.NDArray[Any]


def overlay(
    content: str, *, x: float = 540, y: float = 960, max_width: float | None = None, **style: Any
) -> PaintedText:
    parsed, warnings = parse_style(style, "/style")
    assert not warnings
    text = Text(content=content, position=Position(x=x, y=y), style=parsed, max_width=max_width)
    painted, _ = paint(text, SIZE, bundled())
    assert painted is not None
    return painted


def pixels(frames: Frames) -> Pixels:
    bitmap = next(frames())
    return np.frombuffer(bitmap.data, np.uint8).reshape(bitmap.height, bitmap.width, 4).astype(int)


def on_canvas(painted: PaintedText, background: tuple[int, int, int] = (128, 128, 128)) -> Pixels:
    """The overlay over a plain canvas of 1080 x 1920, as FFmpeg would composite it."""
    canvas = np.full((SIZE[1], SIZE[0], 3), background, float)
    picture = pixels(painted.frames)
    alpha = picture[..., 3:] / 255
    place = painted.overlay
    area = canvas[place.y : place.y + place.height, place.x : place.x + place.width]
    area[:] = picture[..., :3] * alpha + area * (1 - alpha)
    rounded: Pixels = np.rint(canvas).astype(int)
    return rounded


def bounds(mask: Any) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (excluded) of the true part."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_the_box_is_centred_on_its_position_and_padded() -> None:
    canvas = on_canvas(overlay("Bienvenue", x=400, y=700, fontSize=80, backgroundColor="#ff0000", padding="10px 30px"))
    red = (canvas == (255, 0, 0)).all(axis=2)
    left, top, right, bottom = bounds(red)
    assert abs((left + right) / 2 - 400) <= 0.5
    assert abs((top + bottom) / 2 - 700) <= 0.5
    assert bottom - top == 94 + 20  # Roboto's line is 94 px high at 80, plus padding
    letters = (canvas[..., 1] > 200) & (canvas[..., 0] > 200)
    assert bounds(letters)[0] - left in range(30, 40)


def test_the_letters_are_where_the_font_puts_them() -> None:
    canvas = on_canvas(overlay("H", fontSize=100))
    white = (canvas > 250).all(axis=2)
    left, top, right, bottom = bounds(white)
    # Roboto: ascent 92.8 -> 93, descent 24.4 -> 24; the line is 117 high, its top at 960 - 58.5 -> 902, baseline 995.
    assert bottom in (994, 995)
    assert bottom - top in (70, 71)  # cap height .711
    assert abs((left + right) / 2 - 540) <= 1


def test_overlays_are_cropped_and_even() -> None:
    painted = overlay("été", fontSize=60)
    place = painted.overlay
    assert (place.x % 2, place.y % 2, place.width % 2, place.height % 2) == (0, 0, 0, 0)
    assert place.width < 140
    assert place.height < 80
    alpha = pixels(painted.frames)[..., 3]
    assert alpha[:2].any()
    assert alpha[-2:].any()


def test_colored_edges_keep_their_color_where_they_are_transparent() -> None:
    picture = pixels(overlay("I", fontSize=200, color="#ffde59").frames)
    blocks = picture.reshape(picture.shape[0] // 2, 2, picture.shape[1] // 2, 2, 4)
    beside = blocks[..., 3].max(axis=(1, 3)) > 0
    spread = np.abs(blocks[..., :3].transpose(0, 2, 1, 3, 4)[beside] - (255, 222, 89))
    assert spread[..., 0].max() <= 3


def test_a_translucent_box_and_whole_opacity() -> None:
    canvas = on_canvas(overlay(".", fontSize=60, backgroundColor="#000", backgroundOpacity=50, padding="40px"))
    assert abs(canvas[960, 520] - 64).max() <= 1
    canvas = on_canvas(overlay(".", fontSize=60, backgroundColor="#000", padding="40px", opacity=0.25))
    assert abs(canvas[960, 520] - 96).max() <= 1


def test_round_corners() -> None:
    square = on_canvas(overlay(".", fontSize=60, backgroundColor="#000", padding="60px"))
    left, top, _, _ = bounds((square == 0).all(axis=2))
    rounded = on_canvas(overlay(".", fontSize=60, backgroundColor="#000", padding="60px", borderRadius="40px"))
    assert (rounded[top + 2, left + 2] == 128).all()
    assert (rounded[top + 12, left + 12] == 0).all()  # 40 - 40/sqrt(2) = 11.7
    assert (rounded[top, left + 41] == 0).all()


def test_a_shadow_is_behind_and_is_blurred_with_half_its_radius() -> None:
    sharp = on_canvas(overlay("I", fontSize=200, textShadow="60px 0 0 #0000ff"))
    blue = (sharp == (0, 0, 255)).all(axis=2)
    white = (sharp == 255).all(axis=2)
    assert bounds(blue)[0] - bounds(white)[0] == 60
    soft = on_canvas(overlay("I", fontSize=200, textShadow="0 0 20px #000"))
    shadow = bounds((soft < 127).all(axis=2))
    assert 15 < bounds(white)[0] - shadow[0] < 31  # three standard deviations of 10


def test_the_first_shadow_is_on_top() -> None:
    canvas = on_canvas(overlay("I", fontSize=200, textShadow="60px 0 #00f, 60px 0 #f00"))
    assert (canvas == (0, 0, 255)).all(axis=2).any()
    assert not (canvas == (255, 0, 0)).all(axis=2).any()


def test_a_stroke_is_centred_on_the_outline() -> None:
    plain = (on_canvas(overlay("I", fontSize=200)) == 255).all(axis=2)
    stroked = on_canvas(overlay("I", fontSize=200, webkitTextStroke="8px #000000"))
    inside = bounds((stroked == 255).all(axis=2))
    outside = bounds((stroked == 0).all(axis=2))
    assert abs(inside[0] - bounds(plain)[0] - 4) <= 1
    assert abs(bounds(plain)[0] - outside[0] - 4) <= 1


def test_letter_spacing_follows_each_letter() -> None:
    close = bounds((on_canvas(overlay("II", fontSize=100, x=500)) > 250).all(axis=2))
    wide = bounds((on_canvas(overlay("II", fontSize=100, x=500, letterSpacing="20px")) > 250).all(axis=2))
    assert wide[2] - wide[0] - (close[2] - close[0]) == 20
    assert wide[0] == close[0] - 20


@pytest.mark.parametrize(("across", "expected"), [((540, 960), 0.5), ((1080, 1080), 0.5625)])
def test_lengths_scale_with_the_output(across: tuple[int, int], expected: float) -> None:
    style, _ = parse_style({"fontSize": 80, "backgroundColor": "#f00", "padding": "20px"}, "")
    text = Text(content="Hôtel", position=Position(x=540, y=480), style=style)
    painted = [paint(text, size, bundled())[0] for size in (SIZE, across)]
    full, small = (each.overlay for each in painted if each is not None)
    assert abs(small.width - full.width * expected) <= 4
    assert abs(small.y + small.height / 2 - across[1] / 4) <= 2


def test_weights_and_slopes_differ() -> None:
    pictures = {
        pixels(overlay("Hôtel", fontSize=60, fontFamily=family, fontWeight=weight, fontStyle=slope).frames).tobytes()
        for family in ("Roboto", "Open Sans", "Montserrat", "Lato", "Tinos")
        for weight in (400, 700)
        for slope in ("normal", "italic")
    }
    assert len(pictures) == 20


def test_emoji_keep_their_colors_and_other_scripts_are_found() -> None:
    picture = pixels(overlay("🌊", fontSize=100, color="#ff0000").frames)
    solid = picture[picture[..., 3] == 255][:, :3]
    assert len(np.unique(solid, axis=0)) > 50
    style, _ = parse_style({}, "")
    for content in ("مرحبا", "שלום", "Привет", "欢迎", "ようこそ", "호텔", "โรงแรม", "🇫🇷👩🏽‍🍳1️⃣❤️", "a\tb"):
        _, warnings = paint(Text(content=content, style=style), SIZE, bundled())
        assert warnings == ()
    _, warnings = paint(Text(content="\u1234", pointer="/texts/0"), SIZE, bundled())
    assert [(w.code, w.pointer) for w in warnings] == [(WarningCode.GLYPH_MISSING, "/texts/0")]


def test_a_text_outside_of_the_picture_paints_nothing() -> None:
    assert paint(Text(content="x", position=Position(x=-900, y=0)), SIZE, bundled())[0] is None


def test_a_text_half_outside_is_cut() -> None:
    painted = overlay("Bienvenue", x=1060, y=10, fontSize=80).overlay
    assert painted.x + painted.width <= 1080
    assert painted.y >= 0


def test_a_backdrop_has_the_position_and_corners_of_its_box() -> None:
    painted = overlay("x", fontSize=60, padding="30px", borderRadius="20px", backgroundBlur=8)
    backdrop, masks = painted.overlay.backdrop, painted.masks
    assert backdrop is not None
    assert masks is not None
    mask = pixels(masks)[..., 0]
    assert mask.shape == (backdrop.height, backdrop.width)
    assert (mask[0, 0], mask[mask.shape[0] // 2, mask.shape[1] // 2]) == (0, 255)


def test_letters_that_are_spaced_back_beyond_their_line_can_be_underlined() -> None:
    assert overlay("Hôtel", fontSize=1, letterSpacing="-99px", textDecoration="underline", backgroundColor="#000")


def test_emoji_sequences_are_one_run() -> None:
    def is_text(character: str) -> bool:
        return character.isascii() or character in "é❤"

    assert split_presentations("été ❤ 1", is_text) == (PresentationRun("été ❤ 1", is_emoji=False),)
    assert split_presentations("a❤️b", is_text) == (
        PresentationRun("a", False),
        PresentationRun("❤️", True),
        PresentationRun("b", False),
    )
    for sequence in ("👩🏽‍🍳", "🇫🇷", "1️⃣", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏳️‍🌈", "🌊🌊"):
        assert split_presentations(sequence, is_text) == (PresentationRun(sequence, is_emoji=True),)


@pytest.mark.parametrize(
    ("wanted", "found"), [(400, 400), (500, 400), (600, 700), (200, 100), (50, 100), (950, 900), (800, 900)]
)
def test_weights_are_matched_as_css_does(wanted: int, found: int) -> None:
    assert closest_weight(wanted, [100, 300, 400, 700, 900]) == found


@pytest.mark.slow
def test_painting_needs_no_numpy() -> None:
    """The image has no numpy; skia-python would import it for some ways to make a surface or an image."""
    script = """
import sys
sys.modules["numpy"] = None  # any import of it now fails
from worker.job import Text
from worker.job.style import parse_style
from worker.text.fonts.catalog import bundled
from worker.text.paint import bitmap
from worker.text.paint.overlay import paint
style, _ = parse_style({"backgroundBlur": 8, "backgroundColor": "#336699", "textShadow": "0 0 4px #000"}, "")
painted, _ = paint(Text(content="Été 🌊", style=style), (1080, 1920), bundled())
drawn, mask = next(painted.frames()), next(painted.masks())
assert len(bitmap.to_png(bitmap.faded(drawn, 0.5))) > 100 < len(mask.data)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
