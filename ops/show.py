"""How commands print: readable at 80 columns, plain where the output goes to a file, never led by what others wrote.

Job ids, error texts and log lines come from outside. They are printed as they are, so no markup in them is obeyed, and
characters that steer a terminal are spelled out.
"""

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False, markup=False, emoji=False)
problems = Console(stderr=True, highlight=False, markup=False, emoji=False)


def clean(text: object) -> str:
    """A text on one line, without characters that a terminal would obey."""
    return "".join(
        character if character.isprintable() else f"\\x{ord(character):02x}"
        for character in " ".join(str(text).split())
    )


def say(text: str, style: str = "") -> None:
    """A line on standard output; never wrapped or cut where it goes to a file."""
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)


def complain(text: str, style: str = "red") -> None:
    """A line on standard error."""
    problems.print(Text(text, style=style), soft_wrap=not problems.is_terminal)


def document(text: str) -> None:
    """A text of several lines, such as JSON, with its indentation."""
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        console.print(Text(" " * indent + clean(line)), soft_wrap=True)


def url(text: str) -> None:
    """A line that can be copied: in one piece at any width."""
    console.print(Text(text), soft_wrap=True)


def fields(pairs: Mapping[str, object], indent: int = 0) -> None:
    """Names and values, one a line."""
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        console.print(Text(f"{' ' * indent}{name:{width}}  {value}"), soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table without lines; `right` names the columns of numbers. What doesn't fit is folded, never cut."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console.print(shown)


def as_json(value: Any) -> None:
    """JSON on standard output, and nothing else."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def json_line(value: Any) -> None:
    """One JSON object on one line, at once: for streams of them."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 job`, `2 jobs`; `many` is the plural where it isn't formed with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """A length of time as people say it: `42 s`, `5 min`, `3 h`, `2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{math.floor(seconds / size)} {unit}"
    return f"{max(round(seconds), 0)} s"


def ago(moment: float) -> str:
    """How long ago a moment of Unix time was."""
    return f"{duration(time.time() - moment)} ago"
