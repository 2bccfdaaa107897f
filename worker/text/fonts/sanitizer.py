"""The font sanitizer: rebuilds an untrusted font from what a job needs of it, so that it is safe to paint with.

Font files are programs: hinting has a virtual machine, layout tables are automata, images and SVG may hide in them. The
new font holds the outlines, widths and layout rules of the job's own characters, written by fontTools; Skia reads that
and not the untrusted file. Runs in a sandboxed process, started by job_fonts.py in the protocol of
worker/sandbox/child.py, since tables can make any claim. Each file of a request has a `source`, a `target`, a `weight`
and the `characters` needed; its result is true.
"""

import io
import struct
from pathlib import Path

import brotli
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.woff2 import WOFF2DirectoryEntry
from fontTools.varLib.instancer import instantiateVariableFont

from worker.sandbox.child import RefusedError, Values, serve
from worker.text.fonts.expansion import bound_charstrings, check_components

_TRUETYPE, _OPENTYPE, _WOFF2 = (b"\0\1\0\0", b"true"), (b"OTTO",), (b"wOF2",)
_NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp")
_OUTLINES = ("glyf", "CFF ", "CFF2")

_DROPPED = ["SVG ", "COLR", "CPAL", "CBDT", "CBLC", "EBDT", "EBLC", "EBSC", "sbix", "DSIG", "BASE", "MATH", "meta"]
"""Tables dropped beyond those that a subset drops anyway: images of letters, and what no text of ours uses."""

_WOFF2_HEADER = struct.Struct(">4sLLHHLLHHLLLLL")
"""https://www.w3.org/TR/WOFF2/#woff20Header"""

UNITS_PER_EM_MIN, UNITS_PER_EM_MAX = 16, 16_384
"""Least and most units of a font's square: https://learn.microsoft.com/en-us/typography/opentype/spec/head"""


def main() -> None:
    """Rebuild the fonts that requests on standard input name."""
    bound_charstrings()
    serve(_rebuild)


def _rebuild(font: Values, limits: Values) -> bool:
    try:
        data = _read(Path(font["source"]), limits)
        rebuilt = rebuild(data, font["characters"], font["weight"], limits["unpacked_bytes"])
        Path(font["target"]).write_bytes(rebuilt)
    except MemoryError as error:
        raise RefusedError("it takes more memory than a font may") from error
    except RefusedError:
        raise
    except Exception as error:  # fontTools trusts what it reads, so a broken table may raise anything
        raise RefusedError("its tables are broken") from error
    return True


def _read(path: Path, limits: Values) -> bytes:
    if path.stat().st_size > limits["bytes"]:
        reason = f"it has more than the {limits['bytes'] // 1024**2} MB that a font may have"
        raise RefusedError(reason, "LIMIT_EXCEEDED")
    return path.read_bytes()


def rebuild(data: bytes, characters: str, weight: int, unpacked_bytes: int) -> bytes:
    """A TTF or OTF of the characters that are wanted. A variable font becomes a static one of that `weight`;
    `unpacked_bytes` is the most that a WOFF2 may unpack to. Raises `RefusedError`, and anything for broken tables."""
    if data[:4] not in (*_TRUETYPE, *_OPENTYPE, *_WOFF2):
        raise RefusedError("it is neither TTF, OTF nor WOFF2")
    if data[:4] in _WOFF2:
        _check_unpacked(data, unpacked_bytes)
    font = TTFont(io.BytesIO(data), lazy=True, recalcTimestamp=False)
    missing = [tag for tag in _NEEDED if tag not in font]
    if missing or not any(tag in font for tag in _OUTLINES):
        raise RefusedError(f"it has no {missing[0] if missing else 'outlines'}")
    if not UNITS_PER_EM_MIN <= font["head"].unitsPerEm <= UNITS_PER_EM_MAX:
        raise RefusedError(f"it has not {UNITS_PER_EM_MIN} to {UNITS_PER_EM_MAX} units per em")
    if not font.getBestCmap():
        raise RefusedError("it has no Unicode characters")
    subsetter = Subsetter(_options())
    subsetter.populate(text=characters)
    subsetter.subset(font)
    check_components(font)
    if "fvar" in font:
        font = instantiateVariableFont(font, _instance(font, weight))
    target = io.BytesIO()
    font.flavor = None
    font.save(target)
    return target.getvalue()


def _options() -> Options:
    options = Options()
    options.layout_features = ["*"]  # a browser's defaults depend on the script: all are kept
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = []
    options.drop_tables += _DROPPED
    options.ignore_missing_unicodes = True
    return options


def _instance(font: TTFont, weight: int) -> dict[str, float]:
    """A variable font's position on each axis: the weight as a browser sets it, otherwise the default."""
    return {
        axis.axisTag: min(max(weight, axis.minValue), axis.maxValue) if axis.axisTag == "wght" else axis.defaultValue
        for axis in font["fvar"].axes
    }


def _check_unpacked(data: bytes, limit: int) -> None:
    """Unpack a WOFF2 up to the limit, before fontTools unpacks all of it at once."""
    header = _WOFF2_HEADER.unpack_from(data)
    count, packed = header[3], header[6]
    file = io.BytesIO(data)
    file.seek(_WOFF2_HEADER.size)
    claimed = 0
    for _ in range(count):
        entry = WOFF2DirectoryEntry()
        entry.fromFile(file)
        claimed += max(entry.length, entry.origLength)
    unpacker = brotli.Decompressor()
    unpacked = len(unpacker.process(file.read(packed), output_buffer_limit=limit + 1))
    if max(claimed, unpacked) > limit:
        reason = f"it unpacks to more than the {limit // 1024**2} MB that a font may have"
        raise RefusedError(reason, "LIMIT_EXCEEDED")
