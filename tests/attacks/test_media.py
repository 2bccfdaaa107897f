"""Hostile files as a hotel's video: refused with a code and a pointer, or rendered as what they are."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import corpus
from tests.attacks.made import RENDERS, SECRET, Attack, Place, good, secret
from tests.attacks.victim import End, all_of, render
from worker.job import Job, PermanentError
from worker.video.render import render as render_here

SEED = 20261122


class Canary(ThreadingHTTPServer):
    """A host inside the network; remembers who came."""

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
    """A media root: a good video, and secrets beside it."""
    root = tmp_path_factory.mktemp("media")
    (root / "media").mkdir()
    (root / "media" / "good.mp4").write_bytes(good())
    (root / "media" / "secret.mp4").write_bytes(secret())
    (root / "media" / "secret.txt").write_text(SECRET)
    return root


def job(key: str, *, as_soundtrack: bool = False) -> dict[str, Any]:
    """A job of a good clip and one that isn't, or with a soundtrack that isn't."""
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


def judged(attack: Attack, end: End) -> str:
    """What is wrong with how an attack ended; "" where nothing is."""
    pointer = "/audio/soundtrack" if attack.as_soundtrack else "/clips/1/source"
    outcome = RENDERS if end.exit_code == 0 else end.code
    if not end.is_clean or outcome not in attack.ends:
        return f"{sorted(attack.ends)} expected: {end}"
    if outcome != RENDERS and end.pointer != pointer:
        return f"the pointer is {end.pointer!r}"
    return "the secret is out" if SECRET in end.said else ""


def assault(attacks: list[Attack], media: Path, folder: Path) -> dict[str, str]:
    """Give each file to the worker. Returns what went wrong, by the file's name."""
    for attack in attacks:
        (media / "media" / attack.name).write_bytes(attack.content)

    def strike(attack: Attack) -> str:
        message = job(attack.name, as_soundtrack=attack.as_soundtrack)
        return judged(attack, render(folder / attack.name, media, message))

    found = all_of(strike, attacks)
    return {attack.name: wrong for attack, wrong in zip(attacks, found, strict=True) if wrong}


def test_every_hostile_file(canary: Canary, media: Path, tmp_path: Path) -> None:
    attacks = list(corpus.attacks(Place(canary.url, media / "media")))
    assert len(attacks) > 80
    assert assault(attacks, media, tmp_path) == {}
    assert canary.visits == []


def test_a_good_video_changed_at_random(tmp_path: Path) -> None:
    """It plays, or is refused; whatever FFmpeg makes of it."""

    def strike(attack: Attack) -> str:
        folder = tmp_path / attack.name
        folder.mkdir()
        (folder / "media").write_bytes(attack.content)
        changed = Job.model_validate({**job(attack.name), "clips": [{"source": "a", "duration": 0.2}]})
        try:
            render_here(changed, {"a": folder / "media"}, folder)
        except PermanentError as error:
            return "" if error.code in attack.ends else error.message
        return ""

    attacks = list(corpus.mutations(SEED))
    found = all_of(strike, attacks)
    assert {attack.name: wrong for attack, wrong in zip(attacks, found, strict=True) if wrong} == {}


@pytest.mark.parametrize("file_bytes", [1_000, 12_000])
def test_a_full_disk(media: Path, tmp_path: Path, file_bytes: int) -> None:
    """Fetching, or encoding, comes to an end: nobody's fault, said in a sentence, and nothing is left."""
    message = job("good.mp4")
    message["clips"] = [{"source": "s3://media/good.mp4", "duration": 0.8}] * 9
    message["output"] = {"width": 540, "height": 960}
    end = render(tmp_path / "full", media, message, file_bytes=file_bytes)
    assert end.is_clean
    assert end.code == "RENDER_FAILED"
