"""Escapes a plan's strings for Markdown.

The author of a pull request controls them, so none may become markup, a link, a mention or a second comment.
"""

import re
import unicodedata

from ops.review.secrets import masked

_LONGEST = 160
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def plain(text: str, longest: int = _LONGEST) -> str:
    """One line of visible characters: secrets are masked, invisible characters shown by their code point."""
    flat = re.sub(r"\s+", " ", masked(text)).strip()
    shown = "".join(char if unicodedata.category(char) not in _INVISIBLE else f"\\u{ord(char):04x}" for char in flat)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def code(text: str, longest: int = _LONGEST) -> str:
    """A string as a code span for a table cell: nothing in it is markup or a mention."""
    flat = plain(text, longest)
    if not flat:
        return ""
    fence = "`" * (_longest_run(flat) + 1)
    padding = " " if flat[0] == "`" or flat[-1] == "`" else ""
    # Within a table's cell a pipe is escaped even in code. https://github.github.com/gfm/#example-200
    return f"{fence}{padding}{flat}{padding}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """A sentence that contains strings of the plan, for a table cell: its markup is shown, not interpreted."""
    flat = plain(text, 1000)
    parts = re.split(r"(`[^`|<>@\\]*`)", flat)  # our own code spans stay
    return "".join(part if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]|~#!])", r"\\\1", text)
    # A zero-width space breaks mentions, links and references.
    return re.sub(r"@(?=\w)|://|www\.", lambda match: f"{match[0][0]}&#8203;{match[0][1:]}", text)


def fenced(text: str, language: str = "") -> str:
    """A code block that its text can't end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
