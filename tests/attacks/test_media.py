"""Hostile files as sources of a job: refused with a code and a pointer, or rendered."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import corpus
from tests.attacks.made import RENDERS, SECRET, Attack, Place, good, secret
from tests.attacks.victim import Outcome, render
from worker.job import Job, PermanentError
from worker.video.context import RenderContext
from worker.video.render import render as render_here

SEED = 20261122


class Canary(ThreadingHTTPServer):
    """A host inside the network that records its requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.visits: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Visit(BaseHTTPRequestHandler):
    server: Canary

    def do_GET(self) -> None:
        self.server.visits.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(good())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    server = Canary()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media root: a good video, and secrets in the same folder."""
    root = tmp_path_factory.mktemp("media")
    (root / "media").mkdir()
    (root / "media" / "good.mp4").write_bytes(good())
    (root / "media" / "secret.mp4").write_bytes(secret())
    (root / "media" / "secret.txt").write_text(SECRET)
    return root


def job(key: str, *, as_soundtrack: bool = False) -> dict[str, Any]:
    """A job of a good clip and the object `key`, as a second clip or as the soundtrack."""
    clips = [{"source": "s3://media/good.mp4", "duration": 0.2}]
    if not as_soundtrack:
        clips.append({"source": f"s3://media/{key}", "duration": 0.2})
    return {
        "version": 1,
        "job_id": "j",
        "video_id": "v",
        "output": {"width": 64, "height": 114, "quality": "draft"},
        "clips": clips,
        "audio": {"soundtrack": f"s3://media/{key}"} if as_soundtrack else {},
    }


def problem(attack: Attack, outcome: Outcome) -> str:
    """What is wrong with the outcome of an attack; "" if nothing is."""
    pointer = "/audio/soundtrack" if attack.as_soundtrack else "/clips/1/source"
    result = RENDERS if outcome.exit_code == 0 else outcome.code
    if not outcome.is_clean or result not in attack.ends:
        return f"{sorted(attack.ends)} expected: {outcome}"
    if result != RENDERS and outcome.pointer != pointer:
        return f"the pointer is {outcome.pointer!r}"
    return "the output holds the secret" if SECRET in outcome.output else ""


@pytest.mark.parametrize("group", corpus.GROUPS, ids=lambda group: group.__name__)
def test_hostile_files(canary: Canary, media: Path, tmp_path: Path, group: Callable[[Place], Iterator[Attack]]) -> None:
    problems = {}
    for attack in group(Place(canary.url, media / "media")):
        (media / "media" / attack.name).write_bytes(attack.content)
        message = job(attack.name, as_soundtrack=attack.as_soundtrack)
        if found := problem(attack, render(tmp_path / attack.name, media, message)):
            problems[attack.name] = found
    assert problems == {}
    assert canary.visits == []


@pytest.mark.parametrize("number", range(corpus.MUTATIONS))
def test_a_good_video_changed_at_random(tmp_path: Path, number: int) -> None:
    """It renders, or is refused; any other exception fails the test."""
    attack = corpus.mutation(SEED, number)
    (tmp_path / "media").write_bytes(attack.content)
    changed = Job.model_validate({**job(attack.name), "clips": [{"source": "a", "duration": 0.2}]})
    try:
        render_here(changed, {"a": tmp_path / "media"}, RenderContext(tmp_path))
    except PermanentError as error:
        assert error.code in attack.ends, error.message  # noqa: PT017 - a render without an error is right, too


@pytest.mark.parametrize("file_bytes", [1_000, 12_000])
def test_a_full_disk(media: Path, tmp_path: Path, file_bytes: int) -> None:
    """Fetching or encoding fails with one error sentence, and no file is left."""
    message = job("good.mp4")
    message["clips"] = [{"source": "s3://media/good.mp4", "duration": 0.8}] * 9
    message["output"] = {"width": 540, "height": 960}
    outcome = render(tmp_path / "full", media, message, file_bytes=file_bytes)
    assert outcome.is_clean
    assert outcome.code == "RENDER_FAILED"
