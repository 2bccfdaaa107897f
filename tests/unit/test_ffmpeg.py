"""worker/video/ffmpeg.py with the real FFmpeg: progress, watchdogs, cancellation, its environment."""

import os
import sys
import threading
from pathlib import Path

import pytest

from worker.errors import CancelledError
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.ffmpeg import FFmpegError, Limits

pytestmark = pytest.mark.slow

SLOW = ("-re", "-f", "lavfi", "-i", "color=s=64x64:r=25", "-f", "null", "-")
"""FFmpeg arguments for an endless source in real time."""


def running() -> set[str]:
    """Command lines of FFmpeg processes that are children of this one."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:
            continue
        programs = {Path(word).name.partition("-")[0] for word in command.split("\0")}
        if fields[1] == str(os.getpid()) and "ffmpeg" in programs and fields[0] != "Z":
            found.add(command)
    return found


def test_progress_goes_up_to_the_end(tmp_path: Path) -> None:
    shares: list[float] = []
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=10")
    ffmpeg.run((*source, "-c:v", "libx264", "out.mp4"), RenderContext(tmp_path, on_progress=shares.append), frames=300)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert (tmp_path / "out.mp4").stat().st_size > 1000


def test_a_failure_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video" * 100)
    with pytest.raises(FFmpegError, match="Invalid data found") as caught:
        ffmpeg.run(("-i", "bad.mp4", "-f", "null", "-"), RenderContext(tmp_path))
    assert caught.value.returncode
    assert any("Invalid data" in line for line in caught.value.messages)


def test_a_cancelled_run_is_killed(tmp_path: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    seen: set[str] = set()

    def cancelled() -> bool:
        seen.update(running())
        return stop.is_set()

    with pytest.raises(CancelledError):
        ffmpeg.run(SLOW, RenderContext(tmp_path, cancelled=cancelled))
    assert seen
    assert running() == set()


def test_a_run_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(FFmpegError, match="took longer than 1 s"):
        ffmpeg.run(SLOW, RenderContext(tmp_path), limits=Limits(wall_seconds=1))
    assert running() == set()


def test_a_run_that_stands_still_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent")
    reader = os.open(tmp_path / "silent", os.O_RDWR)  # open for writing too, so that FFmpeg waits for data
    try:
        with pytest.raises(FFmpegError, match="no progress for 1 s"):
            ffmpeg.run(
                ("-f", "h264", "-i", "silent", "-f", "null", "-"),
                RenderContext(tmp_path),
                limits=Limits(stall_seconds=1),
            )
    finally:
        os.close(reader)
    assert running() == set()


def test_a_run_that_talks_but_doesnt_move_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = tmp_path / "ffmpeg"
    stuck.write_text(
        f"#!{sys.executable} -IS\n"
        "import sys, time\n"
        "for frame in (1, 2, 3):\n"
        "    print(f'frame={frame}', 'progress=continue', sep='\\n', flush=True)\n"
        "    time.sleep(0.1)\n"
        "print('deadlock in the muxer', file=sys.stderr, flush=True)\n"
        "for count in range(10_000):\n"
        "    print('frame=3', f'fps=0.{count}', f'speed=0.{count}', 'progress=continue', sep='\\n', flush=True)\n"
        "    time.sleep(0.1)\n"
    )
    stuck.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "executable", lambda: str(stuck))
    shares: list[float] = []
    with pytest.raises(FFmpegError, match=r"no progress for 1 s: deadlock in the muxer") as caught:
        ffmpeg.run((), RenderContext(tmp_path, on_progress=shares.append), frames=6, limits=Limits(stall_seconds=1))
    assert shares[-1] == 0.5
    assert caught.value.returncode is None
    assert running() == set()


def test_the_output_is_limited(tmp_path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=2")
    with pytest.raises(FFmpegError):
        ffmpeg.run((*source, "-c:v", "rawvideo", "big.avi"), RenderContext(tmp_path), limits=Limits(file_bytes=1 << 20))
    assert (tmp_path / "big.avi").stat().st_size <= 1 << 20


def test_ffmpeg_sees_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    seen: list[str] = []

    def look() -> bool:
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                is_child = path.read_text().rsplit(")", 1)[1].split()[1] == str(os.getpid())
                # Between fork and exec a child still is this process, environment included.
                if is_child and "stats_period" in (path.parent / "cmdline").read_text():
                    seen.append((path.parent / "environ").read_text())
            except OSError:
                continue
        return bool(seen)

    with pytest.raises(CancelledError):
        ffmpeg.run(SLOW, RenderContext(tmp_path, cancelled=look))
    assert all("AWS" not in environment for environment in seen)
