"""Where a worker may connect, and that it connects to exactly that address."""

import contextlib
import datetime
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.consumer.wiring import media_policy, webhook_policy
from worker.errors import ForbiddenDestinationError, RequestTimeoutError
from worker.net import pinned_http
from worker.net.allow_list import Destination, DestinationPolicy, Origin
from worker.net.pinned_http import pinned_request
from worker.net.webhook import RESPONSE_BYTES_MAX, Outcome, WebhookSender
from worker.settings import Settings

Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Replaces the resolver: `names(host, first, second, …)` returns the next list of addresses at each look-up."""
    known: dict[str, list[list[str]]] = {}

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    def learn(host: str, *answers: list[str]) -> None:
        known[host] = list(answers)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return learn


def worker_settings(**more: object) -> Settings:
    return Settings("https://sqs", "bucket", "table", "eu-west-1", frozenset(), **more)  # type: ignore[arg-type]


OPEN = DestinationPolicy("WEBHOOK_ALLOWED_HOSTS", is_open=True)


def refused(policy: DestinationPolicy, url: str) -> str:
    with pytest.raises(ForbiddenDestinationError) as caught:
        policy.resolve(url)
    return str(caught.value)


def test_a_public_https_host_is_resolved_once(names: Names) -> None:
    names("api.example.com", ["8.8.8.8", "2606:4700::1111"], ["127.0.0.1"])
    found = OPEN.resolve("https://api.example.com/hook/é?a=b c".replace(" ", "%20"))
    assert found == Destination("https", "api.example.com", 443, "/hook/%C3%A9?a=b%20c", ("8.8.8.8", "2606:4700::1111"))
    assert found.authority == "api.example.com"


def test_one_private_address_among_public_ones_is_enough(names: Names) -> None:
    names("both.example.com", ["8.8.8.8", "10.0.0.7"])
    assert "10.0.0.7" in refused(OPEN, "https://both.example.com/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.170.2",
        "[::ffff:169.254.170.2]",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
    ],
)
def test_an_address_in_the_url_is_judged_like_any_other(host: str) -> None:
    with pytest.raises(ForbiddenDestinationError, match="not public"):
        OPEN.resolve(f"https://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.example.com/", "not encrypted"),
        ("ftp://api.example.com/", "https://host/path"),
        ("file:///etc/passwd", "https://host/path"),
        ("https:///path", "https://host/path"),
        ("https://user:secret@api.example.com/", "password"),
        ("https://api.example.com\\@127.0.0.1/", "backslash"),
        ("https://api.example.com/\r\nX-Injected: 1", "control character"),
        ("https://api.example.com:99999/", "can't be understood"),
        ("https://[::1/", "can't be understood"),
        (f"https://1.2.3.4%{'a' * 64}/", "can't be understood"),
        ("https://[fe80::1%25eth0]/", "can't be understood"),
        (f"https://{'a' * 64}.example.com/", "can't be understood"),
        (f"https://{'a.' * 127}example.com/", "can't be understood"),
        ("https://.example.com/", "can't be understood"),
        ("https://a..example.com/", "can't be understood"),
        ("https://-a.example.com/", "can't be understood"),
        ("https://a&b.example.com/", "can't be understood"),
        ("https://api.example.com/\ud800", "can't be understood"),
    ],
)
def test_urls_that_are_refused(names: Names, url: str, words: str) -> None:
    names("api.example.com", ["8.8.8.8"])
    message = refused(OPEN, url)
    assert words in message
    assert "secret" not in message


def test_a_name_that_does_not_resolve_may_do_so_later(names: Names) -> None:
    names("other.example.com", ["8.8.8.8"])
    with pytest.raises(OSError, match="not known"):
        OPEN.resolve("https://api.example.com/")


URL_PARTS = st.sampled_from([
    "https://", "http://", "api", "example.com", "1.2.3.4", "[::1]", "[", "]", "%", "%25", "é", "ß", "\u3002", "xn--a",
    "a" * 64, ".", "..", ":", ":80", ":99999", "@", "/", "?", "#", "_", "-", "\ud800", "\u202e", "𝕒", "٣", "\0",
]) | st.text(max_size=4)  # fmt: skip


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(
    parts=st.lists(URL_PARTS, max_size=8),
    addresses=st.lists(st.sampled_from(["8.8.8.8", "10.0.0.7", "2606:4700::1111", "fe80::1%eth0", "::ffff:127.0.0.1"])),
)
def test_any_url_is_allowed_or_refused_with_our_own_error(parts: list[str], addresses: list[str]) -> None:
    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        host.encode("idna")  # as the real one does, with its errors
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(ForbiddenDestinationError):
        patch.setattr(socket, "getaddrinfo", resolve)
        found = OPEN.resolve("https://" + "".join(parts))
        assert set(found.addresses) <= {"8.8.8.8", "2606:4700::1111"}
        assert found.authority.isascii()
        assert found.target.isascii()
        assert found.host == found.host.encode("idna").decode()


def test_a_name_that_the_resolver_cannot_encode(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise UnicodeError("label empty or too long")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(OSError, match="can't be looked up"):
        OPEN.resolve("https://api.example.com/")


def test_all_addresses_are_judged_and_the_first_three_are_used(names: Names) -> None:
    many = [f"8.8.8.{number}" for number in range(40)]
    names("many.example.com", many, [*many, "10.0.0.7"])
    assert OPEN.resolve("https://many.example.com/").addresses == ("8.8.8.0", "8.8.8.1", "8.8.8.2")
    assert "10.0.0.7" in refused(OPEN, "https://many.example.com/")


def test_an_allow_list_closes_all_else(names: Names) -> None:
    names("api.example.com", ["8.8.8.8"])
    names("evil.example.com", ["8.8.4.4"])
    names("inner.example.com", ["10.0.0.7"])
    hosts = [Origin.parse(text) for text in ("API.example.com", "inner.example.com", "https://trusted.example.com")]
    policy = DestinationPolicy("WEBHOOK_ALLOWED_HOSTS", allowed=hosts, is_open=True)
    assert policy.resolve("https://api.example.com:8443/").port == 8443
    assert "add it to WEBHOOK_ALLOWED_HOSTS" in refused(policy, "https://evil.example.com/")
    assert "not public" in refused(policy, "https://inner.example.com/")
    names("trusted.example.com", ["10.0.0.8"])
    assert policy.resolve("https://trusted.example.com/").addresses == ("10.0.0.8",)
    assert "is not allowed" in refused(policy, "http://trusted.example.com/")
    names("trusted.example.com", ["169.254.170.2"])
    assert "keeps credentials" in refused(policy, "https://trusted.example.com/")


def test_what_a_worker_allows(names: Names) -> None:
    names("127.0.0.1", ["127.0.0.1"])
    local, other = "http://127.0.0.1:5000/hook", "http://127.0.0.1:5001/hook"
    own = webhook_policy(worker_settings(webhook_url=local, endpoint_url="http://127.0.0.1:4000"))
    assert own.resolve(local).port == 5000
    refused(own, other)
    listed = webhook_policy(worker_settings(webhook_allowed_hosts=(Origin.parse("127.0.0.1:5000"),)))
    assert listed.resolve(local).port == 5000
    refused(listed, other)
    on_a_developers_machine = webhook_policy(worker_settings(endpoint_url="http://localhost:4000"))
    assert on_a_developers_machine.resolve(other).port == 5001
    refused(webhook_policy(worker_settings()), local)
    refused(webhook_policy(worker_settings(endpoint_url="https://sqs.eu-west-1.amazonaws.com")), local)
    refused(media_policy(worker_settings()), "https://127.0.0.1/clip.mp4")
    assert media_policy(worker_settings(media_allowed_hosts=(Origin.parse("127.0.0.1"),))).resolve(
        "http://127.0.0.1/clip.mp4"
    )


@pytest.mark.parametrize("text", ["", "https://", "api.example.com/path", "ftp://host", "user@host", "host:port"])
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="is not a host"):
        Origin.parse(text)


def read_request(stream: socket.socket) -> bytes:
    """A whole request: a connection that is closed before it was read is reset, and the answer lost."""
    request = b""
    while not (head := request.partition(b"\r\n\r\n"))[1] or len(head[2]) < _content_length(head[0]):
        more = stream.recv(65536)
        if not more:
            raise ConnectionError("the client has gone")
        request += more
    return request


def _content_length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head.lower())
    return int(found[1]) if found else 0


@contextlib.contextmanager
def server(answer: Callable[[socket.socket, bytes], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serves one connection after the other: reads a request, then calls `answer`. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def work() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), connection:
                    stream = tls.wrap_socket(connection, server_side=True) if tls else connection
                    answer(stream, read_request(stream))

        threading.Thread(target=work, daemon=True).start()
        yield listening.getsockname()[1]


def at(port: int, scheme: str = "http", host: str = "api.example.com") -> Destination:
    return Destination(scheme, host, port, "/hook?a=1", ("127.0.0.1",))


@pytest.mark.slow
def test_the_connection_goes_to_the_address_and_names_the_host() -> None:
    seen: list[bytes] = []

    def answer(stream: socket.socket, request: bytes) -> None:
        seen.append(request)
        stream.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(answer) as port, pinned_request(at(port), "POST", {"x": "y"}, b"{}", seconds=10) as response:
        assert response.status == 204
    (request,) = seen
    assert request.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"host: api.example.com:{port}".encode() in request


@pytest.mark.slow
def test_a_dripping_answer_ends_in_time() -> None:
    released = threading.Event()

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\n")
        while not released.wait(0.05):
            stream.sendall(b"x-drip: 1\r\n")

    with server(answer) as port, pytest.raises(RequestTimeoutError), pinned_request(at(port), "GET", {}, seconds=0.5):
        pass
    released.set()


def receiver_of(port: int) -> tuple[WebhookSender, str]:
    policy = DestinationPolicy("WEBHOOK_ALLOWED_HOSTS", allowed=(Origin.parse(f"http://127.0.0.1:{port}"),))
    return WebhookSender((), policy, lambda _: False), f"http://127.0.0.1:{port}/hook"


@pytest.mark.slow
def test_a_redirect_is_not_followed() -> None:
    requests: list[bytes] = []

    def answer(stream: socket.socket, request: bytes) -> None:
        requests.append(request)
        stream.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/inner\r\nContent-Length: 0\r\n\r\n")

    with server(answer) as port:
        sender, url = receiver_of(port)
        assert sender.deliver(url, "msg_1", {}).outcome is Outcome.REFUSED
    assert len(requests) == 1


@pytest.mark.slow
def test_no_more_of_an_answer_is_read_than_a_little() -> None:
    sent = [0]
    done = threading.Event()

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                sent[0] += stream.send(b"x" * 65536)
        finally:
            done.set()

    with server(answer) as port:
        sender, url = receiver_of(port)
        assert sender.deliver(url, "msg_1", {}).outcome is Outcome.DELIVERED
        assert done.wait(10)
    assert sent[0] < 64 * RESPONSE_BYTES_MAX  # including what the kernel's buffers took


@pytest.mark.slow
def test_what_is_no_http_may_be_tried_again() -> None:
    with server(lambda stream, _: stream.sendall(b"hello\r\n")) as port:
        sender, url = receiver_of(port)
        assert sender.deliver(url, "msg_1", {}, attempts=1).outcome is Outcome.FAILED


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for api.example.com: the server's context, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("api.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "api.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    at_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    at_server.load_cert_chain(pem)
    return at_server, ssl.create_default_context(cafile=str(pem))


@pytest.mark.slow
def test_the_certificate_must_be_the_hosts(
    authority: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_server, at_client = authority
    names_seen: list[str | None] = []
    at_server.sni_callback = lambda _socket, name, _context: names_seen.append(name)

    def answer(stream: socket.socket, _: bytes) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with server(answer, at_server) as port:
        with pytest.raises(ssl.SSLCertVerificationError), pinned_request(at(port, "https"), "POST", {}, seconds=10):
            pass  # not signed by a trusted authority
        monkeypatch.setattr(pinned_http, "_tls", lambda: at_client)
        with pinned_request(at(port, "https"), "POST", {}, b"{}", seconds=10) as response:
            assert response.status == 200
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            pinned_request(at(port, "https", "other.example.com"), "POST", {}, seconds=10),
        ):
            pass
    assert "api.example.com" in names_seen


@pytest.mark.slow
def test_every_address_is_tried() -> None:
    with server(lambda stream, _: stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:
        spare = Destination("http", "api.example.com", port, "/", ("127.0.0.2", "127.0.0.1"))
        with pinned_request(spare, "GET", {}, seconds=10) as response:
            assert response.status == 200
        with (
            pytest.raises(OSError, match="Connection refused"),
            pinned_request(Destination("http", "api.example.com", port, "/", ("127.0.0.2",)), "GET", {}, seconds=10),
        ):
            pass


def test_loopback_is_all_that_a_developer_gets(names: Names) -> None:
    names("inner.example.com", ["10.0.0.7"])
    policy = webhook_policy(worker_settings(endpoint_url="http://127.0.0.1:4000"))
    refused(policy, "http://inner.example.com/")
