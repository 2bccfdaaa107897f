"""Chromium plays a video whose parts several workers have rendered, to its end and without a pause."""

import http.server
import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.golden.browser import executable
from tests.worker.rendering import make_source
from tests.worker.sharing import alone_and_joined, share_small_videos
from worker.job import Audio, Clip, Job, Output, Transition

SECONDS = 8.0

PAGE = """<!doctype html><video src="/video.mp4" muted></video><script>
const video = document.querySelector("video"), times = [], pauses = []
const report = error => {
    const quality = video.getVideoPlaybackQuality()
    const {duration, currentTime: at} = video
    const seen = {error, times, pauses, frames: quality.totalVideoFrames, duration, at}
    fetch("/report", {method: "POST", body: JSON.stringify(seen)})
}
const note = (_, frame) => { times.push(frame.mediaTime); video.requestVideoFrameCallback(note) }
video.requestVideoFrameCallback(note)
video.onplaying = () => { video.onwaiting = video.onstalled = event => pauses.push(event.type + video.currentTime) }
video.onended = () => report("")
video.onerror = () => report(video.error.message)
video.play().catch(error => report(String(error)))
</script>"""


@contextmanager
def site(video: Path) -> Iterator[tuple[str, "queue.Queue[dict[str, Any]]"]]:
    """A server of a page that plays a video, and the reports that the page sends."""
    reports: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_video = self.path == "/video.mp4"
            body = video.read_bytes() if is_video else PAGE.encode()
            self.send_response(200)
            self.send_header("content-type", "video/mp4" if is_video else "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/", reports
        finally:
            server.shutdown()


def played(video: Path, profile: Path) -> dict[str, Any]:
    """What Chromium reports of a video that it has played."""
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--autoplay-policy=no-user-gesture-required",
    )
    with site(video) as (url, reports):
        command = [executable(), *flags, f"--user-data-dir={profile}", "--remote-debugging-port=0", url]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                return reports.get(timeout=120)
            finally:
                browser.terminate()


@pytest.mark.parametrize("codec", ["h264", "av1"])
def test_a_joined_video_plays_to_its_end(tmp_path: Path, codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    share_small_videos(monkeypatch)
    media = {"a": make_source(tmp_path / "a.mp4", seconds=5, audio="sine=f=440:r=44100:d=5")}
    transition = Transition(type="crossfade", duration=0.5)
    clips = tuple(Clip(source="a", in_point=number / 3, duration=3.0, transition=transition) for number in range(3))
    output = Output.model_validate({"width": 270, "height": 480, "codec": codec, "quality": "draft"})
    job = Job(job_id="j", video_id="v", clips=clips, output=output, audio=Audio(loudness=-16))
    alone, joined = (played(video, tmp_path / video.parent.name) for video in alone_and_joined(tmp_path, media, job))
    for seen in (alone, joined):
        assert (seen["error"], seen["pauses"]) == ("", [])
        assert seen["duration"] == pytest.approx(SECONDS, abs=0.05)
        assert seen["at"] == pytest.approx(seen["duration"], abs=0.05)
        assert seen["times"] == sorted(seen["times"])
        assert all(time * 30 == pytest.approx(round(time * 30), abs=0.01) for time in seen["times"])
    assert joined["frames"] == alone["frames"] == SECONDS * 30
