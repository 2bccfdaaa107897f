"""Splits a line into runs that Skia's textlayout shapes as a browser would: by font, by spacing, by justification.

textlayout applies letter spacing and justification in its own ways. Where those differ from a browser's, invisible
characters get the pixels: a zero width non-joiner after a letter, a larger space.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import skia

from worker.job import Style
from worker.text.layout import justify
from worker.text.layout.emoji import PresentationRun
from worker.text.layout.font_fallback import FontFallback, inherits_font
from worker.text.layout.graphemes import cursive_flags, split_graphemes
from worker.text.layout.line_wrap import SOFT_HYPHEN
from worker.text.layout.spacing_trim import TRIM_EM, split_at_trims

_ZWNJ = "\u200c"

_BOLD = 600
"""Lowest weight that a browser synthesizes: https://www.w3.org/TR/css-fonts-4/#font-synthesis-weight-prop"""


_UNKERNED_PX = 1 / 1024
"""What a hyphen at a soft hyphen is larger, so that it is shaped apart: Chromium neither kerns nor spaces it."""


class ShapingRun(NamedTuple):
    """Text that is shaped in one style: `spacing` after each of its letters, and `size`, are in pixels.

    Bold or italic is synthetic where the font has none, as in a browser:
    https://www.w3.org/TR/css-fonts-4/#font-synthesis
    """

    text: str
    size: float
    is_emoji: bool = False
    is_synthetic_bold: bool = False
    is_synthetic_italic: bool = False
    spacing: float = 0.0
    is_spacing: bool = False
    """Whether it is an invisible character that was inserted for its spacing."""


class RunSplitter:
    """Splits lines of one `style`, in pixels of the output; `has_latin` is whether the text has Latin letters."""

    def __init__(self, style: Style, fallback: FontFallback, *, has_latin: bool) -> None:
        self._style = style
        self._fallback = fallback
        self._has_latin = has_latin

    def runs(self, line: str) -> Iterator[ShapingRun]:
        """The runs of a line that is not justified."""
        word, soft_hyphen, hyphen = line.partition(SOFT_HYPHEN)
        yield from self._word_runs(word)
        if hyphen:
            for run in self._split_by_synthesis(PresentationRun(soft_hyphen + hyphen, is_emoji=False)):
                yield run._replace(size=run.size + _UNKERNED_PX)

    def _word_runs(self, line: str) -> Iterator[ShapingRun]:
        cursive = iter(cursive_flags(line, has_latin=self._has_latin))
        for presentation in self._fallback.presentation_runs(line):
            for run in self._split_by_synthesis(presentation):
                for index, text in enumerate(split_at_trims(run.text)):
                    if index:
                        yield _spacing(run, -TRIM_EM * run.size)
                    yield from self._spaced(run._replace(text=text), list(islice(cursive, len(text))))

    def justified_runs(self, line: str, expansion: float) -> Iterator[ShapingRun]:
        """The runs of a line expanded by `expansion` pixels at each opportunity: by larger spaces, and after
        ideographs."""
        opportunities = justify.opportunities(line)
        position = 0
        for run in self.runs(line):
            if run.is_spacing:
                yield run
                continue
            start, position = position, position + len(run.text)
            cuts = sorted({start, position, *(cut for cut in opportunities if start < cut < position)})
            for first, last in pairwise(cuts):
                part = run._replace(text=line[first:last])
                yield from self._expanded(part, expansion if last in opportunities else 0.0)

    def _expanded(self, run: ShapingRun, expansion: float) -> Iterator[ShapingRun]:
        """The run, followed by `expansion` pixels."""
        word = run.text.rstrip(justify.WORD_SEPARATORS)
        if word:
            yield run._replace(text=word)
        if word != run.text:
            yield run._replace(text=" ", size=run.size + self._style.font_size * expansion / self._space_width())
        elif expansion:
            yield _spacing(run, expansion)

    def _split_by_synthesis(self, presentation: PresentationRun) -> Iterator[ShapingRun]:
        """The run split where font synthesis changes; a space or a mark goes with the character before it."""
        size, is_bold, is_italic = self._style.font_size, self._style.font_weight >= _BOLD, self._style.italic
        if presentation.is_emoji:
            yield ShapingRun(presentation.text, size, is_emoji=True, is_synthetic_italic=is_italic)
            return
        run = ShapingRun("", size)
        for character in presentation.text:
            face = self._fallback.face_for(character)
            synthesis = is_bold and face.weight < _BOLD, is_italic and not face.italic
            if run.text and (inherits_font(character) or synthesis == (run.is_synthetic_bold, run.is_synthetic_italic)):
                run = run._replace(text=run.text + character)
                continue
            if run.text:
                yield run
            is_synthetic_bold, is_synthetic_italic = synthesis
            run = ShapingRun(
                character, size, is_synthetic_bold=is_synthetic_bold, is_synthetic_italic=is_synthetic_italic
            )
        yield run

    def _spaced(self, run: ShapingRun, cursive: Sequence[bool]) -> Iterator[ShapingRun]:
        """The run split so that letters are spaced as CSS says; `cursive` is, for each character, whether its script
        is.

        CSS puts all of the spacing after a letter with its marks; textlayout would put half of it before and half
        after each character. So it is given to a non-joiner, which is invisible and also prevents ligatures, as CSS
        requires. Cursive scripts have no letter spacing (https://www.w3.org/TR/css-text-4/#cursive-tracking), except
        between words; textlayout has none there either, so a larger space provides it.
        """
        spacing = self._style.letter_spacing
        if not spacing:
            yield run
            return
        position = 0
        for cluster in split_graphemes(run.text):
            is_cursive = cursive[position]
            position += len(cluster)
            letter = run._replace(text=cluster)
            if cluster == " " and is_cursive:
                width = self._space_width()
                yield letter._replace(size=run.size * max(width + spacing, 0.0) / width)
            elif cluster == " ":
                yield letter._replace(spacing=spacing)
            else:
                yield letter
                if not is_cursive:
                    yield _spacing(run, spacing)

    def _space_width(self) -> float:
        """Width of a space, in pixels."""
        font = skia.Font(self._fallback.face_for(" ").typeface, self._style.font_size)
        font.setHinting(skia.FontHinting.kNone)
        font.setSubpixel(True)
        return float(font.measureText(" "))


def _spacing(run: ShapingRun, pixels: float) -> ShapingRun:
    """What follows a run to move what comes after it."""
    return run._replace(text=_ZWNJ, spacing=pixels, is_spacing=True)
