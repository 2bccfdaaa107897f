"""The health file: an attack on it makes a worker unhealthy, and ends none."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.aws import health


@pytest.fixture
def alive_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(health, "ALIVE_FILE", tmp_path / "health" / "alive")
    return health.ALIVE_FILE


def test_a_worker_is_alive_for_as_long_as_its_file_is_fresh(alive_file: Path) -> None:
    assert not health.is_alive()
    health.mark_alive()
    assert health.is_alive()
    os.utime(alive_file, (0, 0))
    assert not health.is_alive()
    health.mark_alive()
    assert health.is_alive()


def test_neither_the_file_nor_its_folder_can_be_written(alive_file: Path) -> None:
    """Nor can code in the sandbox change their modes: tests/attacks/test_sandbox_escapes.py."""
    health.mark_alive()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (alive_file, alive_file.parent)] == [0o400, 0o500]


def link_to_a_file(path: Path) -> None:
    target = path.with_name("fresh")
    target.touch()
    path.symlink_to(target)


@pytest.mark.parametrize(
    "plant",
    [
        link_to_a_file,
        lambda path: path.symlink_to("/proc/self/stat"),
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to(path.with_name("nowhere")),
        Path.mkdir,
        os.mkfifo,
    ],
    ids=["link", "link to /proc", "link to itself", "dangling link", "folder", "pipe"],
)
def test_what_is_planted_in_its_place_is_caught_and_says_nothing(
    alive_file: Path, plant: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    alive_file.parent.mkdir()
    plant(alive_file)
    health.mark_alive()
    assert not health.is_alive()
    assert "can't be written" in caplog.text
    assert not alive_file.with_name("nowhere").exists()


def test_a_folder_that_cannot_be_written_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only, it would answer EROFS; a test may run as root, whom no mode stops: here the folder is missing."""
    monkeypatch.setattr(health, "ALIVE_FILE", tmp_path / "gone" / "health" / "alive")
    health.mark_alive()
    assert not health.is_alive()
