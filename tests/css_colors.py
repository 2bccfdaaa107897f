"""CSS colours drawn by the grammar of CSS Color 4 and 5, right ones and some that are slightly wrong."""

from hypothesis import strategies as st

NAMES = ("red", "GOLD", "rebeccapurple", "transparent", "#abc", "#12345678", "#fff8", "currentcolor", "gray", "white")
_RECTANGULAR = ("srgb", "srgb-linear", "display-p3", "a98-rgb", "prophoto-rgb", "rec2020", "lab", "oklab",
                "xyz", "xyz-d50", "xyz-d65")  # fmt: skip
_POLAR = ("hsl", "hwb", "lch", "oklch")
_LETTERS = {"rgb": "rgb", "hsl": "hsl", "hwb": "hwb", "lab": "lab", "lch": "lch", "oklab": "lab", "oklch": "lch"}
_TOPS = {"rgb": (255, 255, 255), "hsl": (360, 100, 100), "hwb": (360, 100, 100), "lab": (100, 125, 125),
         "lch": (100, 150, 360), "oklab": (1, 0.4, 0.4), "oklch": (1, 0.4, 360)}  # fmt: skip


def _share(low: float = -0.2, high: float = 1.2) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda value: round(value, 3))


@st.composite
def _channel(draw: st.DrawFn, top: float, letter: str, *, modern: bool = True) -> str:
    value = draw(_share(-1.2 if letter in "ab" and top != 255 else -0.2)) * top
    kind = draw(st.integers(0, 9))
    if letter == "h":
        angle = f"{value:g}{draw(st.sampled_from(('', 'deg')))}"
        return {0: "none" if modern else angle, 1: f"{value / 360:g}turn", 2: f"calc({value:g}deg / 2)"}.get(
            kind, angle
        )
    if kind == 0 and modern:
        return "none"
    if kind == 1:
        return f"calc({value:g} * .5)" if modern else f"{value:g}"
    return f"{value / top * 100:g}%" if modern and kind < 5 else f"{value:g}"


_ALPHA = st.one_of(
    st.just(""), _share().map(lambda a: f" / {a:g}"), st.sampled_from((" / 50%", " / none", " / calc(1 / 3)"))
)


@st.composite
def _modern(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(_LETTERS)))
    channels = [draw(_channel(top, letter)) for top, letter in zip(_TOPS[name], _LETTERS[name], strict=True)]
    return f"{name}({' '.join(channels)}{draw(_ALPHA)})"


@st.composite
def _legacy(draw: st.DrawFn) -> str:
    alpha = draw(st.sampled_from(("", ", .5", ", 20%")))
    if draw(st.booleans()):
        unit = draw(st.sampled_from(("", "%")))
        values = [f"{draw(st.integers(-20, 300))}{unit}" for _ in range(3)]
        return f"rgba({', '.join(values)}{alpha})"
    return f"hsl({draw(st.integers(-400, 400))}, {draw(st.integers(0, 120))}%, {draw(st.integers(0, 100))}%{alpha})"


@st.composite
def _predefined(draw: st.DrawFn) -> str:
    space = draw(st.sampled_from([space for space in _RECTANGULAR if "lab" not in space]))
    values = [draw(_channel(1, "x")) for _ in range(3)]
    return f"color({space} {' '.join(values)}{draw(_ALPHA)})"


@st.composite
def _relative(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from(sorted(_LETTERS)))
    letters = list(_LETTERS[name])
    index = draw(st.integers(0, 2))
    letters[index] = draw(st.sampled_from((letters[index], f"calc({letters[index]} * .8)", "none")))
    return f"{name}(from {draw(inner)} {' '.join(letters)}{draw(st.sampled_from(('', ' / .5', ' / alpha')))})"


@st.composite
def _mix(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    polar = draw(st.booleans())
    space = draw(st.sampled_from(_POLAR if polar else _RECTANGULAR))
    hue = draw(st.sampled_from(("", " longer hue", " increasing hue", " decreasing hue", " shorter hue")))
    one, two = (draw(st.sampled_from(("", " 20%", " 70%", " 100%"))) for _ in range(2))
    return f"color-mix(in {space}{hue if polar else ''}, {draw(inner)}{one}, {draw(inner)}{two})"


SIMPLE = st.one_of(st.sampled_from(NAMES), _modern(), _legacy(), _predefined())
COLORS = st.one_of(SIMPLE, _relative(SIMPLE), _mix(SIMPLE), _mix(_mix(SIMPLE)))
"""Colours that Chromium can read, with few exceptions."""


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A colour with one place changed."""
    text = draw(COLORS)
    at = draw(st.integers(0, len(text)))
    scrap = st.sampled_from(("", " ", ",", "/", "(", ")", "%", "none", "1e999", "-", "calc(", "from", "--x", "\0", "é"))
    return text[:at] + draw(scrap) + text[at + draw(st.integers(0, 6)) :]


DAMAGED = _damaged()
"""Colours that are damaged in one place."""
