"""Randomly generated styles, compared with Chromium like those in text_cases.py.

docs/design/rendering.md explains the known differences; at most one case in twenty may differ, and by little.
"""

import random

from tests.golden import browser
from tests.golden.likeness import compare
from tests.golden.test_texts import HEIGHT, css, ours
from tests.golden.text_cases import Case
from tests.golden.worker_pixels import WIDTH

SEED, COUNT = 20, 100

LATIN = (
    "Bienvenue à l’hôtel",
    "Petit-déjeuner : 12,50 €",
    "Suite «Prestige»",
    "WAVE To AV fi ffl",
    "100% vue mer\n🌊 dès 99€",
    "Hôtel\nde la\nPlage",
    "Un texte plus long, qui doit aller à la ligne",
)
OTHERS = (
    "مرحبا بكم في الفندق",
    "ברוכים הבאים",
    "ようこそ ホテルへ",
    "欢迎光临 酒店",
    "ยินดีต้อนรับสู่โรงแรม",
    "👨‍👩‍👧‍👦 🇫🇷 👍🏽 OK",
)
STYLES: dict[str, tuple[object, ...]] = {
    "fontStyle": ("italic",),
    "color": ("#c32d33", "#111111", "#ffde59", "#2abdf5"),
    "textShadow": ("2px 2px 4px rgba(0,0,0,.5)", "0 0 12px #000", "3px 3px 0 #fff", "1px 5px 2.5px #0af8"),
    "webkitTextStroke": ("1px #000", "3.5px #f00"),
    "letterSpacing": (-2, -0.5, 1, 3.3, 8),
    "lineHeight": (0.9, 1, 1.25, 1.6),
    "opacity": (0.3, 0.75),
    "textAlign": ("left", "right", "center"),
    "textDecoration": ("underline", "line-through", "underline line-through", "underline 5px #c32d33"),
    "textTransform": ("uppercase", "lowercase"),
}
"""Values of each property; a property is set in 30 % of the cases."""

BOX = {"backgroundOpacity": (30, 60, 100), "padding": ("4px 8px", "5px 20px 15px 0", "12.5px 7px")}


def generated(rng: random.Random, number: int) -> Case:
    style: dict[str, object] = {
        "fontFamily": rng.choice(("Roboto", "Open Sans", "Montserrat", "Lato", "Tinos")),
        "fontSize": rng.choice((24, 33, 48, 64.5, 80, 96, 120)),
        "fontWeight": rng.choice((400, 700)),
    }
    style |= {name: rng.choice(values) for name, values in STYLES.items() if rng.random() < 0.3}
    if rng.random() < 0.3:
        style |= {name: rng.choice(values) for name, values in BOX.items()}
        style |= {"backgroundColor": "#336699", "borderRadius": rng.choice((0, 4, 12.5, 40))}
    content = rng.choice(LATIN + OTHERS)
    x, y = 540 + rng.choice((0, 0.5, -0.25, 3)), 240 + rng.choice((0, 0.5, 0.3, 7))
    return Case(f"{number}", content, style, x, y, rng.choice((None, None, 300, 520, 700)))


def test_nineteen_of_twenty_match_the_browser() -> None:
    rng = random.Random(SEED)  # noqa: S311  cases, not secrets
    cases = [generated(rng, number) for number in range(COUNT)]
    boxes = [browser.text_box(case.content, (case.x, case.y), css(case), max_width=case.max_width) for case in cases]
    pictures = browser.stages(boxes, WIDTH, HEIGHT)
    found = [(compare(ours(case), picture), case) for case, picture in zip(cases, pictures, strict=True)]
    unlike = [pair for pair in found if pair[0].ssim < 0.995 or pair[0].mean > 0.6 or pair[0].offset > 1]
    assert len(unlike) <= COUNT // 20, unlike
    assert all(likeness.ssim >= 0.97 for likeness, _ in unlike), unlike
    assert sum(likeness.ssim >= 0.999 for likeness, _ in found) >= 0.8 * COUNT
