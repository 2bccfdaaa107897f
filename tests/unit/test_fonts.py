"""Fonts of jobs: rebuilt for the characters needed, or refused with a code, a pointer and a sentence."""

import contextlib
import io
import itertools
import json
import struct
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import brotli
import pytest
from fontTools.cffLib import SubrsIndex
from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import fonts as samples
from worker.job import ErrorCode, Font, Job, MessageBody, PermanentError, Text, parse_message
from worker.job.style import parse_style
from worker.text.fonts.catalog import FONTS, Typefaces, UnusableFontError, bundled
from worker.text.fonts.sanitizer import rebuild
from worker.text.paint.overlay import paint
from worker.video.text_overlays import painter_of

pytestmark = pytest.mark.slow

TEXT = "Hôtel de la Plage"


def job(*weights: int, content: str = TEXT) -> Job:
    return Job.model_validate(
        {
            "job_id": "j",
            "video_id": "v",
            "clips": [{"source": "s3://bucket/a.mp4", "duration": 1}],
            "fonts": [
                {
                    "family": "Maison",
                    "source": f"s3://bucket/{weight}",
                    "weight": weight,
                    "pointer": f"/fonts/{n}/source",
                }
                for n, weight in enumerate(weights)
            ],
            "texts": [{"content": content}],
        }
    )


def loaded(folder: Path, files: Mapping[int, bytes], content: str = TEXT) -> Typefaces:
    media = {}
    for weight, data in files.items():
        media[f"s3://bucket/{weight}"] = folder / f"sent-{weight}"
        media[f"s3://bucket/{weight}"].write_bytes(data)
    return samples.typefaces(job(*files, content=content), media, folder)


# Fonts are made by the test: at collection, every process would make all of them.
@pytest.mark.parametrize(
    "make", [lambda: samples.TTF, samples.woff2, lambda: samples.otf(TEXT)], ids=["ttf", "woff2", "otf"]
)
def test_a_font_is_rebuilt_from_the_jobs_own_letters(tmp_path: Path, make: Callable[[], bytes]) -> None:
    face = loaded(tmp_path, {400: make()}).face("Maison", 400, italic=False)
    assert all(face.has(character) for character in TEXT if character != " ")
    assert not face.has("Z")
    built = TTFont(io.BytesIO((tmp_path / "font-0").read_bytes()))
    assert built.flavor is None
    assert not {"fpgm", "prep", "cvt ", "DSIG"} & set(built.keys())
    ours = bundled().face("Montserrat", 800, italic=False)
    for character in "Hô":
        theirs = face.typeface.unicharToGlyph(ord(character)), ours.typeface.unicharToGlyph(ord(character))
        assert all(theirs)


def test_a_variable_font_is_set_to_its_weight(tmp_path: Path) -> None:
    faces = loaded(tmp_path, {100: samples.variable(), 500: samples.variable(), 900: samples.variable()}, "A")
    widths = []
    for number, weight in enumerate((100, 500, 900)):
        assert faces.face("Maison", weight, italic=False).has("A")
        built = TTFont(io.BytesIO((tmp_path / f"font-{number}").read_bytes()))
        assert "fvar" not in built
        widths.append(built["glyf"][built.getBestCmap()[ord("A")]].xMax)
    assert widths == [200, 500, 800]


def without(tag: str) -> bytes:
    return samples.changed(lambda font: font.__delitem__(tag))


def with_units_per_em(units: int) -> bytes:
    return samples.changed(lambda font: setattr(font["head"], "unitsPerEm", units))


def greedy_cmap() -> bytes:
    """Forty tables with one group each that covers all of Unicode: a hundred megabytes each when they are read."""
    group = struct.pack(">HHLLLLLL", 12, 0, 28, 0, 1, 0, 0x10FFFF, 1)
    heads = [struct.pack(">HHL", 3, 10, 4 + 8 * 40 + 28 * index) for index in range(40)]
    return _with_raw("cmap", struct.pack(">HH", 0, 40) + b"".join(heads) + group * 40)


def _with_raw(tag: str, data: bytes) -> bytes:
    def change(font: TTFont) -> None:
        font[tag] = newTable(tag)
        font[tag].data = data
        font[tag].compile = lambda _font: data

    return samples.changed(change)


def bomb() -> bytes:
    """A WOFF2 whose tables unpack to 100 MB, in a hundred bytes."""
    packed: bytes = brotli.compress(bytes(100 * 1024**2))
    entry = bytes([0, *_base128(100 * 1024**2)])
    head = struct.pack(">4sLLHHLLHHLLLLL", b"wOF2", 0x10000, 0, 1, 0, 0, len(packed), 1, 0, 0, 0, 0, 0, 0)
    return head + entry + packed


