"""Shapes and measures one line at a time with Skia's textlayout.

textlayout shapes (ligatures, Arabic, right-to-left) and falls back to another font per glyph; lines and their positions
come from line_boxes.py, since textlayout's differ from a browser's.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import takewhile

import skia
from skia import textlayout

from worker.job import Style
from worker.text.fonts.catalog import Face, Typefaces
from worker.text.layout import justify
from worker.text.layout.directed_runs import directed_runs
from worker.text.layout.font_fallback import FontFallback
from worker.text.layout.graphemes import contains_latin, split_graphemes
from worker.text.layout.line_boxes import ContentBox, FontMetrics, LineBox
from worker.text.layout.line_breaks import LineBreaker
from worker.text.layout.shaping_runs import RunSplitter, ShapingRun
from worker.text.layout.spacing_trim import TRIM_EM, is_end_trimmable

_UNBROKEN_PX = 1e6
"""Layout width at which no line wraps, in pixels."""

_HYPHEN = "\u2010"

TRANSPARENT = skia.Paint(Color=skia.ColorTRANSPARENT)

_SYNTHETIC_BOLD_WEIGHT = 700
"""Weight requested from Skia, which emboldens where a font is lighter by 200 or more."""


class Typesetter:
    """Sets lines of one `content` in one style, which is in pixels of the output.

    `fallback` chooses the font of each character.
    """

    def __init__(self, style: Style, typefaces: Typefaces, content: str = "") -> None:
        self._style = style
        self._typefaces = typefaces
        self._chain = typefaces.chain((style.font_family, *style.other_families), style.font_weight, style.italic)
        self.fallback = FontFallback(self._chain, typefaces.emoji)
        self._splitter = RunSplitter(style, self.fallback, has_latin=contains_latin(content))
        self._unicode = skia.Unicodes.ICU.Make()
        self._widths: dict[tuple[str, tuple[int, ...]], float] = {}

    @cached_property
    def hyphen(self) -> str:
        """What a line shows that ends at a soft hyphen: the own font's hyphen, or else a hyphen-minus, as in a browser:
        https://www.w3.org/TR/css-text-4/#hyphenate-character"""
        return _HYPHEN if self._chain[0].has(_HYPHEN) else "-"

    def font_metrics(self, line: str) -> list[FontMetrics]:
        """Metrics of the fonts that the line is set in, the style's own first."""
        faces = {face.alias: face for face in self.fallback.used_faces(line)}
        return [self._metrics_of(face) for face in faces.values()]

    def segments(self, text: str) -> list[str]:
        """The text split at each line break opportunity."""
        families = [face.alias for face in (*self._chain, self._typefaces.emoji)]
        return LineBreaker(self._typefaces.collection, families).segments(text)

    def measure(self, line: str, levels: tuple[int, ...] = ()) -> float:
        """Width of a line in pixels, including the letter spacing after its last letter."""
        if (line, levels) not in self._widths:
            paint = skia.Paint(AntiAlias=True)
            width = self.paragraph(line, paint, paint, levels=levels).MaxIntrinsicWidth if line else 0.0
            self._widths[line, levels] = float(width) + (
                self._style.letter_spacing if self._ends_in_spacing(line) else 0.0
            )
        return self._widths[line, levels]

    def advance(self, line: LineBox) -> float:
        """Width of a line with its expansion."""
        return self.measure(line.text, line.levels) + len(justify.opportunities(line.text)) * line.expansion

    def end_trim(self, line: str) -> float:
        """Pixels that the end of a line may lose where the line would be too long otherwise."""
        return TRIM_EM * self._style.font_size if is_end_trimmable(line) else 0.0

    def revealed_lines(self, content_box: ContentBox, share: float) -> tuple[LineBox, ...]:
        """The lines with the first `share` (0..1) of their characters, in whole graphemes, each at its final position.
        A right-to-left beginning of a line grows from the right."""
        if share >= 1:
            return content_box.lines
        left = round(share * sum(len(line.text) for line in content_box.lines))
        lines: list[LineBox] = []
        for line in content_box.lines:
            revealed = _first(line, len(_grapheme_prefix(line.text, min(left, len(line.text)))))
            left -= min(left, len(line.text))
            from_right = _first(line, sum(1 for _ in takewhile(bool, line.levels)))
            if revealed.text and len(revealed.text) < len(from_right.text):
                revealed = replace(revealed, left=line.left + self.advance(from_right) - self.advance(revealed))
            lines.append(revealed)
        return tuple(lines)

    def paragraph(
        self,
        line: str,
        text_paint: skia.Paint,
        emoji_paint: skia.Paint,
        expansion: float = 0.0,
        levels: Sequence[int] = (),
    ) -> textlayout.Paragraph:
        """The shaped line, ready to be painted; `TRANSPARENT` hides its text or its emoji. Without `levels`, they are
        resolved from the line alone."""
        runs = list(self._splitter.justified_runs(line, expansion) if expansion else self._splitter.runs(line))
        if runs and runs[-1].is_spacing:
            runs.pop()  # textlayout would cut off what is next to a right-to-left line
        if levels:
            runs = list(directed_runs(runs, levels, self._style.font_size))
        paragraph_style = textlayout.ParagraphStyle()
        paragraph_style.setTextStyle(self._text_style(ShapingRun("", self._style.font_size), text_paint))
        builder = textlayout.ParagraphBuilder.make(paragraph_style, self._typefaces.collection, self._unicode)
        for run in runs:
            builder.pushStyle(self._text_style(run, emoji_paint if run.is_emoji else text_paint))
            builder.addText(run.text)
            builder.pop()
        paragraph = builder.Build()
        paragraph.layout(_UNBROKEN_PX)
        return paragraph

    def _text_style(self, run: ShapingRun, paint: skia.Paint) -> textlayout.TextStyle:
        faces = (self._typefaces.emoji, *self._chain) if run.is_emoji else self._chain
        weight = _SYNTHETIC_BOLD_WEIGHT if run.is_synthetic_bold else 400
        slant = skia.FontStyle.kItalic_Slant if run.is_synthetic_italic else skia.FontStyle.kUpright_Slant
        style = textlayout.TextStyle()
        style.setFontFamilies([face.alias for face in faces])
        style.setFontStyle(skia.FontStyle(weight, skia.FontStyle.kNormal_Width, slant))
        style.setFontSize(run.size)
        style.setLetterSpacing(run.spacing)
        style.setForegroundPaint(paint)
        return style

    def _ends_in_spacing(self, line: str) -> bool:
        *_, last = self._splitter.runs(line) if line else (None,)
        return last is not None and last.is_spacing

    def _metrics_of(self, face: Face) -> FontMetrics:
        metrics = skia.Font(face.typeface, self._style.font_size).getMetrics()
        return FontMetrics.rounded(-metrics.fAscent, metrics.fDescent, metrics.fLeading)


def _first(line: LineBox, count: int) -> LineBox:
    """The line's first characters."""
    return replace(line, text=line.text[:count], levels=line.levels[:count])


def _grapheme_prefix(text: str, length: int) -> str:
    """As many whole graphemes as fit into the first `length` characters."""
    prefix = ""
    for cluster in split_graphemes(text):
        if len(prefix) + len(cluster) > length:
            break
        prefix += cluster
    return prefix.rstrip(" ")
