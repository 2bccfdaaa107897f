"""A resolver that hangs costs a delivery and a fetch their own deadline, and a bounded number of threads."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.waiting import eventually
from worker.aws.outages import Outages
from worker.errors import RequestTimeoutError
from worker.job import HttpLocation
from worker.media.cloud_fetch import CloudFetcher
from worker.media.fetch import SourceRequest
from worker.net import webhook
from worker.net.allow_list import DestinationPolicy, Origin
from worker.net.name_lookup import LOOKUPS_MAX, look_up
from worker.net.webhook import Outcome, WebhookSender

URL = "https://slow.example.com/"
POLICY = DestinationPolicy("WEBHOOK_ALLOWED_HOSTS", allowed=(Origin.parse("slow.example.com"),))


def lookups() -> int:
    return sum(thread.name == "lookup" for thread in threading.enumerate())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names that a resolver was asked for; it answers none before the test's end."""
    names: list[str] = []
    ended = threading.Event()

    def hang(host: str, *_: object, **__: object) -> list[object]:
        names.append(host)
        ended.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield names
    ended.set()
    eventually(lambda: lookups() == 0)


def test_a_delivery_ends_while_its_name_is_looked_up(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "DELIVERY_SECONDS", 0.05)
    monkeypatch.setattr(webhook, "REFUSAL_SECONDS", 0.05)
    sender = WebhookSender((), POLICY, lambda _: False)
    assert sender.refusal(URL) is None
    assert sender.deliver(URL, "msg_1", {}, attempts=1).outcome is Outcome.FAILED
    assert len(asked) == 2


def test_a_fetch_ends_while_its_name_is_looked_up(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("worker.net.allow_list.DestinationPolicy.resolve.__kwdefaults__", {"seconds": 0.05})
    fetcher = CloudFetcher(cast("Any", None), frozenset(), POLICY, cast("Outages", None))
    with pytest.raises(RequestTimeoutError):
        fetcher.fetch(SourceRequest(HttpLocation(URL, "slow.example.com"), tmp_path / "a"))
    assert asked == ["slow.example.com"]


def test_look_ups_that_hang_are_bounded_in_number(asked: list[str]) -> None:
    for number in range(LOOKUPS_MAX + 3):
        with pytest.raises(OSError, match="was not looked up"):
            look_up(f"host-{number}", 443, 0.01)
    assert lookups() == LOOKUPS_MAX == len(asked)


@pytest.mark.parametrize("error", [UnicodeError("label too long"), socket.gaierror(-2, "unknown"), MemoryError()])
def test_whatever_the_resolver_raises_is_an_error_of_the_network(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    for _ in range(2 * LOOKUPS_MAX):  # each gives its slot back
        with pytest.raises(OSError, match=r"label|unknown|looked up"):
            look_up("host", 443, 5)
        eventually(lambda: lookups() == 0)
