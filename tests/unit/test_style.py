"""The style table of the contract, value by value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.job import Color, Shadow, Stroke, Style, WarningCode
from worker.job.css import Decoration
from worker.job.css_properties import is_css_property
from worker.job.style import SUPPORTED, parse_style

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
        ({"color": "oklch(0.75 0.2 140)"}, "color", Color(94, 203, 67)),
        ({"color": "color(display-p3 1 0.2 0.1)"}, "color", Color(255, 0, 0)),
        ({"color": "lab(60 40 30 / 50%)"}, "color", Color(217, 114, 94, 0.5)),
        ({"color": "rgb(from #800 calc(r / 2) g b)"}, "color", Color(68, 0, 0)),
        ({"color": "color-mix(in oklab, red, blue)"}, "color", Color(140, 83, 162)),
        ({"color": "red", "backgroundColor": "currentcolor"}, "background", Color(255, 0, 0)),
        ({"textShadow": "1px 2px oklch(0.75 0.2 140)"}, "shadows", (Shadow(1, 2, 0, Color(94, 203, 67)),)),
        ({}, "font_family", "Roboto"),
        ({"fontFamily": "Open Sans, sans-serif"}, "font_family", "Open Sans"),
        ({"font_family": "'tinos', serif"}, "font_family", "Tinos"),
        ({"fontFamily": "serif"}, "font_family", "Tinos"),
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
        {"color": "color(--own 1 0 0)"},
        {"color": "color()"},
        {"backgroundColor": "device-cmyk(0 1 1 0)"},
        {"textShadow": "1px 1px lab(1 2)"},
        {"color": "(" * 1500},
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


@pytest.mark.parametrize("spelling", ["fontFamily", "font_family"])
@pytest.mark.parametrize("face", ["", " Bold", " Italic", " BoldItalic"])
@pytest.mark.parametrize(
    ("asked", "family"),
    [
        ("Roboto", "Roboto"),
        ("Arial", "Roboto"),
        ("Open Sans", "Open Sans"),
        ("Montserrat", "Montserrat"),
        ("Lato", "Lato"),
        ("Times New Roman", "Tinos"),
    ],
)
def test_the_old_font_names(asked: str, family: str, face: str, spelling: str) -> None:
    parsed, warnings = parse_style({spelling: asked + face}, "/style")
    assert parsed.font_family == family
    assert parsed.font_weight == (700 if "Bold" in face else 400)
    assert parsed.italic == ("Italic" in face)
    substituted = [(WarningCode.FONT_SUBSTITUTED, f"/style/{spelling}")]
    assert [(warning.code, warning.pointer) for warning in warnings] == (substituted if asked != family else [])
    assert all(repr(asked + face) in warning.message and family in warning.message for warning in warnings)


@pytest.mark.parametrize(
    ("asked", "family", "named"),
    [
        ("Lato, sans-serif", "Lato", None),
        ("sans-serif", "Roboto", None),
        ("'Comic Sans MS', Lato, serif", "Lato", "Comic Sans MS"),
        ("Playfair Display, serif", "Tinos", "Playfair Display"),
        ("-apple-system, BlinkMacSystemFont, 'Open Sans', sans-serif", "Open Sans", "-apple-system"),
        ("Georgia, serif", "Tinos", "Georgia"),
        ("Times", "Tinos", "Times"),
        ("Helvetica, Arial", "Roboto", "Helvetica"),
        ("Verdana Bold", "Open Sans", "Verdana Bold"),
    ],
)
def test_a_list_of_fonts_is_tried_to_its_generic_name(asked: str, family: str, named: str | None) -> None:
    parsed, warnings = parse_style({"fontFamily": asked}, "/style")
    assert parsed.font_family == family
    assert [named in warning.message for warning in warnings if named] == [True] * bool(named)
    assert len(warnings) == bool(named)


def test_the_other_fonts_of_a_list_have_the_characters_that_the_first_lacks() -> None:
    parsed, _ = parse_style(
        {"fontFamily": "Comic Sans MS, Lato Bold, Unknown, 'Ma Maison', Arial, serif"}, "", ["Ma Maison"]
    )
    assert (parsed.font_family, parsed.other_families) == ("Lato", ("Ma Maison", "Roboto", "Tinos"))


BOX, OUTLINE = Color(0, 0, 0, 0.7), Stroke(2, Color(0, 0, 0))


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ({"padding": "0", "backgroundPadding": 18}, "padding", (18, 18, 18, 18)),
        ({"padding": "4px 8px", "backgroundPadding": 0}, "padding", (0, 0, 0, 0)),
        ({"padding": "4px 8px"}, "padding", (4, 8, 4, 8)),
        (
            {"textShadow": "1px 1px red", "shadowOpacity": 50},
            "shadows",
            (Shadow(3, 3, 0, HALF_BLACK),),
        ),
        ({"textShadow": "1px 1px red", "shadowOpacity": 0}, "shadows", (Shadow(1, 1, 0, Color(255, 0, 0)),)),
        ({"font_size": 20, "fontSize": 70}, "font_size", 70),
        ({"fontSize": 70, "font_size": 20}, "font_size", 70),
        ({"fontSize": None, "font_size": 20}, "font_size", 20),
        ({"font_family": "Lato", "fontFamily": "Tinos"}, "font_family", "Tinos"),
        ({"font_weight": 400, "fontWeight": 800}, "font_weight", 800),
        ({"font_style": "normal", "fontStyle": "italic"}, "italic", True),
        ({"background_color": "red", "backgroundColor": "blue"}, "background", Color(0, 0, 255)),
        ({"font-size": "70px"}, "font_size", 70),
        ({"WebkitTextStroke": "2px #000"}, "stroke", OUTLINE),
        ({"-webkit-text-stroke": "2px #000"}, "stroke", OUTLINE),
        ({"italic": True}, "italic", True),
        ({"italic": "true", "fontStyle": "normal"}, "italic", False),
        ({"italic": False}, "italic", False),
        ({"outline": True}, "stroke", OUTLINE),
        ({"outline": 1, "textStroke": "none"}, "stroke", None),
        ({"outline": False}, "stroke", None),
        ({"background": True}, "background", BOX),
        ({"background": "true", "backgroundColor": "red"}, "background", Color(255, 0, 0)),
        ({"background": True, "backgroundOpacity": 30}, "background", Color(0, 0, 0, 0.3)),
        ({"background": False}, "background", None),
        ({"background": "#f00"}, "background", Color(255, 0, 0)),
        ({"shadow": True, "textShadow": "none"}, "shadows", ()),
        ({"opacity": 0}, "opacity", 0),
        ({"textTransform": "Uppercase"}, "text_transform", "uppercase"),
        ({"textDecoration": "none"}, "decoration", Decoration()),
        ({"textDecoration": "underline"}, "decoration", Decoration(underline=True)),
        ({"text_decoration": "line-through underline"}, "decoration", Decoration(underline=True, line_through=True)),
        (
            {"textDecoration": "underline solid red 2px"},
            "decoration",
            Decoration(underline=True, thickness=2, color=Color(255, 0, 0)),
        ),
        (
            {"textDecorationLine": "underline", "textDecorationColor": "blue", "textDecorationThickness": ".25em"},
            "decoration",
            Decoration(underline=True, thickness=12, color=Color(0, 0, 255)),
        ),
    ],
)
def test_conflicting_fields_mean_what_the_sender_means(raw: dict[str, Any], field: str, value: object) -> None:
    found = getattr(style(raw), field)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    "field",
    [
        "fontVariant",
        "font_variant",
        "font-variant",
        "wordSpacing",
        "WebkitTextFillColor",
        "textUnderlineOffset",
        "text_indent",
        "mixBlendMode",
        "MozTransform",
        "outlineColor",
        "boxShadow",
    ],
)
def test_what_css_knows_and_texts_lack_is_reported(field: str) -> None:
    parsed, warnings = parse_style({field: "1px"}, "/style")
    assert parsed == Style()
    unsupported = [(WarningCode.STYLE_UNSUPPORTED, f"/style/{field}")]
    assert [(warning.code, warning.pointer) for warning in warnings] == unsupported


@pytest.mark.parametrize(
    "raw",
    [
        {"textDecoration": "underline wavy red"},
        {"textDecoration": "blink"},
        {"textDecorationStyle": "dotted"},
        {"textTransform": "full-width"},
    ],
)
def test_a_decoration_that_cannot_be_painted_is_reported(raw: dict[str, Any]) -> None:
    _, (warning,) = parse_style(raw, "/style")
    assert warning.code == WarningCode.STYLE_VALUE


def test_the_supported_properties_are_properties_of_css() -> None:
    assert {field for field in SUPPORTED if not is_css_property(field)} == {"text_stroke"}


def test_nothing_that_means_nothing_is_reported() -> None:
    assert style({"colourOfTheCurtains": "blue", "animationId": 3}) == Style()
