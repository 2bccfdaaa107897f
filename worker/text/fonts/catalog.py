"""The catalog of font files that texts are painted with: finds them, matches them as CSS does, loads each once.

Fonts come from npm packages under `worker/fonts` (one static TTF per weight and slope). The system's fonts are never
used, so that every machine paints the same picture.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import skia
from skia import textlayout

FONTS = Path(__file__).parents[2] / "fonts"

FALLBACKS = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans SC", "Noto Sans KR")
"""Families tried in order for a character that the text's families lack; emoji come last, see `Typefaces.emoji`."""

EMOJI = "Noto Color Emoji"

_FILE_NAME = re.compile(r"(?P<family>[A-Za-z]+)_(?P<weight>\d{3})[A-Za-z]+(?P<italic>_Italic)?\.ttf")


class UnusableFontError(Exception):
    """Skia can't load a font file."""


@dataclass(frozen=True)
class Face:
    """One loaded font file. `alias` is its name in the font collection: families alone are ambiguous, since the files
    of Montserrat 100 and 200 both declare weight 250."""

    alias: str
    typeface: skia.Typeface
    weight: int
    italic: bool

    def has(self, character: str) -> bool:
        """Whether the font has a glyph for the character."""
        return bool(self.typeface.unicharToGlyph(ord(character)))


class Typefaces:
    """Every font below a folder, by family, weight and slope; a file is loaded on first use. `own` are the files of a
    job's fonts, which take precedence over others of their family's name."""

    def __init__(self, folder: Path = FONTS, own: Mapping[tuple[str, int, bool], Path] | None = None) -> None:
        self._files: dict[str, dict[tuple[int, bool], Path]] = {}
        for path in sorted(folder.rglob("*.ttf")):
            if match := _FILE_NAME.fullmatch(path.name):
                key = (int(match["weight"]), match["italic"] is not None)
                self._files.setdefault(match["family"].lower(), {})[key] = path
        if not self._files:
            raise FileNotFoundError(f"no fonts below {folder}: run `make setup`")
        for family in {_key(family) for family, _, _ in own or {}}:
            self._files[family] = {}
        for (family, weight, italic), path in (own or {}).items():
            self._files[_key(family)][weight, italic] = path
        self._manager = skia.FontMgr.New_Custom_Empty()  # Skia's default one would ask the system's fontconfig
        self._provider = textlayout.TypefaceFontProvider()
        self._faces: dict[Path, Face] = {}

    @cached_property
    def collection(self) -> textlayout.FontCollection:
        """The font collection of Skia's text layout: only the fonts loaded here."""
        collection = textlayout.FontCollection()
        collection.setDefaultFontManager(self._provider)
        return collection

    def face(self, family: str, weight: int, italic: bool) -> Face:
        """The closest face of a family: slope first, then weight, as CSS does. Raises `UnusableFontError`."""
        files = self._files.get(_key(family))
        if files is None:
            raise KeyError(f"there is no font {family!r}")
        weights = [w for w, slope in files if slope == italic]
        slope = italic if weights else not italic
        weight = closest_weight(weight, weights or [w for w, _ in files])
        return self._load(files[weight, slope], weight, slope)

    def chain(self, families: Iterable[str], weight: int, italic: bool) -> tuple[Face, ...]:
        """The faces that text may be painted with, the requested ones first; without emoji."""
        return tuple(self.face(name, weight, italic) for name in dict.fromkeys((*families, *FALLBACKS)))

    @property
    def emoji(self) -> Face:
        """The color emoji font."""
        return self.face(EMOJI, 400, italic=False)

    def _load(self, path: Path, weight: int, italic: bool) -> Face:
        if path not in self._faces:
            typeface = self._manager.makeFromFile(str(path))
            if typeface is None:
                raise UnusableFontError(path.name)
            self._provider.registerTypeface(typeface, path.stem)
            self._faces[path] = Face(path.stem, typeface, weight, italic)
        return self._faces[path]


def _key(family: str) -> str:
    return "".join(family.split()).lower()


@cache
def bundled() -> Typefaces:
    """The worker's own fonts, one collection per process."""
    return Typefaces()


def closest_weight(wanted: int, available: Iterable[int]) -> int:
    """The weight that CSS picks: https://www.w3.org/TR/css-fonts-4/#font-style-matching (step on font-weight)."""
    weights = sorted(available)
    heavier = [w for w in weights if w >= wanted]
    lighter = [w for w in reversed(weights) if w <= wanted]
    if 400 <= wanted <= 500:
        order = [w for w in heavier if w <= 500] + lighter + heavier
    elif wanted < 400:
        order = lighter + heavier
    else:
        order = heavier + lighter
    return order[0]
