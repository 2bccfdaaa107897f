"""Custom fonts for tests, derived from the bundled ones."""

import io
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation

from worker.job import Job
from worker.text.fonts import job_fonts
from worker.text.fonts.catalog import FONTS, Typefaces

TTF = next(FONTS.rglob("Montserrat_800ExtraBold.ttf")).read_bytes()


def typefaces(job: Job, media: Mapping[str, Path], folder: Path) -> Typefaces:
    """The bundled fonts and a job's own, rebuilt into `folder`; `media` holds what was received, by URL."""
    files = zip(job.fonts, job_fonts.rebuild(job, media, folder), strict=True)
    return Typefaces(own={(font.family, font.weight, font.style == "italic"): file for font, file in files})


def woff2(data: bytes = TTF) -> bytes:
    """A font compressed as WOFF2."""
    font = TTFont(io.BytesIO(data))
    font.flavor = "woff2"
    return saved(font)


def otf(characters: str) -> bytes:
    """A subset of Montserrat with PostScript (CFF) outlines."""
    source = TTFont(io.BytesIO(TTF))
    cmap = {ord(character): source.getBestCmap()[ord(character)] for character in characters}
    names = [".notdef", *dict.fromkeys(cmap.values())]
    glyphs = source.getGlyphSet()
    strings = {}
    for name in names:
        pen = T2CharStringPen(glyphs[name].width, glyphs)
        glyphs[name].draw(Qu2CuPen(pen, 0.5, all_cubic=True))
        strings[name] = pen.getCharString()
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=False)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(cmap)
    builder.setupCFF("Maison", {}, strings, {})
    builder.setupHorizontalMetrics({name: (glyphs[name].width, 0) for name in names})
    return _build(builder, source)


def variable() -> bytes:
    """A variable font whose only letter, A, is a bar 200 to 800 units wide for weights 100 to 900."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({ord("A"): "A"})
    builder.setupGlyf({".notdef": _bar(100), "A": _bar(200)})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "A": (1000, 0)})
    builder.setupNameTable({"familyName": "Maison", "styleName": "Regular"})
    builder.setupFvar([("wght", 100, 100, 900, "Weight")], [])
    wider: list[tuple[int, int] | None] = [(0, 0), (0, 0), (600, 0), (600, 0), None, None, None, None]
    builder.setupGvar({".notdef": [], "A": [TupleVariation({"wght": (0, 1, 1)}, wider)]})
    return _build(builder)


def monster(points: int) -> bytes:
    """A font whose only letter, A, is one line between that many points, which crosses itself everywhere."""
    draw, pen = random.Random(1), TTGlyphPen(None)  # noqa: S311  no secret
    pen.moveTo((0, 0))
    for _ in range(points - 1):
        pen.lineTo((draw.randrange(1000), draw.randrange(1000)))
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({ord("A"): "A"})
    builder.setupGlyf({".notdef": _bar(100), "A": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "A": (1000, 0)})
    builder.setupNameTable({"familyName": "Maison", "styleName": "Regular"})
    return _build(builder)


def changed(change: Callable[[TTFont], None]) -> bytes:
    """Montserrat after `change`."""
    font = TTFont(io.BytesIO(TTF))
    change(font)
    return saved(font)


def saved(font: TTFont) -> bytes:
    """A font as the bytes of its file."""
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def _bar(width: int) -> object:
    pen = TTGlyphPen(None)
    for number, corner in enumerate(((0, 0), (0, 700), (width, 700), (width, 0))):
        (pen.lineTo if number else pen.moveTo)(corner)
    pen.closePath()
    return pen.glyph()


def _build(builder: FontBuilder, like: TTFont | None = None) -> bytes:
    ascent, descent = (like["hhea"].ascent, like["hhea"].descent) if like else (800, -200)
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    if "name" not in builder.font:
        builder.setupNameTable({"familyName": "Maison", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent, usWinDescent=-descent)
    builder.setupPost()
    return saved(builder.font)
