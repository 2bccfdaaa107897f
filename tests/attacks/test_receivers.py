"""Hostile webhook receivers: whatever they answer, a delivery ends with an outcome, in time, and reads little."""

import socket
import time
from collections.abc import Callable

import pytest

from tests.unit.test_allow_list import receiver_of, server
from worker.errors import RequestTimeoutError
from worker.net.allow_list import ADDRESSES_MAX, Destination, DestinationPolicy, Origin
from worker.net.pinned_http import CONNECT_SECONDS, pinned_request
from worker.net.webhook import RESPONSE_BYTES_MAX, Delivery, Outcome, WebhookSender

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

ENDLESS_MAX = 100 * RESPONSE_BYTES_MAX
"""What the kernel's buffers take without a reader, in bytes, and far less than an endless answer sends."""


def delivered(answer: Callable[[socket.socket, bytes], None]) -> Delivery:
    with server(answer) as port:
        sender, url = receiver_of(port)
        return sender.deliver(url, "msg_1", {}, attempts=1)


def later(header: bytes) -> bytes:
    return b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n" + header + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        (later(b"Retry-After: \xb2"), Outcome.FAILED),
        (later(b"Retry-After: Mon, 01 Jan 0001 00:00:00 +2359"), Outcome.FAILED),
        (later(b"Retry-After: " + b"9" * 9_000), Outcome.FAILED),
        (b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
         Outcome.DELIVERED),
        (b"HTTP/1.1 102 Processing\r\n\r\n", Outcome.FAILED),
        (OK + b"Content-Le", Outcome.FAILED),
        (OK + b"Content-Length: 0\r\n", Outcome.FAILED),
        (OK + b"Content-Length: 9\r\n\r\ncut", Outcome.FAILED),
        (CHUNKED + b"5\r\nhello\r\n", Outcome.FAILED),
        (OK + b"Content-Length: -9\r\n\r\n", Outcome.FAILED),
        (OK + b"\r\nwithout a length", Outcome.DELIVERED),
    ],
)  # fmt: skip
def test_an_answer_ends_as_its_receiver_meant_it_or_as_not_delivered(sent: bytes, outcome: Outcome) -> None:
    assert delivered(lambda stream, _: stream.sendall(sent)).outcome is outcome


@pytest.mark.parametrize(
    ("start", "unit", "outcome"),
    [
        (CHUNKED + b"-1\r\n", b"x" * 65_536, Outcome.FAILED),
        (CHUNKED + b"fffffff\r\n", b"x" * 65_536, Outcome.DELIVERED),
        (CHUNKED, b"1\r\nx\r\n" * 10_000, Outcome.DELIVERED),
        (CHUNKED + b"0\r\n", b"trailer: x\r\n" * 5_000, Outcome.FAILED),
        (OK + b"Content-Length: 999999999999\r\n\r\n", b"x" * 65_536, Outcome.DELIVERED),
        (OK, b"header: x\r\n" * 5_000, Outcome.FAILED),
        (OK + b"one: ", b"x" * 65_536, Outcome.FAILED),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000, Outcome.FAILED),
    ],
    ids=["negative chunk", "huge chunk", "small chunks", "trailers", "long", "headers", "one header", "hints"],
)
def test_an_endless_answer_is_left(start: bytes, unit: bytes, outcome: Outcome) -> None:
    sent = [0]

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(start)
        while sent[0] < 2 * ENDLESS_MAX:
            sent[0] += stream.send(unit)

    assert delivered(answer).outcome is outcome
    assert sent[0] < ENDLESS_MAX


def test_one_deadline_holds_for_all_addresses() -> None:
    """Connections that nobody accepts: each alone would take the longest time."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        port = deaf.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # the queue of connections is full
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        far = Destination("http", "api.example.com", port, "/", ("127.0.0.1",) * ADDRESSES_MAX)
        with pytest.raises(RequestTimeoutError), pinned_request(far, "POST", {}, b"{}", seconds=0.3):
            pass
        assert time.monotonic() - started < CONNECT_SECONDS
        for one in waiting:
            one.close()


def test_a_name_with_thousands_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first ones are tried: here nobody answers at any."""
    tried = []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError("nobody is there")

    many = [f"8.8.{number // 250}.{number % 250}" for number in range(4_000)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in many]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    policy = DestinationPolicy("WEBHOOK_ALLOWED_HOSTS", allowed=(Origin.parse("many.example.com"),))
    sender = WebhookSender((), policy, lambda _: False)
    assert sender.deliver("https://many.example.com/", "msg_1", {}, attempts=1).outcome is Outcome.FAILED
    assert tried == many[:ADDRESSES_MAX]
