"""Fonts that jobs bring along: rebuilt from what is needed, or refused with a code, a pointer and a sentence."""

import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont, newTable

from tests import fonts as made
from worker.job import ErrorCode, Font, Job, PermanentError, Text, parse_message
from worker.job.style import parse_style
from worker.text.paint import paint
from worker.text.typefaces import FONTS, Typefaces, bundled
from worker.video.fonts import typefaces

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
    return typefaces(job(*files, content=content), media, folder)


@pytest.mark.parametrize("data", [made.TTF, made.woff2(), made.otf(TEXT)], ids=["ttf", "woff2", "otf"])
def test_a_font_is_rebuilt_from_the_jobs_own_letters(tmp_path: Path, data: bytes) -> None:
    face = loaded(tmp_path, {400: data}).face("Maison", 400, italic=False)
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
    found = loaded(tmp_path, {100: made.variable(), 500: made.variable(), 900: made.variable()}, "A")
    widths = []
    for number, weight in enumerate((100, 500, 900)):
        assert found.face("Maison", weight, italic=False).has("A")
        built = TTFont(io.BytesIO((tmp_path / f"font-{number}").read_bytes()))
        assert "fvar" not in built
        widths.append(built["glyf"][built.getBestCmap()[ord("A")]].xMax)
    assert widths == [200, 500, 800]


def without(tag: str) -> bytes:
    return made.changed(lambda font: font.__delitem__(tag))


def greedy_cmap() -> bytes:
    """Forty tables of one group each, that claims all of Unicode: a hundred megabytes each once they are read."""
    group = struct.pack(">HHLLLLLL", 12, 0, 28, 0, 1, 0, 0x10FFFF, 1)
    heads = [struct.pack(">HHL", 3, 10, 4 + 8 * 40 + 28 * index) for index in range(40)]
    return _with_raw("cmap", struct.pack(">HH", 0, 40) + b"".join(heads) + group * 40)


def _with_raw(tag: str, data: bytes) -> bytes:
    def change(font: TTFont) -> None:
        font[tag] = newTable(tag)
        font[tag].data = data
        font[tag].compile = lambda _font: data

    return made.changed(change)


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


def truncated(share: float) -> bytes:
    return made.TTF[: int(len(made.TTF) * share)]


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", ErrorCode.MEDIA_UNDECODABLE, "neither TTF, OTF nor WOFF2"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ErrorCode.MEDIA_UNDECODABLE, "neither TTF"),
        (b"wOFF" + made.TTF[4:], ErrorCode.MEDIA_UNDECODABLE, "neither TTF"),
        (b"\0\1\0\0" + bytes(100), ErrorCode.MEDIA_UNDECODABLE, "it has no cmap"),
        (truncated(0.5), ErrorCode.MEDIA_UNDECODABLE, "broken"),
        (b"wOF2" + bytes(60), ErrorCode.MEDIA_UNDECODABLE, "broken"),
        (without("cmap"), ErrorCode.MEDIA_UNDECODABLE, "it has no cmap"),
        (without("glyf"), ErrorCode.MEDIA_UNDECODABLE, "it has no outlines"),
        (greedy_cmap(), ErrorCode.MEDIA_UNDECODABLE, ""),
        (bomb(), ErrorCode.LIMIT_EXCEEDED, "64 MB"),
        (made.TTF + bytes(20 * 1024**2), ErrorCode.LIMIT_EXCEEDED, "20 MB"),
    ],
    ids=["empty", "svg", "woff", "zeros", "half", "empty woff2", "no cmap", "no glyf", "cmap", "bomb", "large"],
)
def test_what_is_no_font_is_refused(tmp_path: Path, data: bytes, code: ErrorCode, reason: str) -> None:
    with pytest.raises(PermanentError) as caught:
        loaded(tmp_path, {400: made.TTF, 700: data})
    assert (caught.value.code, caught.value.pointer) == (code, "/fonts/1/source")
    assert reason in caught.value.message
    assert str(tmp_path) not in caught.value.message


def test_a_jobs_families_are_known_to_its_styles() -> None:
    message = {
        "version": 1, "job_id": "j", "video_id": "v", "clips": [{"source": "s3://bucket/a.mp4", "duration": 1}],
        "fonts": [{"family": "Ma  Maison", "source": "s3://bucket/f.woff2", "weight": 700}],
        "texts": [{"content": "A", "style": {"fontFamily": "'ma maison', serif"}},
                  {"content": "B", "style": {"fontFamily": "Autre"}}],
    }  # fmt: skip
    parsed = parse_message(json.dumps(message))
    assert [text.style.font_family for text in parsed.job.texts] == ["Ma  Maison", "Roboto"]
    assert [(warning.code, warning.pointer) for warning in parsed.warnings] == [
        ("STYLE_VALUE", "/texts/1/style/fontFamily")
    ]
    assert parsed.job.fonts == (
        Font(family="Ma  Maison", source="s3://bucket/f.woff2", weight=700, pointer="/fonts/0/source"),
    )
    assert ("s3://bucket/f.woff2", "/fonts/0/source") in parsed.job.sources


def test_a_family_without_bold_and_italic_is_thickened_and_slanted(tmp_path: Path) -> None:
    found = loaded(tmp_path, {400: next(FONTS.rglob("Lato_400Regular.ttf")).read_bytes()})
    painted = {}
    for weight, slope in ((400, "normal"), (700, "normal"), (400, "italic")):
        style, _ = parse_style({"fontFamily": "Maison", "fontWeight": weight, "fontStyle": slope}, "", ["Maison"])
        overlay, warnings = paint(Text(content=TEXT, style=style, pointer="/texts/0"), (1080, 1920), found)
        assert overlay is not None
        assert warnings == ()
        painted[weight, slope] = sum(next(overlay.pictures()).data[3::4]), overlay.width
    plain, bold, italic = painted.values()
    assert bold[0] > 1.1 * plain[0]
    assert italic[0] == pytest.approx(plain[0], rel=0.02)
    assert italic[1] > plain[1]
