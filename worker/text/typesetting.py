"""Skia's text layout, one line at a time: which font each character comes from, how wide a line is, how it is drawn.

textlayout shapes (ligatures, Arabic, right-to-left) and falls back to another font by glyph; lines and positions are
ours (lines.py), since its own differ from a browser's.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import skia
from skia import textlayout

from worker.job import Style
from worker.text import emoji
from worker.text.breaking import LineBreaker
from worker.text.lines import FontHeights, Line, Lines
from worker.text.typefaces import Face, Typefaces

_UNBROKEN = 1e6
"""Pixels of layout width at which no line wraps."""

_UNSEEN = {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
"""Unicode categories that need no glyph of their own: controls, joiners, selectors, marks, spaces."""

NOTHING = skia.Paint(Color=skia.ColorTRANSPARENT)


class Typesetter:
    """Sets lines in one style. `style` is in pixels of the output."""

    def __init__(self, style: Style, typefaces: Typefaces) -> None:
        self._style = style
        self._typefaces = typefaces
        self._chain = typefaces.chain(style.font_family, style.font_weight, style.italic)
        self._unicode = skia.Unicodes.ICU.Make()
        self._widths: dict[str, float] = {}

    @property
    def face(self) -> Face:
        """The style's own font."""
        return self._chain[0]

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
            if unicodedata.category(character) not in _UNSEEN
            and not any(face.has(character) for face in (*self._chain, self._typefaces.emoji))
        ]

    def heights(self, line: str) -> list[FontHeights]:
        """The fonts that the line is set in, the style's own first."""
        faces = {self._chain[0].alias: self._chain[0]}
        for run in self.runs(line):
            used = [self._typefaces.emoji] if run.is_emoji else [self._face_of(character) for character in run.text]
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
            self._widths[line] = float(self.paragraph(line, paint, paint).MaxIntrinsicWidth) if line else 0.0
        return self._widths[line]

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
        self, line: str, text_paint: skia.Paint, emoji_paint: skia.Paint, word_spacing: float = 0.0
    ) -> textlayout.Paragraph:
        """The line laid out, ready to be painted. Where letters and emoji take turns, `NOTHING` hides one of them."""
        look = textlayout.ParagraphStyle()
        look.setTextStyle(self._text_style(text_paint, word_spacing, is_emoji=False))
        builder = textlayout.ParagraphBuilder.make(look, self._typefaces.collection, self._unicode)
        for run in self.runs(line):
            paint = emoji_paint if run.is_emoji else text_paint
            builder.pushStyle(self._text_style(paint, word_spacing, is_emoji=run.is_emoji))
            builder.addText(run.text)
            builder.pop()
        paragraph = builder.Build()
        paragraph.layout(_UNBROKEN)
        return paragraph

    def _text_style(self, paint: skia.Paint, word_spacing: float, *, is_emoji: bool) -> textlayout.TextStyle:
        style = textlayout.TextStyle()
        style.setFontFamilies([face.alias for face in self._families(is_emoji=is_emoji)])
        style.setFontSize(self._style.font_size)
        style.setLetterSpacing(self._style.letter_spacing)
        style.setWordSpacing(word_spacing)
        style.setForegroundPaint(paint)
        return style

    def _families(self, *, is_emoji: bool) -> Iterator[Face]:
        if is_emoji:
            yield self._typefaces.emoji
        yield from self._chain

    def _is_text(self, character: str) -> bool:
        if unicodedata.category(character) in _UNSEEN or any(face.has(character) for face in self._chain):
            return True
        return not self._typefaces.emoji.has(character)

    def _face_of(self, character: str) -> Face:
        return next((face for face in self._chain if face.has(character)), self._chain[0])

    def _heights(self, face: Face) -> FontHeights:
        metrics = skia.Font(face.typeface, self._style.font_size).getMetrics()
        return FontHeights.rounded(-metrics.fAscent, metrics.fDescent, metrics.fLeading)


def _whole(text: str, length: int) -> str:
    """The first `length` characters, without the half of an emoji, or a letter without its accents."""
    while 0 < length < len(text) and (
        unicodedata.category(text[length]) in {"Mn", "Mc", "Me", "Cf", "Sk"} or text[length - 1] == "\u200d"
    ):
        length -= 1
    return text[:length].rstrip(" ")