def _base128(value: int) -> list[int]:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.insert(0, value & 0x7F | 0x80)
    return digits


def with_subroutines(count: int, calls: int, first: int) -> bytes:
    """A CFF font whose letter H calls the last of `count` subroutines. Each calls its predecessor `calls` times; the
    first calls the subroutine `first`, or nothing."""
    font = TTFont(io.BytesIO(samples.otf(TEXT)), recalcBBoxes=False)
    top = font["CFF "].cff[0]
    top.Private.Subrs = SubrsIndex()
    for index in range(count):
        called = index - 1 if index else first
        program = [called - _SUBROUTINE_BIAS, "callsubr"] * calls if called >= 0 else []
        string = T2CharString(program=[*program, "return"], private=top.Private, globalSubrs=top.GlobalSubrs)
        top.Private.Subrs.append(string)
    top.CharStrings["H"].setProgram([count - 1 - _SUBROUTINE_BIAS, "callsubr", "endchar"])
    return samples.saved(font)


_SUBROUTINE_BIAS = 107
"""Subtracted from the number of a subroutine in a call: The Type 2 Charstring Format, 4.7."""


def composed(parts: list[str]) -> bytes:
    """A TrueType font in which each letter of TEXT is composed of others, the first of `parts`."""

    def change(font: TTFont) -> None:
        font.recalcBBoxes = False
        names = [*parts, *(font.getBestCmap()[ord(letter)] for letter in "Htelad")]
        for below, name in itertools.pairwise(names):
            glyph = font["glyf"].glyphs[name] = Glyph()
            glyph.numberOfContours, glyph.components = -1, [_component(below) for _ in range(10)]
            glyph.xMin = glyph.yMin = glyph.xMax = glyph.yMax = 0

    return samples.changed(change)


def _component(name: str) -> GlyphComponent:
    part = GlyphComponent()
    part.glyphName, part.x, part.y, part.flags = name, 0, 0, 0
    return part


def truncated(share: float) -> bytes:
    return samples.TTF[: int(len(samples.TTF) * share)]


@pytest.mark.parametrize(
    ("make", "code", "reason"),
    [
        (lambda: b"", ErrorCode.MEDIA_UNDECODABLE, "neither TTF, OTF nor WOFF2"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", ErrorCode.MEDIA_UNDECODABLE, "neither TTF"),
        (lambda: b"wOFF" + samples.TTF[4:], ErrorCode.MEDIA_UNDECODABLE, "neither TTF"),
        (lambda: b"\0\1\0\0" + bytes(100), ErrorCode.MEDIA_UNDECODABLE, "it has no cmap"),
        (lambda: truncated(0.5), ErrorCode.MEDIA_UNDECODABLE, "broken"),
        (lambda: b"wOF2" + bytes(60), ErrorCode.MEDIA_UNDECODABLE, "broken"),
        (lambda: without("cmap"), ErrorCode.MEDIA_UNDECODABLE, "it has no cmap"),
        (lambda: without("glyf"), ErrorCode.MEDIA_UNDECODABLE, "it has no outlines"),
        (lambda: with_units_per_em(0), ErrorCode.MEDIA_UNDECODABLE, "16 to 16384 units per em"),
        (lambda: with_units_per_em(1), ErrorCode.MEDIA_UNDECODABLE, "16 to 16384 units per em"),
        (lambda: with_units_per_em(65_535), ErrorCode.MEDIA_UNDECODABLE, "16 to 16384 units per em"),
        (greedy_cmap, ErrorCode.MEDIA_UNDECODABLE, ""),
        (lambda: with_subroutines(1, 2, first=0), ErrorCode.MEDIA_UNDECODABLE, "too many subroutines"),
        (lambda: with_subroutines(9, 10, first=-1), ErrorCode.MEDIA_UNDECODABLE, "too many subroutines"),
        (lambda: with_subroutines(20, 1, first=-1), ErrorCode.MEDIA_UNDECODABLE, "too many subroutines"),
        (lambda: composed(["space"]), ErrorCode.MEDIA_UNDECODABLE, "too many letters"),
        (lambda: composed(["H"]), ErrorCode.MEDIA_UNDECODABLE, "composed of itself"),
        (bomb, ErrorCode.LIMIT_EXCEEDED, "64 MB"),
        (lambda: samples.TTF + bytes(20 * 1024**2), ErrorCode.LIMIT_EXCEEDED, "20 MB"),
    ],
    ids=[
        "empty",
        "svg",
        "woff",
        "zeros",
        "half",
        "empty woff2",
        "no cmap",
        "no glyf",
        "0 units",
        "1 unit",
        "65535 units",
        "cmap",
        "calls itself",
        "many calls",
        "nested calls",
        "many components",
        "composed of itself",
        "bomb",
        "large",
    ],
)
def test_what_is_no_font_is_refused(tmp_path: Path, make: Callable[[], bytes], code: ErrorCode, reason: str) -> None:
    with pytest.raises(PermanentError) as caught:
        loaded(tmp_path, {400: samples.TTF, 700: make()})
    assert (caught.value.code, caught.value.pointer) == (code, "/fonts/1/source")
    assert reason in caught.value.message
    assert str(tmp_path) not in caught.value.message


def test_a_rebuilt_font_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    """Whatever Skia dislikes: the sanitizer knows only what fontTools dislikes."""
    (tmp_path / "font").write_bytes(b"no font")
    with painter_of(job(400), tmp_path) as painter, pytest.raises(PermanentError) as caught:
        painter.load_fonts(job(400).fonts, [tmp_path / "font"], lambda: False)
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/fonts/0/source")


FIELDS = st.sampled_from([b"\0\0", b"\0\1", b"\x7f\xff", b"\x80\0", b"\xff\xff"]) | st.binary(min_size=1, max_size=1)


@cache
def small() -> bytes:
    return rebuild(samples.TTF, TEXT, 400, 1 << 26)


def table_ranges(data: bytes) -> list[tuple[int, int]]:
    """Where each table of a font file begins and ends, by the directory at its start."""
    (count,) = struct.unpack(">H", data[4:6])
    entries = [struct.unpack(">LL", data[20 + 16 * index : 28 + 16 * index]) for index in range(count)]
    return [(begin, begin + length) for begin, length in entries if length]


@settings(max_examples=40, derandomize=True, database=None, deadline=None)
@given(st.data())
def test_changed_tables_are_painted_or_refused(data: st.DataObject) -> None:
    """In this process, where the sandbox would turn any exception of fontTools into a refusal."""
    changed = bytearray(small())
    for begin, end in data.draw(st.lists(st.sampled_from(table_ranges(small())), min_size=1, max_size=4)):
        at = data.draw(st.integers(begin, min(end, begin + 64) - 1))
        field = data.draw(FIELDS)
        changed[at : at + len(field)] = field
    try:
        rebuilt = rebuild(bytes(changed), TEXT, 400, 1 << 26)
    except Exception:  # noqa: BLE001 - as the sanitizer's own process does
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "font")
        path.write_bytes(rebuilt)
        faces = Typefaces(own={("Maison", 400, False): path})
        style, _ = parse_style({"fontFamily": "Maison", "webkitTextStroke": "2px red"}, "", ["Maison"])
        with contextlib.suppress(UnusableFontError):
            overlay, _ = paint(Text(content=TEXT, style=style, pointer="/texts/0"), (270, 480), faces)
            assert overlay is None or next(overlay.frames()).data


