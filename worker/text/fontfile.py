"""Makes a font that a stranger sent safe to paint with: takes it apart, and builds a new one of what is needed.

    python -I -S -c "from worker.text.fontfile import main; main()" < {"characters": ..., "fonts": [...], "caps": ...}

Font files are programs: hinting has a virtual machine, layout tables are automata, pictures and SVG may hide in them.
What comes out holds the outlines, widths and layout rules of the job's own characters, written anew by fontTools; that,
and not the file, is what Skia reads. This runs in a cage of its own (worker/video/fonts.py), since tables can claim
anything of themselves.

Answers each font with one line of JSON, in order: {"made": true}, or {"refused": code, "reason": ...}.
"""

import io
import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any

import brotli
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.woff2 import WOFF2DirectoryEntry
from fontTools.varLib.instancer import instantiateVariableFont

READY = "ready"
"""Said once this process is well."""

_TRUETYPE, _OPENTYPE, _WOFF2 = (b"\0\1\0\0", b"true"), (b"OTTO",), (b"wOF2",)
_NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp")
_OUTLINES = ("glyf", "CFF ", "CFF2")

_DROPPED = ["SVG ", "COLR", "CPAL", "CBDT", "CBLC", "EBDT", "EBLC", "EBSC", "sbix", "DSIG", "BASE", "MATH", "meta"]
"""Beyond what a subset drops anyway: pictures of letters, and what no text of ours uses."""

_WOFF2_HEADER = struct.Struct(">4sLLHHLLHHLLLLL")
"""https://www.w3.org/TR/WOFF2/#woff20Header"""

_BROKEN = (
    TTLibError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    brotli.error,
    struct.error,
)
"""fontTools believes what it reads: a broken table ends in almost any error."""


class RefusedError(Exception):
    """The font is to blame. `code` is one of the contract's error codes."""

    def __init__(self, reason: str, code: str = "MEDIA_UNDECODABLE") -> None:
        super().__init__(reason)
        self.code = code


def main() -> None:
    """Rebuild the fonts that standard input names."""
    asked = json.load(sys.stdin)
    print(READY, flush=True)
    for font in asked["fonts"]:
        _allow_cpu_seconds(asked["caps"]["cpu_seconds"])
        print(json.dumps(_answer(font, asked["characters"], asked["caps"])), flush=True)


def _allow_cpu_seconds(seconds: int) -> None:
    """For the next font."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, most))


def _answer(font: dict[str, Any], characters: str, caps: dict[str, int]) -> dict[str, Any]:
    try:
        data = _read(Path(font["source"]), caps)
        Path(font["target"]).write_bytes(rebuilt(data, characters, font["weight"], caps["unpacked_bytes"]))
    except RefusedError as error:
        return {"refused": error.code, "reason": str(error)}
    except MemoryError:
        return {"refused": "MEDIA_UNDECODABLE", "reason": "it takes more memory than a font may"}
    except _BROKEN:
        return {"refused": "MEDIA_UNDECODABLE", "reason": "its tables are broken"}
    return {"made": True}


def _read(path: Path, caps: dict[str, int]) -> bytes:
    if path.stat().st_size > caps["bytes"]:
        reason = f"it has more than the {caps['bytes'] // 1024**2} MB that a font may have"
        raise RefusedError(reason, "LIMIT_EXCEEDED")
    return path.read_bytes()


def rebuilt(data: bytes, characters: str, weight: int, unpacked_bytes: int) -> bytes:
    """A TTF or OTF of the same letters. `weight` is what a variable font is set to; `unpacked_bytes` is what a WOFF2
    may unpack to. Raises `RefusedError`, and those of `_BROKEN`."""
    if data[:4] not in (*_TRUETYPE, *_OPENTYPE, *_WOFF2):
        raise RefusedError("it is neither TTF, OTF nor WOFF2")
    if data[:4] in _WOFF2:
        _check_unpacked(data, unpacked_bytes)
    font = TTFont(io.BytesIO(data), lazy=True, recalcTimestamp=False)
    missing = [tag for tag in _NEEDED if tag not in font]
    if missing or not any(tag in font for tag in _OUTLINES):
        raise RefusedError(f"it has no {missing[0] if missing else 'outlines'}")
    if not font.getBestCmap():
        raise RefusedError("it has no Unicode characters")
    subsetter = Subsetter(_options())
    subsetter.populate(text=characters)
    subsetter.subset(font)
    if "fvar" in font:
        font = instantiateVariableFont(font, _instance(font, weight))
    target = io.BytesIO()
    font.flavor = None
    font.save(target)
    return target.getvalue()


def _options() -> Options:
    options = Options()
    options.layout_features = ["*"]  # a browser's defaults depend on the script: all of them are kept
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = []
    options.drop_tables += _DROPPED
    options.ignore_missing_unicodes = True
    return options


def _instance(font: TTFont, weight: int) -> dict[str, float]:
    """A variable font with its weight set as a browser sets it, and everything else as its maker did."""
    return {
        axis.axisTag: min(max(weight, axis.minValue), axis.maxValue) if axis.axisTag == "wght" else axis.defaultValue
        for axis in font["fvar"].axes
    }


def _check_unpacked(data: bytes, most: int) -> None:
    """Unpack a WOFF2 as far as it may go, before anybody unpacks it in one go."""
    head = _WOFF2_HEADER.unpack_from(data)
    count, packed = head[3], head[6]
    file = io.BytesIO(data)
    file.seek(_WOFF2_HEADER.size)
    claimed = 0
    for _ in range(count):
        entry = WOFF2DirectoryEntry()
        entry.fromFile(file)
        claimed += max(entry.length, entry.origLength)
    unpacker = brotli.Decompressor()
    found = len(unpacker.process(file.read(packed), output_buffer_limit=most + 1))
    if max(claimed, found) > most:
        reason = f"it unpacks to more than the {most // 1024**2} MB that a font may have"
        raise RefusedError(reason, "LIMIT_EXCEEDED")


if __name__ == "__main__":
    main()
