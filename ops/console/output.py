"""How commands print: readable at 80 columns, unwrapped where the output goes to a file, and always literal.

Job ids, error texts, file names and log lines come from outside. No markup in them is obeyed, and control characters
are spelled out. This module owns the only two consoles of the command line, so no command can print otherwise.
"""

import datetime
import json
import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ops import words

count = words.count

_NO_LIMIT = 10_000
"""Columns of text that no table has."""

console = Console(highlight=False, markup=False, emoji=False)
problems = Console(stderr=True, highlight=False, markup=False, emoji=False)


def clean(text: object) -> str:
    """A text on one line, with control characters spelled out."""
    return literal(" ".join(str(text).split()))


def literal(text: object) -> str:
    """A text with its lines, in which every other control character is spelled out: a terminal obeys none of it."""
    return "".join(
        character if character.isprintable() or character == "\n" else _escaped(character) for character in str(text)
    )


def _escaped(character: str) -> str:
    """`\\x1b`, `\\u202e`, `\\U000e0001`, as Python writes them."""
    return character.encode("unicode_escape").decode() if ord(character) > 0xFF else f"\\x{ord(character):02x}"


def line(text: str, style: str = "") -> None:
    """Print a line on standard output; it is neither wrapped nor cut where the output goes to a file."""
    console.print(Text(literal(text), style=style), soft_wrap=not console.is_terminal)


def warn(text: str, style: str = "red") -> None:
    """Print a line on standard error."""
    problems.print(Text(literal(text), style=style), soft_wrap=not problems.is_terminal)


def can_draw() -> bool:
    """Whether bars that move may be drawn on standard error: on a terminal, unless NO_COLOR asks for plain text."""
    return problems.is_terminal and not problems.no_color


def ask(question: str) -> str:
    """Print a question on standard error, since standard output is for results. Returns the line that is typed."""
    problems.print(Text(literal(question)), end="", soft_wrap=True)
    return sys.stdin.readline()


def document(text: str) -> None:
    """Print a text of several lines, such as JSON, with its indentation."""
    for row in text.splitlines():
        indent = len(row) - len(row.lstrip())
        console.print(Text(" " * indent + clean(row)), soft_wrap=True)


def verbatim(text: str) -> None:
    """Write a text to standard output byte for byte: for what another program reads."""
    sys.stdout.write(text)


def url(text: str) -> None:
    """Print a line that can be copied: it is in one piece at any width."""
    console.print(Text(literal(text)), soft_wrap=True)


def fields(pairs: Mapping[str, object], indent: int = 0) -> None:
    """Print names and values, one pair per line."""
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        console.print(Text(literal(f"{' ' * indent}{name:{width}}  {value}")), soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print a table without rules. On a terminal, texts that don't fit are folded; numbers are neither folded nor cut.

    `right` are the columns of numbers, aligned to the right.
    """
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_number = column in right
        shown.add_column(column, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(literal(cell)) for cell in row))
    needed = Measurement.get(console, console.options.update(max_width=_NO_LIMIT), shown)
    before = console.width
    console.width = max(before, needed.minimum) if console.is_terminal else needed.maximum
    try:
        console.print(shown, crop=False)
    finally:
        console.width = before


def show(*parts: RenderableType) -> None:
    """Print rich tables and panels; a plain string among them is a line, and literal."""
    for part in parts:
        is_text = isinstance(part, (str, Text))
        console.print(part, soft_wrap=is_text and not console.is_terminal)


def as_json(value: Mapping[str, Any]) -> None:
    """Print a JSON object on standard output, and nothing else; moments as `with_moments` writes them."""
    print(json.dumps(with_moments(value), indent=2, ensure_ascii=False, default=str))


def json_line(value: Any) -> None:
    """Print one JSON object on one line, and flush it: for streams of them."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def with_moments(value: Any) -> Any:
    """The same value, with each number whose name ends with `_at` as a time in UTC: Unix seconds in, RFC 3339 out.

    0, which stands for a moment that is to come, becomes None.
    """
    if isinstance(value, Mapping):
        return {
            name: _moment(inner) if _is_moment(name, inner) else with_moments(inner) for name, inner in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [with_moments(inner) for inner in value]
    return value


def _is_moment(name: object, value: object) -> bool:
    return isinstance(name, str) and name.endswith("_at") and isinstance(value, (int, float))


def _moment(seconds: float) -> str | None:
    """As the workers' log lines have it, so that both can be joined and sorted: `2026-11-22T19:40:12.345Z`."""
    if not seconds:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """A duration rounded to one unit: `42 s`, `5 min`, `3 h`, `2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{math.floor(seconds / size)} {unit}"
    return f"{max(round(seconds), 0)} s"


def ago(moment: float) -> str:
    """How long ago a moment was, given in Unix seconds."""
    return f"{duration(time.time() - moment)} ago"
