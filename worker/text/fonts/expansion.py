"""Bounds what a letter expands to: a font of 1 kB can describe a letter of billions of points.

PostScript outlines (CFF) call subroutines that call others, and TrueType outlines are composed of letters that are
composed of others: ten levels of ten. Checked in the font sanitizer, before fontTools or Skia expands them.
"""

from typing import Any

from fontTools.misc.psCharStrings import SimpleT2Decompiler
from fontTools.ttLib import TTFont

from worker.sandbox.child import RefusedError

NESTING_MAX = 10
"""Most nested subroutines: The Type 2 Charstring Format (Adobe Technical Note 5177), appendix B."""

TOKENS_MAX = 200_000
"""Most numbers, operators and bytes of a letter with its subroutines. The longest charstring that is no subroutine has
65,535 bytes (same appendix), and ordinary ones some hundred."""

COMPONENTS_MAX = 500
"""Most letters that a letter is composed of; those of the bundled fonts are composed of 9 at most."""


def bound_charstrings() -> None:
    """Make fontTools, in this process, refuse letters beyond the limits wherever it interprets PostScript outlines."""
    interpret = SimpleT2Decompiler.execute

    def execute(self: Any, charstring: Any, **options: Any) -> None:
        depth = len(self.callingStack)
        self.tokens = (self.tokens if depth else 0) + 1 + len(charstring.bytecode or charstring.program)
        if depth > NESTING_MAX or self.tokens > TOKENS_MAX:
            raise RefusedError("a letter has too many subroutines")
        interpret(self, charstring, **options)

    SimpleT2Decompiler.execute = execute


def check_components(font: TTFont) -> None:
    """Raise `RefusedError` for a letter of too many components, or one that is composed of itself."""
    if "glyf" not in font:
        return
    glyphs = font["glyf"]
    sizes: dict[str, int] = {}

    def size(name: str, outer: tuple[str, ...] = ()) -> int:
        if name not in sizes:
            parts = glyphs[name].getComponentNames(glyphs)
            if name in outer or len(outer) > NESTING_MAX:
                raise RefusedError("a letter is composed of itself, or of too many levels")
            sizes[name] = 1 + sum(size(part, (*outer, name)) for part in parts)
        return sizes[name]

    if any(size(name) > COMPONENTS_MAX for name in glyphs.keys()):  # noqa: SIM118  a table, not a dictionary
        raise RefusedError("a letter is composed of too many letters")
