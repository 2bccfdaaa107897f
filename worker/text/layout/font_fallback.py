"""Font fallback: the style's own font for each character, or the first font after it that can show the character.

Before it asks another font, a browser lets HarfBuzz compose, decompose and synthesize characters; a line's height
depends on it.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from worker.text.fonts.catalog import Face
from worker.text.layout.emoji import PresentationRun, split_presentations

_FONT_INHERITING = {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
"""Unicode categories that need no glyph of their own: controls, joiners, selectors, marks, spaces."""

_SYNTHESIZED = {"Cc", "Cf", "Zs"}
"""Those of them that HarfBuzz synthesizes where a font lacks them, so that no other font is asked: for instance the
narrow space that French writes before ! and €."""

_IDEOGRAPHIC_SPACE = "\u3000"
_IGNORABLE_MARKS = frozenset("\u034f\ufe00\ufe01\ufe0e\ufe0f")
"""Default-ignorable marks: the combining grapheme joiner and variation selectors."""

_SUBSTITUTES = {"\u2011": "2010"}
"""The non-breaking hyphen, shown by a font's hyphen; in hexadecimal, as in Unicode's decompositions."""


class FontFallback:
    """Chooses from a `chain` of text faces, the style's own first, and the `emoji` face."""

    def __init__(self, chain: Sequence[Face], emoji: Face) -> None:
        self._chain = chain
        self._emoji = emoji

    def presentation_runs(self, line: str) -> tuple[PresentationRun, ...]:
        """The line's runs of text and of emoji."""
        return split_presentations(line, self._is_text)

    def face_for(self, character: str) -> Face:
        """The text face that shows the character; the style's own where none has it."""
        return next((face for face in self._chain if _supports(face, character)), self._chain[0])

    def used_faces(self, line: str) -> Iterator[Face]:
        """The faces that the line is set in, the style's own first; a face may come several times."""
        yield self._chain[0]
        for run in self.presentation_runs(line):
            if run.is_emoji:
                yield self._emoji
                continue
            composed = unicodedata.normalize("NFC", run.text)  # fonts have a letter together with its accents
            yield from (self.face_for(character) for character in composed if not _is_synthesized(character))

    def missing_characters(self, content: str) -> list[str]:
        """The characters that no font has, in order, without repetition; they are painted as empty boxes."""
        return [
            character
            for character in dict.fromkeys(content)
            if not inherits_font(character)
            and not any(_supports(face, character) for face in (*self._chain, self._emoji))
        ]

    def _is_text(self, character: str) -> bool:
        if inherits_font(character) or any(_supports(face, character) for face in self._chain):
            return True
        return not self._emoji.has(character)


def inherits_font(character: str) -> bool:
    """Whether a character needs no glyph of its own, and takes the font of the character before it."""
    return unicodedata.category(character) in _FONT_INHERITING


def _supports(face: Face, character: str) -> bool:
    """Whether HarfBuzz can show the character with this face: by its glyph, by a letter and its accents, or by a
    substitute."""
    parts = _SUBSTITUTES.get(character, unicodedata.decomposition(character))
    is_composable = parts and "<" not in parts and all(_supports(face, chr(int(part, 16))) for part in parts.split())
    return face.has(character) or bool(is_composable)


def _is_synthesized(character: str) -> bool:
    if character in _IGNORABLE_MARKS:
        return True
    return unicodedata.category(character) in _SYNTHESIZED and character != _IDEOGRAPHIC_SPACE
