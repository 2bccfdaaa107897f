"""Every `hospup-video` command in a document exists, and has the options shown."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ops.cli import app
from ops.commands.scale import MAXIMUM, ON_DEMAND, POOL
from ops.stack.variables import IMAGE_TAG, NO_IMAGE, OUTPUT
from tests.ops.conftest import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
INLINE = re.compile(r"`(hospup-video [^`]*)`")
BLOCK = re.compile(r"^(?: {4}|)(?:\$ )?((?:\.venv/bin/)?hospup-video [^`\n]*)$", re.MULTILINE)


def shown(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for line in (*INLINE.findall(text), *BLOCK.findall(text)):
        yield line.partition(" #")[0].partition(" | ")[0].partition(" > ")[0]


def known(words: list[str]) -> str:
    """What is wrong with a command line; empty if it is valid."""
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            return "" if words[0] in {"--help", "--install-completion", "--show-completion"} else f"no {words[0]}"
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command = command.commands[words.pop(0)]
    options = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    if command.context_settings.get("ignore_unknown_options"):
        return ""
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in options | {"--help"}]
    return f"no option {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist(path: Path) -> None:
    wrong = {line: why for line in shown(path) if (why := known(shlex.split(line)[1:]))}
    assert wrong == {}


def test_documents_do_show_commands() -> None:
    assert len(list(shown(ROOT / "docs" / "reference" / "commands.md"))) > 25


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert known(["queues"])
    assert known(["queue", "--jsno"])
    assert not known(["dlq", "list", "--job=j1"])


@pytest.mark.slow
def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.commands", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_commands_read_is_what_terraform_tells() -> None:
    """The command line may not import the infrastructure: its names of outputs are compared with the stack's here."""
    stack = json.loads((ROOT / "tests" / "infra" / "snapshots" / "prod.json").read_text(encoding="utf-8"))
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ops").rglob("*.py"))
    asked = set(re.findall(r"\b(?:context|_context)\.(?:name|known|optional)\(\"(\w+)\"\)", sources))
    asked |= set(re.findall(r"named\(\"(\w+)\"", sources)) | {"dashboard_url", "region", OUTPUT}
    assert len(asked) > 10
    assert asked <= set(stack["output"])
    assert {IMAGE_TAG, POOL, MAXIMUM, ON_DEMAND} <= set(stack["output"][OUTPUT]["value"])
    assert NO_IMAGE in json.dumps(stack["locals"])
