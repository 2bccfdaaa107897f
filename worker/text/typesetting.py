"""Skia's text layout, one line at a time: which font each character comes from, how wide a line is, how it is drawn.

textlayout shapes (ligatures, Arabic, right-to-left) and falls back to another font by glyph; lines and positions are
ours (lines.py), since its own differ from a browser's.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import NamedTuple

import skia
from skia import textlayout

from worker.job import Style
from worker.text import emoji, justification
from worker.text.breaking import LineBreaker
from worker.text.clusters import clusters, cursive, is_latin
from worker.text.lines import FontHeights, Line, Lines
from worker.text.punctuation import GIVEN_WAY, may_give_way, stretches
from worker.text.typefaces import Face, Typefaces

_UNBROKEN = 1e6
"""Pixels of layout width at which no line wraps."""

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

_NON_JOINER = "\u200c"

NOTHING = skia.Paint(Color=skia.ColorTRANSPARENT)

_BOLD = 600
"""The weight from which on a browser thickens: https://www.w3.org/TR/css-fonts-4/#font-synthesis-weight-prop"""

_THICKENED = 700
"""Asked of Skia, which thickens where a font is lighter by 200 or more."""


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


class Typesetter:
    """Sets lines of one `content` in one style, which is in pixels of the output."""

    def __init__(self, style: Style, typefaces: Typefaces, content: str = "") -> None:
        self._style = style
        self._has_latin = is_latin(content)
        self._typefaces = typefaces
        self._chain = typefaces.chain(style.font_family, style.font_weight, style.italic)
        self._unicode = skia.Unicodes.ICU.Make()
        self._widths: dict[str, float] = {}

    def runs(self, line: str) -> tuple[emoji.Run, ...]:
        """The line as stretches of text and of emoji."""
        return emoji.split(line, self._is_text)

    def runs_left_to_right(self, line: str) -> bool:
        """Whether the line reads from left to right throughout."""
        return not any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in line)

    def missing(self, content: str) -> list[str]:
        """The characters that no font has, in order, each once; they are painted as empty boxes."""
        return [
            character
            for character in dict.fromkeys(content)
            if not _is_unseen(character)
            and not any(face.has(character) for face in (*self._chain, self._typefaces.emoji))
        ]

    def heights(self, line: str) -> list[FontHeights]:
        """The fonts that the line is set in, the style's own first."""
        faces = {self._chain[0].alias: self._chain[0]}
        for run in self.runs(line):
            shown = unicodedata.normalize("NFC", run.text)  # as fonts have a letter with its accents
            used = [self._typefaces.emoji] if run.is_emoji else [self._face_of(c) for c in shown if not _is_made_up(c)]
            faces.update({face.alias: face for face in used})
        return [self._heights(face) for face in faces.values()]

    def pieces(self, text: str) -> list[str]:
        """The text cut wherever a line may break."""
        families = [face.alias for face in (*self._chain, self._typefaces.emoji)]
        return LineBreaker(self._typefaces.collection, families).pieces(text)

    def measure(self, line: str) -> float:
        """Width of a line in pixels, letter spacing after its last letter included."""
        if line not in self._widths:
            paint = skia.Paint(AntiAlias=True)
            width = self.paragraph(line, paint, paint).MaxIntrinsicWidth if line else 0.0
            self._widths[line] = float(width) + (self._style.letter_spacing if self._is_spaced_behind(line) else 0.0)
        return self._widths[line]

    def slack(self, line: str) -> float:
        """Pixels by which the end of a line may give way."""
        return GIVEN_WAY * self._style.font_size if may_give_way(line) else 0.0

    def typed(self, lines: Lines, share: float) -> tuple[Line, ...]:
        """The lines as far as they are typed: `share` of their characters, whole ones as a reader counts them, each
        where it will stand in the end. Right-to-left lines grow from the right."""
        if share >= 1:
            return lines.lines
        left = round(share * sum(len(line.text) for line in lines.lines))
        typed: list[Line] = []
        for line in lines.lines:
            text = _whole(line.text, min(left, len(line.text)))
            left -= min(left, len(line.text))
            start = line.left
            if text and unicodedata.bidirectional(text[0]) in {"R", "AL"}:
                start += line.width - self.measure(text)
            typed.append(replace(line, text=text, left=start))
        return tuple(typed)

    def paragraph(
        self, line: str, text_paint: skia.Paint, emoji_paint: skia.Paint, widening: float = 0.0
    ) -> textlayout.Paragraph:
        """The line laid out, ready to be painted. Where letters and emoji take turns, `NOTHING` hides one of them."""
        pieces = list(self._justified(line, widening) if widening else self._pieces(line))
        if pieces and pieces[-1].text == _NON_JOINER:
            pieces.pop()  # textlayout would cut off what is beside a line of letters from right to left
        look = textlayout.ParagraphStyle()
        look.setTextStyle(self._text_style(Piece("", self._style.font_size, False, False, False), text_paint))
        builder = textlayout.ParagraphBuilder.make(look, self._typefaces.collection, self._unicode)
        for piece in pieces:
            style = self._text_style(piece, emoji_paint if piece.is_emoji else text_paint)
            builder.pushStyle(style)
            builder.addText(piece.text)
            builder.pop()
        paragraph = builder.Build()
        paragraph.layout(_UNBROKEN)
        return paragraph

    def _text_style(self, piece: Piece, paint: skia.Paint) -> textlayout.TextStyle:
        families = (self._typefaces.emoji, *self._chain) if piece.is_emoji else self._chain
        weight = _THICKENED if piece.is_thickened else 400
        slant = skia.FontStyle.kItalic_Slant if piece.is_slanted else skia.FontStyle.kUpright_Slant
        style = textlayout.TextStyle()
        style.setFontFamilies([face.alias for face in families])
        style.setFontStyle(skia.FontStyle(weight, skia.FontStyle.kNormal_Width, slant))
        style.setFontSize(piece.size)
        style.setLetterSpacing(piece.spacing)
        style.setForegroundPaint(paint)
        return style

    def _pieces(self, line: str) -> Iterator[Piece]:
        joins = iter(cursive(line, has_latin=self._has_latin))
        for run in self.runs(line):
            for part in self._parts(run):
                for index, text in enumerate(stretches(part.text)):
                    if index:
                        yield part._replace(text=_NON_JOINER, spacing=-GIVEN_WAY * part.size)
                    yield from self._spaced(part._replace(text=text), list(islice(joins, len(text))))

    def _justified(self, line: str, widening: float) -> Iterator[Piece]:
        """The pieces cut so that the line is widened: by larger spaces, and behind what stands alone."""
        places = justification.places(line)
        position = 0
        for piece in self._pieces(line):
            if piece.text == _NON_JOINER:
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
            yield piece._replace(text=" ", size=piece.size * (1 + widening / self._space()))
        elif widening:
            yield piece._replace(text=_NON_JOINER, spacing=widening)

    def _parts(self, run: emoji.Run) -> Iterator[Piece]:
        """The run cut where what its fonts lack changes; a space or a mark goes with what is before it."""
        size, is_bold, is_italic = self._style.font_size, self._style.font_weight >= _BOLD, self._style.italic
        part = Piece(run.text, size, run.is_emoji, False, is_italic)
        if not run.is_emoji:
            part = Piece("", size, False, False, False)
            for character in run.text:
                face = self._face_of(character)
                lacks = is_bold and face.weight < _BOLD, is_italic and not face.italic
                if part.text and (_is_unseen(character) or lacks == (part.is_thickened, part.is_slanted)):
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
                    yield part._replace(text=_NON_JOINER, spacing=spacing)

    def _is_spaced_behind(self, line: str) -> bool:
        *_, last = self._pieces(line) if line else (None,)
        return last is not None and last.text == _NON_JOINER

    def _space(self) -> float:
        font = skia.Font(self._face_of(" ").typeface, self._style.font_size)
        font.setHinting(skia.FontHinting.kNone)
        font.setSubpixel(True)
        return float(font.measureText(" "))

    def _is_text(self, character: str) -> bool:
        if _is_unseen(character) or any(face.has(character) for face in self._chain):
            return True
        return not self._typefaces.emoji.has(character)

    def _face_of(self, character: str) -> Face:
        return next((face for face in self._chain if _has(face, character)), self._chain[0])

    def _heights(self, face: Face) -> FontHeights:
        metrics = skia.Font(face.typeface, self._style.font_size).getMetrics()
        return FontHeights.rounded(-metrics.fAscent, metrics.fDescent, metrics.fLeading)


def _has(face: Face, character: str) -> bool:
    """Whether HarfBuzz finds in this font what it needs to show it: the character, a letter and its accents, or another
    as good."""
    parts = _STAND_INS.get(character, unicodedata.decomposition(character))
    is_made_of_others = parts and "<" not in parts and all(_has(face, chr(int(part, 16))) for part in parts.split())
    return face.has(character) or bool(is_made_of_others)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN


def _is_made_up(character: str) -> bool:
    return character in _IGNORED or (unicodedata.category(character) in _MADE_UP and character != _WIDE_SPACE)


def _whole(text: str, length: int) -> str:
    """The first `length` characters, without the half of an emoji, or a letter without its accents."""
    whole = ""
    for cluster in clusters(text):
        if len(whole) + len(cluster) > length:
            break
        whole += cluster
    return whole.rstrip(" ")
