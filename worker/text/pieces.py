"""A line cut into pieces that Skia's textlayout sets as a browser would: by font, by spacing, by justification.

textlayout spaces letters and widens spaces in ways of its own. Where that differs, pixels are given to characters that
show nothing: a non-joiner behind a letter, a larger space.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import skia

from worker.job import Style
from worker.text import emoji, justification
from worker.text.clusters import clusters, cursive
from worker.text.fontchoice import FontChoice, is_unseen
from worker.text.punctuation import GIVEN_WAY, stretches

NON_JOINER = "\u200c"

_BOLD = 600
"""The weight from which on a browser thickens: https://www.w3.org/TR/css-fonts-4/#font-synthesis-weight-prop"""


class Piece(NamedTuple):
    """Text that is set alike: `spacing` behind each of its letters, and `size`, are in pixels.

    Letters are thickened or slanted where their font has no bold or italic of its own. A browser does the same:
    https://www.w3.org/TR/css-fonts-4/#font-synthesis
    """

    text: str
    size: float
    is_emoji: bool
    is_thickened: bool
    is_slanted: bool
    spacing: float = 0.0


class Cutter:
    """Cuts lines of one `style`, in pixels of the output; `has_latin` says whether the text has Latin letters."""

    def __init__(self, style: Style, fonts: FontChoice, *, has_latin: bool) -> None:
        self._style = style
        self._fonts = fonts
        self._has_latin = has_latin

    def pieces(self, line: str) -> Iterator[Piece]:
        """The line as it stands."""
        joins = iter(cursive(line, has_latin=self._has_latin))
        for run in self._fonts.runs(line):
            for part in self._parts(run):
                for index, text in enumerate(stretches(part.text)):
                    if index:
                        yield part._replace(text=NON_JOINER, spacing=-GIVEN_WAY * part.size)
                    yield from self._spaced(part._replace(text=text), list(islice(joins, len(text))))

    def justified(self, line: str, widening: float) -> Iterator[Piece]:
        """The line widened by some pixels at each of its places: by larger spaces, and behind what stands alone."""
        places = justification.places(line)
        position = 0
        for piece in self.pieces(line):
            if piece.text == NON_JOINER:
                yield piece
                continue
            start, position = position, position + len(piece.text)
            cuts = sorted({start, position, *(place for place in places if start < place < position)})
            for first, last in pairwise(cuts):
                yield from self._widened(piece._replace(text=line[first:last]), widening if last in places else 0.0)

    def _widened(self, piece: Piece, widening: float) -> Iterator[Piece]:
        """The piece with some pixels behind it, where there are any."""
        word = piece.text.rstrip(justification.SPACES)
        if word:
            yield piece._replace(text=word)
        if word != piece.text:
            yield piece._replace(text=" ", size=piece.size + self._style.font_size * widening / self._space())
        elif widening:
            yield piece._replace(text=NON_JOINER, spacing=widening)

    def _parts(self, run: emoji.Run) -> Iterator[Piece]:
        """The run cut where what its fonts lack changes; a space or a mark goes with what is before it."""
        size, is_bold, is_italic = self._style.font_size, self._style.font_weight >= _BOLD, self._style.italic
        part = Piece(run.text, size, run.is_emoji, False, is_italic)
        if not run.is_emoji:
            part = Piece("", size, False, False, False)
            for character in run.text:
                face = self._fonts.face_of(character)
                lacks = is_bold and face.weight < _BOLD, is_italic and not face.italic
                if part.text and (is_unseen(character) or lacks == (part.is_thickened, part.is_slanted)):
                    part = part._replace(text=part.text + character)
                    continue
                if part.text:
                    yield part
                part = Piece(character, size, False, *lacks)
        yield part

    def _spaced(self, part: Piece, joins: Sequence[bool]) -> Iterator[Piece]:
        """The part cut so that letters are spaced as CSS says; `joins` tells of each character whether its script does.

        All of it is behind a letter with its marks, where textlayout would put half of it before and behind each of
        them: so it is given to a non-joiner, which shows nothing, and keeps letters from forming a ligature, as CSS
        wants. Scripts whose letters join have none (https://www.w3.org/TR/css-text-4/#cursive-tracking), but between
        words; there textlayout has none either, and a larger space does it.
        """
        spacing = self._style.letter_spacing
        if not spacing:
            yield part
            return
        position = 0
        for cluster in clusters(part.text):
            is_cursive = joins[position]
            position += len(cluster)
            letter = part._replace(text=cluster)
            if cluster == " " and is_cursive:
                width = self._space()
                yield letter._replace(size=part.size * max(width + spacing, 0.0) / width)
            elif cluster == " ":
                yield letter._replace(spacing=spacing)
            else:
                yield letter
                if not is_cursive:
                    yield part._replace(text=NON_JOINER, spacing=spacing)

    def _space(self) -> float:
        """Pixels of a space."""
        font = skia.Font(self._fonts.face_of(" ").typeface, self._style.font_size)
        font.setHinting(skia.FontHinting.kNone)
        font.setSubpixel(True)
        return float(font.measureText(" "))
