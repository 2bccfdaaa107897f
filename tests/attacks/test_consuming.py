"""Hostile jobs from a real queue: reported as an ERROR and deleted, and the next job is rendered."""

import json
import socket
from pathlib import Path
from typing import Any

from tests.attacks import numbers, references
from tests.attacks.made import SECRET, Attack, Place, good, secret
from tests.unit.test_allow_list import server
from tests.waiting import eventually
from tests.worker.conftest import Site

CHOSEN = {
    "ffconcat-relative.mp4": "MEDIA_UNDECODABLE",
    "hls-http.mp4": "MEDIA_UNDECODABLE",
    "drawing-entity.svg": "MEDIA_UNDECODABLE",
    "magicyuv.mkv": "MEDIA_UNDECODABLE",
    "16000x16000.png": "LIMIT_EXCEEDED",
    "empty.mp4": "MEDIA_UNDECODABLE",
    "500-streams.mp4": "LIMIT_EXCEEDED",
}


def attacks(site: Site) -> list[Attack]:
    place = Place(site.receiver.url, site.folder)  # a request to this host is found among the webhooks
    groups = (
        references.playlists,
        references.texts,
        references.containers,
        numbers.huge,
        numbers.truncated,
        numbers.codecs,
    )
    found = [attack for group in groups for attack in group(place) if attack.name in CHOSEN]
    assert len(found) == len(CHOSEN)
    return found


def job(job_id: str, source: str, **fields: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": "7",
        "output": {"width": 64, "height": 114, "quality": "draft"},
        "clips": [{"source": source, "duration": 0.2}],
        **fields,
    }


def upload(site: Site, name: str, content: bytes) -> str:
    path = site.folder / "upload"
    path.write_bytes(content)
    return site.put(f"videos/{name}", path)


def settled(site: Site) -> bool:
    return site.depth(site.queue_url) == (0, 0)


