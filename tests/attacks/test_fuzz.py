"""Messages, styles and colours changed at random: accepted, adjusted with a warning, or refused; nothing else.

`HYPOTHESIS_PROFILE=long python -m pytest tests/attacks/test_fuzz.py` runs 100,000 examples, with a new seed each time.
"""

import contextlib
import copy
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.css_colors import COLORS, DAMAGED
from worker.job import (
    Job,
    MessageBody,
    ParsedMessage,
    PermanentError,
    ResendRequest,
    css,
    identity_of,
    limits,
    parse_message,
    peek_identity,
)
from worker.job.css import CssError
from worker.job.style import Style, parse_style
from worker.job.webhook_events import complete_payload, failed_payload
from worker.local.explain import describe_plan
from worker.probe.model import MediaSource, Probe, Sound, SoundProbe
from worker.text.fonts import catalog
from worker.text.paint.overlay import paint
from worker.video.plan import build_timeline, filter_graph, output_files
from worker.video.plan.overlays import PlacedOverlay

SAMPLES = [json.loads(path.read_text()) for path in sorted(Path(__file__).with_name("samples").glob("*.json"))]

HOSTILE: list[Any] = [
    *(None, True, False, [], {}, [[]], [None], ""),
    *(0, -1, 1, 3, 1e-9, 1e9, -1e9, 1e308, -1e308, 10**40, -(10**400), 0.0001),
    *("NaN", "Infinity", "-0", "1e999", "1e308rem", "calc(1px)", "0x10", "1_000", "９", " ", "\0", "\ud800"),
    *("\u202e" * 50, "x" * 2_500, "a" + "\u0301" * 300, "%s%n{0}${x}`id`$(id)", "'; DROP", "../../etc/passwd"),
    *("a\nb\rc\td", "\x1b[31m", "[v0];movie=/etc/passwd[x]", "\\:,;'[]=", "file:///etc/passwd", "concat:a|b"),
    *("s3://", "s3://b/k", "s3://hospup-files/../x", "https://169.254.170.2/v2", "http://[::1]/", "http://["),
    *("999px", "-5px", "5%", "rgb(1e400,0,0)", "#", ["x"] * 150, {"content": "x"}, {"a": {"b": {"c": []}}}),
    [{"content": "x", "source": "s3://hospup-files/a.mp4"}] * 101,
]

PROBES = [
    Probe(1920, 1080, 12.0, 30.0, audio=1, sound=Sound("aac", 2)),
    Probe(1, 16_000, 0.0, 0.0, is_still=True),
    Probe(3000, 2, 0.04, 60_000.0, can_seek=False, transfer="pq", interlaced=True),
]

settings.register_profile("attacks", max_examples=1000, derandomize=True, deadline=None, database=None,
                          phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))  # fmt: skip
settings.register_profile("long", parent=settings.get_profile("attacks"), max_examples=100_000, derandomize=False)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "attacks"))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: the list or object, and the index or name."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A sample with one to six changes."""
    message: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        where = list(places(message))
        if not where:
            break
        owner, key = where[draw(st.integers(0, len(where) - 1))]
        change = draw(st.sampled_from(["replace", "replace", "any", "remove", "rename", "repeat"]))
        if change == "remove":
            del owner[key]
        elif change == "rename" and isinstance(owner, dict):
            owner[draw(st.text(max_size=10))] = owner.pop(key)
        elif change == "repeat" and isinstance(owner, list):
            owner += [copy.deepcopy(owner[key]) for _ in range(draw(st.integers(1, 120)))]
        else:
            owner[key] = copy.deepcopy(draw(st.sampled_from(HOSTILE) if change == "replace" else JSON_VALUES))
    return message


def planned(job: Job) -> None:
    """Do everything with a job up to the encoder, except reading its files."""
    probes = {source: PROBES[index % len(PROBES)] for index, (source, _) in enumerate(job.pictures)}
    music = SoundProbe(0, 30.0) if job.audio.soundtrack else None
    placed = build_timeline.place(job, probes, music)
    media = {source: MediaSource(Path("media"), found) for source, found in probes.items()}
    compositions = []
    for size, files in output_files.compositions(output_files.files(job.output)):
        overlays = []
        for item in placed.texts[:3]:
            painted, _ = paint(item.text, (270, 480), catalog.bundled())
            if painted is not None:
                overlays.append(PlacedOverlay(painted.overlay, item.first, item.last, Path("text"), Path("mask")))
        compositions.append(filter_graph.Composition(size, tuple(overlays), files))
    plan = filter_graph.build(placed, media, compositions, music=Path("music") if music else None)
    written = describe_plan(placed, media, [plan], job.output)
    chains = ";".join(plan.graph)
    assert "passwd" not in chains
    assert "DROP" not in chains
    assert "inf" not in chains.replace("info", "")
    assert "nan" not in chains
    assert "passwd" not in written.rpartition("-filter_complex")[2]


