"""Skia's text layout, one line at a time: how wide it is, how it is drawn.

textlayout shapes (ligatures, Arabic, right-to-left) and falls back to another font by glyph; lines and positions are
ours (lines.py), since its own differ from a browser's.
"""

import unicodedata
from dataclasses import replace

import skia
from skia import textlayout

from worker.job import Style
from worker.text import emoji
from worker.text.breaking import LineBreaker
from worker.text.clusters import clusters, is_latin
from worker.text.fontchoice import FontChoice
from worker.text.lines import FontHeights, Line, Lines
from worker.text.pieces import NON_JOINER, Cutter, Piece
from worker.text.punctuation import GIVEN_WAY, may_give_way
from worker.text.typefaces import Face, Typefaces

_UNBROKEN = 1e6
"""Pixels of layout width at which no line wraps."""

NOTHING = skia.Paint(Color=skia.ColorTRANSPARENT)

_THICKENED = 700
"""Asked of Skia, which thickens where a font is lighter by 200 or more."""


class Typesetter:
    """Sets lines of one `content` in one style, which is in pixels of the output."""

    def __init__(self, style: Style, typefaces: Typefaces, content: str = "") -> None:
        self._style = style
        self._typefaces = typefaces
        self._chain = typefaces.chain(style.font_family, style.font_weight, style.italic)
        self._fonts = FontChoice(self._chain, typefaces.emoji)
        self._cutter = Cutter(style, self._fonts, has_latin=is_latin(content))
        self._unicode = skia.Unicodes.ICU.Make()
        self._widths: dict[str, float] = {}

    def runs(self, line: str) -> tuple[emoji.Run, ...]:
        """The line as stretches of text and of emoji."""
        return self._fonts.runs(line)

    def runs_left_to_right(self, line: str) -> bool:
        """Whether the line reads from left to right throughout."""
        return not any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in line)

    def missing(self, content: str) -> list[str]:
        """The characters that no font has, in order, each once; they are painted as empty boxes."""
        return self._fonts.missing(content)

    def heights(self, line: str) -> list[FontHeights]:
        """Of the fonts that the line is set in, the style's own first."""
        return [self._heights(face) for face in {face.alias: face for face in self._fonts.faces(line)}.values()]

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
        pieces = list(self._cutter.justified(line, widening) if widening else self._cutter.pieces(line))
        if pieces and pieces[-1].text == NON_JOINER:
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

    def _is_spaced_behind(self, line: str) -> bool:
        *_, last = self._cutter.pieces(line) if line else (None,)
        return last is not None and last.text == NON_JOINER

    def _heights(self, face: Face) -> FontHeights:
        metrics = skia.Font(face.typeface, self._style.font_size).getMetrics()
        return FontHeights.rounded(-metrics.fAscent, metrics.fDescent, metrics.fLeading)


def _whole(text: str, length: int) -> str:
    """The first `length` characters, without the half of an emoji, or a letter without its accents."""
    whole = ""
    for cluster in clusters(text):
        if len(whole) + len(cluster) > length:
            break
        whole += cluster
    return whole.rstrip(" ")