def environments(pid: int) -> dict[str, str]:
    """The environment of each process that descends from `pid`, by command line."""
    parents: dict[int, tuple[int, Path]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = (int(stat.read_text().rsplit(")", 1)[1].split()[1]), stat.parent)
        except OSError:
            continue
    found = {}
    for child, (parent, folder) in parents.items():
        if parent == pid:
            try:
                found[(folder / "cmdline").read_text().replace("\0", " ")] = (folder / "environ").read_text()
            except OSError:
                continue
            found |= environments(child)
    return found


def test_hostile_media(site: Site) -> None:
    upload(site, "secret.mp4", secret())
    worker = site.start_worker()
    for attack in attacks(site):
        site.send(job(attack.name, upload(site, attack.name, attack.content)))
    site.send(job("good", upload(site, "good.mp4", good())))
    assert site.final("good").json()["status"] == "COMPLETE"
    for name, code in CHOSEN.items():
        told = site.final(name).json()
        assert (told["status"], told["error_code"], told["error_pointer"]) == ("ERROR", code, "/clips/0/source")
        assert told["retryable"] is False
    eventually(lambda: settled(site))
    assert site.depth(site.dead_letter_url) == (0, 0)
    assert worker.running
    assert {delivery.json()["job_id"] for delivery in site.receiver.requests()} == {"good", *CHOSEN}
    assert site.keys() & {f"generated-videos/7/video-{name}.mp4" for name in CHOSEN} == set()
    log = worker.log.read_text()
    assert "Traceback" not in log
    assert SECRET not in log
    assert site.secret not in log


def test_hostile_messages(site: Site) -> None:
    good_source = upload(site, "good.mp4", good())
    refused = {
        "up": ("INVALID_MESSAGE", json.dumps(job("up", f"s3://{site.bucket}/../other/x.mp4"))),
        "deep": ("LIMIT_EXCEEDED", json.dumps(job("deep", good_source, metadata=_nested(60)))),
        "many": ("LIMIT_EXCEEDED", json.dumps(job("many", good_source, texts=[{"content": "x"}] * 999))),
        "twice": ("INVALID_MESSAGE", json.dumps(job("twice", good_source))[:-1] + ', "clips": []}'),
        "nan": ("INVALID_MESSAGE", json.dumps(job("nan", good_source, x=float("nan")))),
        "half": ("INVALID_MESSAGE", json.dumps(job("half", good_source, video_id="v\ud800"))),
        "xml": ("INVALID_MESSAGE", json.dumps(job("xml", good_source, property_id="\uffff"))),
        "long": (
            "LIMIT_EXCEEDED",
            json.dumps(
                job(
                    "long",
                    good_source,
                    video_id="\U0001f30a" * 128,
                    property_id="\U0001f30a" * 128,
                    output={"hls": True, "renditions": [{"name": "x" * 32, "width": 64, "height": 64}]},
                )
            ),
        ),
    }
    without_id = (
        "[" * 100_000,
        "\u202e",
        "{}",
        '{"job_id": "../x"}',
        json.dumps({"job_id": "x" * 200}),
        json.dumps(job("half\ud800", good_source)),
    )
    worker = site.start_worker()
    for body in (*without_id, *(body for _, body in refused.values())):
        site.send(body)
    oops = dict.fromkeys(("padding", "color", "fontSize", "lineHeight", "opacity"), "oops")
    texts = [{"content": "x", "style": oops}] * 100
    site.send(job("é\"'%?", good_source, texts=texts, metadata={"x": "é" * 2000}))
    for job_id, (code, _) in refused.items():
        told = site.final(job_id).json()
        assert (told["status"], told["error_code"]) == ("ERROR", code), told
    complete = site.final("é\"'%?").json()
    assert complete["status"] == "COMPLETE"
    assert len(complete["warnings"]) == 100
    eventually(lambda: settled(site))
    assert site.depth(site.dead_letter_url) == (len(without_id), 0)
    assert worker.running
    assert "Traceback" not in worker.log.read_text()


def test_hostile_addresses_and_receivers(site: Site) -> None:
    """Jobs whose receivers have impossible names, one whose receiver's answer is hostile, and requests with odd ids."""
    seen: list[bytes] = []

    def answer(stream: socket.socket, request: bytes) -> None:
        seen.append(request)
        later = b"HTTP/1.1 503 Later\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n"
        stream.sendall(later if len(seen) == 1 else b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 Done\r\n\r\n")

    source = upload(site, "good.mp4", good())
    with server(answer) as port:
        worker = site.start_worker(WEBHOOK_URL=f"http://127.0.0.1:{port}/hook")
        for number, host in enumerate(["1.2.3.4%" + "a" * 64, "a" * 64, "a..b", "[fe80::1%25a]", "%", " "]):
            site.send(job(f"host-{number}", source, webhook={"url": f"https://{host}/"}))
        for odd in ("\ud800", "\ufffe", "x" * 128):
            site.send(json.dumps({"resend_webhook": {"job_id": odd}}))
        eventually(lambda: site.depth(site.queue_url) == (0, 0))
        jobs = {f"host-{number}" for number in range(6)}
        assert {site.ledger(job_id)["webhook_state"] for job_id in jobs} == {"DELIVERED"}
    assert len(seen) == len(jobs) + 1
    assert site.depth(site.dead_letter_url) == (2, 0)  # ids that no job has
    assert worker.running
    assert "Traceback" not in worker.log.read_text()


def test_no_child_knows_a_secret(site: Site) -> None:
    """While a video is rendered, no child process of the worker has credentials in its environment."""
    worker = site.start_interpreter()
    fields = {"output": {"width": 1080, "height": 1920, "quality": "high", "fps": 60}}
    long = job("long", upload(site, "good.mp4", good()), **fields)
    long["clips"][0]["duration"] = 60
    site.send(long)
    seen: dict[str, str] = {}

    def is_rendering() -> bool:
        seen.update(environments(worker.pid))
        return any("filter_complex" in command and "launch.py" not in command for command in seen)

    eventually(is_rendering)
    children = [text for command, text in seen.items() if "-m worker" not in command]  # between fork and exec: itself
    assert children
    for text in children:
        names = {line.partition("=")[0] for line in text.split("\0") if line}
        assert names <= {"LANG", "TMPDIR", "LC_CTYPE"}


def _nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"x": inner}
    return inner