def test_a_jobs_families_are_known_to_its_styles() -> None:
    message = {
        "version": 1, "job_id": "j", "video_id": "v", "clips": [{"source": "s3://bucket/a.mp4", "duration": 1}],
        "fonts": [{"family": "Ma  Maison", "source": "s3://bucket/f.woff2", "weight": 700}],
        "texts": [{"content": "A", "style": {"fontFamily": "'ma maison', serif"}},
                  {"content": "B", "style": {"fontFamily": "Autre"}}],
    }  # fmt: skip
    parsed = parse_message(MessageBody(json.dumps(message)))
    assert [text.style.font_family for text in parsed.job.texts] == ["Ma  Maison", "Roboto"]
    assert [(warning.code, warning.pointer) for warning in parsed.warnings] == [
        ("STYLE_VALUE", "/texts/1/style/fontFamily")
    ]
    assert parsed.job.fonts == (
        Font(family="Ma  Maison", source="s3://bucket/f.woff2", weight=700, pointer="/fonts/0/source"),
    )
    assert ("s3://bucket/f.woff2", "/fonts/0/source") in parsed.job.sources


def test_a_family_without_bold_and_italic_is_thickened_and_slanted(tmp_path: Path) -> None:
    faces = loaded(tmp_path, {400: next(FONTS.rglob("Lato_400Regular.ttf")).read_bytes()})
    painted = {}
    for weight, slope in ((400, "normal"), (700, "normal"), (400, "italic")):
        style, _ = parse_style({"fontFamily": "Maison", "fontWeight": weight, "fontStyle": slope}, "", ["Maison"])
        overlay, warnings = paint(Text(content=TEXT, style=style, pointer="/texts/0"), (1080, 1920), faces)
        assert overlay is not None
        assert warnings == ()
        painted[weight, slope] = sum(next(overlay.frames()).data[3::4]), overlay.overlay.width
    plain, bold, italic = painted.values()
    assert bold[0] > 1.1 * plain[0]
    assert italic[0] == pytest.approx(plain[0], rel=0.02)
    assert italic[1] > plain[1]
