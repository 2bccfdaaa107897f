"""Receivers that don't answer cost their own jobs' deliveries only."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embedded.proxy import Call, Fault, FaultProxy, slow
from tests.waiting import eventually
from tests.worker.conftest import Site

BRIEF = "tests.worker.brief_worker"


class Silent:
    """A receiver that reads requests and answers none."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.cut = 0
        """Number of requests that the sender has given up."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                stream, _ = self._server.accept()
                threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: socket.socket) -> None:
        with stream, contextlib.suppress(OSError):
            request = stream.recv(65536)
            while b"\r\n\r\n{" not in request:  # the body may come in a packet of its own
                request += stream.recv(65536)
            self.requests.append(request)
            while stream.recv(65536):
                pass
        self.cut += 1

    def close(self) -> None:
        self._server.close()


@contextlib.contextmanager
def silent() -> Iterator[Silent]:
    receiver = Silent()
    try:
        yield receiver
    finally:
        receiver.close()


def job(site: Site, clip: Path, job_id: str, url: str | None = None, **webhook: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "output": {"width": 64, "height": 114, "quality": "draft"},
        "clips": [{"source": site.put("videos/1/clip.mp4", clip), "duration": 0.5}],
        "webhook": {"url": url or site.receiver.url, **webhook},
    }


def allowed(site: Site, receiver: Silent) -> dict[str, str]:
    origin = site.receiver.url.rpartition("/")[0]
    return {"WEBHOOK_ALLOWED_HOSTS": f"{origin},{receiver.origin}"}


def test_a_job_behind_silent_receivers_waits_for_none_and_sigterm_aborts_their_deliveries(
    site: Site, clip: Path
) -> None:
    with silent() as receiver:
        worker = site.start_worker(BRIEF, **allowed(site, receiver))
        for number in range(2):
            site.send(job(site, clip, f"silent-{number}", receiver.origin))
        eventually(lambda: len(receiver.requests) == 2)
        site.send(job(site, clip, "good"))
        assert site.final("good").json()["status"] == "COMPLETE"
        assert receiver.cut == 0  # both deliveries are still under way
        worker.terminate()
        assert worker.wait(60) == 0
        assert len(site.logged("A delivery was left to another worker.")) == 2
        assert not site.logged("The webhook could not be delivered.")  # the worker's end was sooner than the time-out
    for number in range(2):
        entry = site.ledger(f"silent-{number}")
        assert (entry["status"], entry["webhook_state"]) == ("COMPLETE", "PENDING")
    assert site.depth(site.queue_url) == (2, 0)  # visible: another worker may deliver at once


def test_another_worker_delivers_what_a_terminated_one_left(site: Site, clip: Path) -> None:
    with silent() as receiver:
        first = site.start_worker(BRIEF, WEBHOOK_URL=receiver.origin)
        site.send({**job(site, clip, "left"), "webhook": {}})
        eventually(lambda: bool(receiver.requests))
        first.terminate()
        assert first.wait(60) == 0
        identity = receiver.requests[0].lower().split(b"webhook-id: ")[1].split(b"\r\n")[0].decode()
    site.start_worker(BRIEF)
    delivery = site.final("left")
    assert (delivery.json()["status"], delivery.headers["webhook-id"]) == ("COMPLETE", identity)
    eventually(lambda: site.depth(site.queue_url) == (0, 0))
    assert len(site.logged("Job complete.")) == 1


def test_progress_that_is_not_answered_delays_the_video_by_nothing_and_the_webhook_of_the_end_follows_it(
    site: Site, clip: Path
) -> None:
    with silent() as receiver:
        site.start_worker(BRIEF, **allowed(site, receiver))
        site.send(job(site, clip, "watched", receiver.origin, progress=True, started=True))
        eventually(lambda: site.ledger("watched").get("status") == "COMPLETE")
        assert (len(receiver.requests), receiver.cut) == (1, 0)  # the end is recorded while the POST is under way
        eventually(lambda: len(receiver.requests) == 2)
        assert receiver.cut == 1
        assert [b'"PROGRESSING"' in request for request in receiver.requests] == [True, False]


def test_a_worker_that_was_stopped_and_goes_on_reports_no_progress_of_a_job_that_another_has_ended(
    site: Site, clip: Path
) -> None:
    """It is stopped while it fetches, for longer than a lease, and its claim can't be renewed at once afterwards."""
    goes_on = threading.Event()

    def plan(call: Call) -> Fault | None:
        if call.operation == "GetObject" and call.number == 1:
            return Fault(before=stop)
        return slow(3) if call.operation == "UpdateItem" and goes_on.is_set() else None

    def stop() -> None:
        os.kill(first.pid, signal.SIGSTOP)
        goes_on.wait(60)

    with FaultProxy(site.aws.endpoint, plan) as proxy:
        first = site.start_worker(BRIEF, AWS_ENDPOINT_URL=proxy.endpoint)
        site.send(job(site, clip, "stopped", started=True))
        eventually(lambda: bool(proxy.called("GetObject")))
        site.start_worker(BRIEF)
        assert site.final("stopped").json()["status"] == "COMPLETE"
        goes_on.set()
        os.kill(first.pid, signal.SIGCONT)
        eventually(lambda: bool(site.logged("The job was left to another worker.")))
    assert [body["status"] for body in site.webhooks("stopped")] == ["PROGRESSING", "COMPLETE"]
