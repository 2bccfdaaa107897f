"""Generates the reference in docs/reference/commands.md from the command line: every command, argument and option."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from ops.cli import app
from ops.console.options import WHERE

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "commands.md"
MARK = "<!-- What follows is written by make format from ops/cli.py; make check compares. -->"


def main() -> int:
    """Write the reference below its mark, or with `--check` fail if it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is out of date")
    options = parser.parse_args()
    written = TARGET.read_text(encoding="utf-8")
    text = f"{written.partition(MARK)[0]}{MARK}\n\n{reference()}"
    if not options.check:
        TARGET.write_text(text, encoding="utf-8")
    elif written != text:
        print(f"{TARGET.relative_to(ROOT)} is out of date: run make format.", file=sys.stderr)
        return 1
    return 0


def reference() -> str:
    """The reference as Markdown, without the mark."""
    return "\n".join(["## Reference", "", *_commands(get_command(app), "hospup-video")])


def _commands(command: Any, path: str) -> Iterator[str]:
    for name, inner in command.commands.items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{path} {name}")
        elif not inner.hidden:
            yield from _command(inner, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    arguments = [found for found in command.params if found.param_type_name == "argument"]
    options = [found for found in command.params if found.param_type_name == "option"]
    where = [found for found in options if found.rich_help_panel == WHERE]
    own = [found for found in options if found not in where and found.name != "help"]
    words = " ".join(f"{found.name.upper()}" if found.required else f"[{found.name.upper()}]" for found in arguments)
    yield f"### `{f'{path} {words}'.strip()}`"
    yield ""
    yield (command.help or "").strip()
    yield ""
    rows = [(f"`{found.name.upper()}`", found) for found in arguments] + [(_flags(found), found) for found in own]
    if rows:
        yield "| | default | what |"
        yield "|---|---|---|"
        for name, found in rows:
            yield f"| {name} | {_default(found)} | {_cell(found.help or '')} |"
        yield ""
    if where:
        yield f"Where: {', '.join(_flags(found) for found in where)}."
        yield ""


def _flags(option: Any) -> str:
    short = [flag for flag in option.opts if not flag.startswith("--")]
    long = [flag for flag in (*option.opts, *option.secondary_opts) if flag.startswith("--")]
    return ", ".join(f"`{flag}`" for flag in (*long, *short))


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.required:
        return "required"
    if parameter.default in (None, False, ""):
        return ""
    if parameter.default is True:
        return f"`{parameter.opts[0]}`"
    return f"`{parameter.default}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
