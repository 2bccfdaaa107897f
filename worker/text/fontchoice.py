"""Which font each character comes from: the style's own, or the first behind it that can show it.

A browser lets HarfBuzz compose, take apart and make up before it asks another font; a line's height depends on it.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from worker.text import emoji
from worker.text.typefaces import Face

_UNSEEN = {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
"""Unicode categories that need no glyph of their own: controls, joiners, selectors, marks, spaces."""

_MADE_UP = {"Cc", "Cf", "Zs"}
"""Those of them that HarfBuzz makes up where a font lacks them: no other font is asked. Such is the narrow space that
French has before its ! and its €."""

_WIDE_SPACE = "\u3000"
_IGNORED = frozenset("\u034f\ufe00\ufe01\ufe0e\ufe0f")
"""Marks that show nothing: the joiner of graphemes, selectors of a variant."""

_STAND_INS = {"\u2011": "2010"}
"""The hyphen that doesn't break, where a font has the one that does; in hexadecimal, as Unicode's decompositions."""


class FontChoice:
    """Chooses from a `chain` of text fonts, the style's own first, and a font of `pictures`, the emoji."""

    def __init__(self, chain: Sequence[Face], pictures: Face) -> None:
        self._chain = chain
        self._pictures = pictures

    def runs(self, line: str) -> tuple[emoji.Run, ...]:
        """The line as stretches of text and of emoji."""
        return emoji.split(line, self._is_text)

    def face_of(self, character: str) -> Face:
        """The text font that shows the character; the style's own where none has it."""
        return next((face for face in self._chain if _has(face, character)), self._chain[0])

    def faces(self, line: str) -> Iterator[Face]:
        """The fonts that the line is set in, the style's own first, maybe repeatedly."""
        yield self._chain[0]
        for run in self.runs(line):
            if run.is_emoji:
                yield self._pictures
                continue
            shown = unicodedata.normalize("NFC", run.text)  # as fonts have a letter with its accents
            yield from (self.face_of(character) for character in shown if not _is_made_up(character))

    def missing(self, content: str) -> list[str]:
        """The characters that no font has, in order, each once; they are painted as empty boxes."""
        return [
            character
            for character in dict.fromkeys(content)
            if not is_unseen(character) and not any(_has(face, character) for face in (*self._chain, self._pictures))
        ]

    def _is_text(self, character: str) -> bool:
        if is_unseen(character) or any(_has(face, character) for face in self._chain):
            return True
        return not self._pictures.has(character)


def is_unseen(character: str) -> bool:
    """Whether a character needs no glyph of its own."""
    return unicodedata.category(character) in _UNSEEN


def _has(face: Face, character: str) -> bool:
    """Whether HarfBuzz finds in this font what it needs to show it: the character, a letter and its accents, or another
    as good."""
    parts = _STAND_INS.get(character, unicodedata.decomposition(character))
    is_made_of_others = parts and "<" not in parts and all(_has(face, chr(int(part, 16))) for part in parts.split())
    return face.has(character) or bool(is_made_of_others)


def _is_made_up(character: str) -> bool:
    return character in _IGNORED or (unicodedata.category(character) in _MADE_UP and character != _WIDE_SPACE)
