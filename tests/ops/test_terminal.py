"""What is drawn on a terminal, and that NO_COLOR turns it off."""

import os
import pty
import subprocess
import sys

import pytest

from tests.ops.conftest import ROOT, Site

pytestmark = pytest.mark.slow


def on_a_terminal(site: Site, *arguments: str, **variables: str) -> str:
    """What a command writes to a terminal, with its control sequences."""
    shell = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = site.aws.environment(shell) | site.variables | {"TERM": "xterm-256color"} | variables
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ops", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        written = b""
        try:
            while more := os.read(ours, 65536):
                written += more
        except OSError:  # Linux's way to say that nobody writes any more
            pass
    os.close(ours)
    return written.decode()


def test_a_job_is_followed_by_a_bar_and_without_colours_by_lines(site: Site) -> None:
    site.enter("j", progress=40)
    follow = ("status", "j", "--wait", "--timeout", "1s")
    drawn = on_a_terminal(site, *follow)
    assert "\x1b[2K" in drawn  # a line that is drawn again
    assert "40 %" in drawn
    plain = on_a_terminal(site, *follow, NO_COLOR="1")
    assert "\x1b" not in plain
    assert plain.splitlines()[0] == "rendering"
