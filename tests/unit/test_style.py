"""The style table of the contract, value by value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.job import Color, Shadow, Stroke, Style, WarningCode
from worker.job.style import parse_style

HALF_BLACK = Color(0, 0, 0, 0.5)


def style(raw: dict[str, Any]) -> Style:
    parsed, warnings = parse_style(raw, "/style")
    assert warnings == []
    return parsed


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ({}, "color", Color(255, 255, 255)),
        ({"color": "#fd5"}, "color", Color(0xFF, 0xDD, 0x55)),
        ({"color": "#ffde5980"}, "color", Color(0xFF, 0xDE, 0x59, 128 / 255)),
        ({"color": "rgb(1, 2, 3)"}, "color", Color(1, 2, 3)),
        ({"color": "rgba(1,2,3,.25)"}, "color", Color(1, 2, 3, 0.25)),
        ({"color": "RebeccaPurple"}, "color", Color(102, 51, 153)),
        ({}, "font_family", "Roboto"),
        ({"fontFamily": "Open Sans, sans-serif"}, "font_family", "Open Sans"),
        ({"font_family": "'Times New Roman', serif"}, "font_family", "Tinos"),
        ({"fontFamily": "arial"}, "font_family", "Roboto"),
        ({}, "font_size", 48),
        ({"fontSize": "80px"}, "font_size", 80),
        ({"font_size": "80"}, "font_size", 80),
        ({"fontSize": "5.5%"}, "font_size", 105.6),
        ({"fontSize": "3rem"}, "font_size", 48),
        ({"fontWeight": "bold"}, "font_weight", 700),
        ({"fontWeight": "300"}, "font_weight", 300),
        ({"fontWeight": 950}, "font_weight", 900),
        ({"bold": True}, "font_weight", 700),
        ({"bold": True, "fontWeight": "normal"}, "font_weight", 400),
        ({"fontStyle": "oblique 10deg"}, "italic", True),
        ({"fontStyle": "normal"}, "italic", False),
        ({"backgroundColor": "rgba(0,0,0,0.7)"}, "background", Color(0, 0, 0, 0.7)),
        ({"backgroundColor": "#ffffff40", "backgroundOpacity": "85"}, "background", Color(255, 255, 255, 0.85)),
        ({"backgroundColor": "transparent", "backgroundOpacity": 50}, "background", None),
        ({"backgroundColor": "none"}, "background", None),
        ({"backgroundColor": "red", "backgroundOpacity": 0}, "background", None),
        ({"padding": "4px"}, "padding", (4, 4, 4, 4)),
        ({"padding": "4px 8px"}, "padding", (4, 8, 4, 8)),
        ({"padding": "1px 2px 3px"}, "padding", (1, 2, 3, 2)),
        ({"padding": "1px 2px 3px 4px"}, "padding", (1, 2, 3, 4)),
        ({"padding": 12}, "padding", (12, 12, 12, 12)),
        ({"backgroundPadding": "10"}, "padding", (10, 10, 10, 10)),
        ({"borderRadius": "4px"}, "border_radius", 4),
        ({"backgroundBlur": 6}, "background_blur", 6),
        ({"textShadow": "none"}, "shadows", ()),
        ({"textShadow": "2px 2px 4px rgba(0,0,0,.5)"}, "shadows", (Shadow(2, 2, 4, HALF_BLACK),)),
        (
            {"textShadow": "red 1px 1px, 0 0 .5em #00f"},
            "shadows",
            (Shadow(1, 1, 0, Color(255, 0, 0)), Shadow(0, 0, 24, Color(0, 0, 255))),
        ),
        ({"textShadow": "1px 2px", "color": "blue"}, "shadows", (Shadow(1, 2, 0, Color(0, 0, 255)),)),
        ({"shadowOpacity": "60", "shadowBlur": 6}, "shadows", (Shadow(3, 3, 6, Color(0, 0, 0, 0.6)),)),
        ({"shadowOpacity": 60, "color": "black"}, "shadows", (Shadow(3, 3, 0, Color(255, 255, 255, 0.6)),)),
        (
            {"shadowOpacity": 100, "shadowColor": "#f00", "shadowOffsetX": "-1", "shadowOffsetY": "0px"},
            "shadows",
            (Shadow(-1, 0, 0, Color(255, 0, 0)),),
        ),
        ({"shadowOpacity": 0, "shadowBlur": 6}, "shadows", ()),
        ({"shadow": True}, "shadows", (Shadow(2, 2, 4, HALF_BLACK),)),
        ({"shadow": False}, "shadows", ()),
        ({"webkitTextStroke": "2px #000000"}, "stroke", Stroke(2, Color(0, 0, 0))),
        ({"textStroke": "red 1.5px"}, "stroke", Stroke(1.5, Color(255, 0, 0))),
        ({"webkitTextStroke": "none"}, "stroke", None),
        ({"letterSpacing": "-0.05em", "fontSize": 100}, "letter_spacing", -5),
        ({"letterSpacing": "normal"}, "letter_spacing", 0),
        ({"lineHeight": "1.4"}, "line_height", 1.4),
        ({"lineHeight": "120%"}, "line_height", 1.2),
        ({"lineHeight": "60px", "fontSize": 40}, "line_height", 1.5),
        ({"lineHeight": "normal"}, "line_height", None),
        ({"textAlign": "start"}, "text_align", "left"),
        ({"opacity": ".5"}, "opacity", 0.5),
        ({"opacity": "50%"}, "opacity", 0.5),
        ({"color": None, "fontSize": ""}, "font_size", 48),
    ],
)
def test_a_value_of_the_table(raw: dict[str, Any], field: str, value: object) -> None:
    assert getattr(style(raw), field) == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    "raw",
    [
        {"color": "blurple"},
        {"color": 7},
        {"fontFamily": "Comic Sans MS"},
        {"fontSize": "big"},
        {"fontSize": -4},
        {"fontSize": 1e9},
        {"fontWeight": "fat"},
        {"fontStyle": "leaning"},
        {"backgroundColor": "#12"},
        {"padding": "1px 2px 3px 4px 5px"},
        {"padding": "-4px"},
        {"borderRadius": "round"},
        {"textShadow": "2px"},
        {"textShadow": "2px 2px -4px red"},
        {"webkitTextStroke": "red"},
        {"lineHeight": 0},
        {"textAlign": "middle"},
        {"opacity": "half"},
        {"shadowOpacity": []},
    ],
)
def test_a_malformed_value_falls_back_and_is_reported(raw: dict[str, Any]) -> None:
    parsed, warnings = parse_style(raw, "/texts/3/style")
    (name,) = raw
    assert [(warning.code, warning.pointer) for warning in warnings] == [
        (WarningCode.STYLE_VALUE, f"/texts/3/style/{name}")
    ]
    assert parsed == Style() or raw == {"fontSize": 1e9}


FIELDS = ["color", "fontSize", "textShadow", "padding", "lineHeight", "webkitTextStroke", "opacity", "letterSpacing"]
VALUES = st.one_of(
    st.text(), st.floats(), st.none(), st.booleans(), st.lists(st.integers()), st.from_regex(r"[-\d.]+(px|em|%)")
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_style_is_an_error(raw: dict[str, Any]) -> None:
    parsed, _ = parse_style(raw, "")
    assert 1 <= parsed.font_size <= 1000


@pytest.mark.parametrize(
    ("raw", "degrees"),
    [
        ({"rotation": 15}, 15),
        ({"rotation": "-15deg"}, 345),
        ({"rotate": ".25turn"}, 90),
        ({"transform": "translate(-50%, -50%) rotate(10deg)"}, 10),
        ({"transform": "translate(-50%, -50%)"}, 0),
    ],
)
def test_rotation(raw: dict[str, Any], degrees: float) -> None:
    style, warnings = parse_style(raw, "")
    assert style.rotation == pytest.approx(degrees)
    assert warnings == []


def test_a_rotation_that_is_none_is_reported() -> None:
    style, warnings = parse_style({"rotation": "a bit"}, "/texts/0/style")
    assert style.rotation == 0
    assert warnings[0].pointer == "/texts/0/style/rotation"
