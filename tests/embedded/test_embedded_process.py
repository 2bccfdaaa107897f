"""A child process ends with its parent, however the parent ends, unless it is detached."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.process import REPOSITORY, ChildProcess, StartError
from tests.waiting import eventually, holds_within

PARENT = """
import signal, sys
from pathlib import Path
from embedded.receiver import WebhookReceiver

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background has it ignored
log, detach = Path(sys.argv[1]), sys.argv[2] == "detach"
with WebhookReceiver(record=log.with_suffix(".jsonl"), log=log, detach=detach) as receiver:
    print(receiver.pid, flush=True)
    if not detach:
        signal.pause()
"""
"""A program that starts a receiver, prints its process id, and waits for a signal."""


def start_parent(tmp_path: Path, mode: str = "tied") -> tuple[subprocess.Popen[str], int]:
    """The parent, and its child's process id."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "child.log"), mode],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_with_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    parent, child = start_parent(tmp_path)
    assert alive(child)
    parent.send_signal(number)
    parent.communicate(timeout=60)
    eventually(lambda: not alive(child))


def test_a_detached_child_outlives_its_parent_until_it_is_told_to_end(tmp_path: Path) -> None:
    parent, child = start_parent(tmp_path, "detach")
    try:
        parent.communicate(timeout=60)
        assert parent.returncode == 0
        assert not holds_within(0.3, lambda: not alive(child))
    finally:
        os.kill(child, signal.SIGTERM)
    eventually(lambda: not alive(child))


def receiver(tmp_path: Path, port: int = 0) -> ChildProcess:
    return ChildProcess("embedded.receiver", ["--record", str(tmp_path / "r.jsonl")], log=tmp_path / "r.log", port=port)


def test_stop_ends_it_and_may_be_called_twice(tmp_path: Path) -> None:
    process = receiver(tmp_path)
    process.start()
    child = process.pid
    process.stop()
    assert not alive(child)
    assert not process.running
    process.stop()


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    process = receiver(tmp_path)
    process.start()
    child = process.pid
    os.kill(child, signal.SIGSTOP)  # a stopped process gets no SIGTERM
    process.stop(grace=0.3)
    assert not alive(child)


def test_it_can_be_started_again_with_the_same_log(tmp_path: Path) -> None:
    process = receiver(tmp_path)
    first = process.start()
    process.stop()
    second = process.start()
    process.stop()
    assert process.log.read_text(encoding="utf-8").count("Ready at") == 2
    assert first.startswith("http://127.0.0.1:")
    assert second.startswith("http://127.0.0.1:")


def test_a_taken_port_is_said_and_nothing_stays_behind(tmp_path: Path) -> None:
    first = receiver(tmp_path)
    port = int(first.start().rsplit(":", 1)[1])
    second = receiver(tmp_path, port)
    try:
        with pytest.raises(StartError, match="Address already in use"):
            second.start()
        assert not second.running
    finally:
        first.stop()


def test_silence_is_an_error(tmp_path: Path) -> None:
    mute = tmp_path / "child.log"
    process = ChildProcess("embedded", log=mute, start_timeout=0.01)
    with pytest.raises(StartError, match=r"not ready after 0\.01 s"):
        process.start()
    assert not process.running