def refused_by(body: str, attributes: Mapping[str, str]) -> PermanentError | ParsedMessage:
    """The error or the parsed message. Any other exception would be counted as a flaw of the worker."""
    try:
        parsed = parse_message(MessageBody(body), attributes)
        planned(parsed.job)
    except PermanentError as error:
        return error
    return parsed


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["job_id", "video_id", "traceparent"]), st.sampled_from(["other", "", "../x", "\ud800"]) | st.text()
)


@settings(PROFILE)
@given(message=messages(), attributes=ATTRIBUTES)
def test_a_changed_message(message: dict[str, Any], attributes: dict[str, str]) -> None:
    body = json.dumps(message)
    identity = peek_identity(MessageBody(body), attributes)
    end = refused_by(body, attributes)
    if isinstance(end, PermanentError):
        assert re.fullmatch("(/.*)?", end.pointer, re.DOTALL)
        assert end.message.endswith(".")
        assert len(end.message) < 2_000
        payload = failed_payload(identity, end, seconds=1) if identity else {}
    else:
        assert identity is not None
        assert replace(identity_of(end.job), user_id=None, template_id=None) == identity  # one reading of the ids
        payload = complete_payload(
            end.job,
            identity,
            file_url="",
            thumbnail_url="",
            duration=1,
            clips=1,
            seconds=1,
            warnings=end.warnings,
        )
    sent = json.dumps(payload, allow_nan=False, ensure_ascii=False).encode()  # it is stored and signed as UTF-8
    assert len(sent) < 200_000


@settings(PROFILE)
@given(body=st.text(max_size=60) | st.text(alphabet='[]{}":,\\u0dtrue1e9-. ', max_size=60))
def test_a_body_that_is_no_message(body: str) -> None:
    peek_identity(MessageBody(body), {})
    ResendRequest.parse(MessageBody(body))
    with pytest.raises(PermanentError):
        parse_message(MessageBody(body))


_PARTS = "color opacity padding radius blur offset_x offset_y"
_FIELDS = [f"{owner}_{part}" for owner in ("background", "shadow", "border") for part in _PARTS.split()]
_FIELDS += ["font_style", "text_shadow", "webkit_text_stroke", "text_stroke", "transform", "rotate", "bold", "shadow"]
STYLE_FIELDS = [
    name for field in (*Style.model_fields, *_FIELDS) for name in (field, field[0] + field.title().replace("_", "")[1:])
]

CSS = st.one_of(
    st.text(alphabet="0123456789.-+eE %pxrem#rgbahsl(),/\\'\";:!*calvr\n\0é", max_size=40),
    COLORS,
    DAMAGED,
    st.builds(lambda color: f"2px 1e1px .5em {color}, 0 0 {color}", DAMAGED),
    st.builds(lambda word, count: word * count, st.sampled_from(("(", "rgb(", "color-mix(red,")), st.integers(1, 300)),
)


@settings(PROFILE)
@given(st.dictionaries(st.sampled_from(STYLE_FIELDS), CSS | st.sampled_from(HOSTILE) | JSON_VALUES, max_size=8))
def test_a_style(raw: dict[str, Any]) -> None:
    style, warnings = parse_style(raw, "/style")
    most = limits.LENGTH_PX_MAX
    lengths = [*style.padding, style.border_radius, style.background_blur, style.letter_spacing]
    lengths += [length for shadow in style.shadows for length in shadow[:3]]
    assert all(-most <= length <= most for length in lengths)
    assert limits.FONT_PX_MIN <= style.font_size <= limits.FONT_PX_MAX
    assert all(len(warning.message) < 400 for warning in warnings)


@settings(PROFILE)
@given(CSS | st.sampled_from(HOSTILE) | JSON_VALUES)
def test_css_values(raw: object) -> None:
    white = css.Color(255, 255, 255)
    for read in (css.color, css.color_or_none, css.font_size, css.font_weight, css.is_italic, css.angle, css.rotation,
                 css.alpha, css.percent, lambda value: css.length(value, 20), lambda value: css.sides(value, 20),
                 lambda value: css.line_height(value, 20), lambda value: css.shadows(value, 20, white),
                 lambda value: css.stroke(value, 20, white)):  # fmt: skip
        with contextlib.suppress(CssError):
            read(raw)
