"""HTTP responses of strangers: read as RFC 9112 says, within limits, or refused by one error."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import MalformedResponseError
from worker.net.http_response import CHUNK_LINE_BYTES_MAX, HEAD_BYTES_MAX, HttpResponse
from worker.net.webhook import parse_retry_after

HOUSE = settings(max_examples=150, derandomize=True, database=None, deadline=None)


def connection(*pieces: bytes) -> Callable[[int], bytes]:
    """Receives the pieces as a socket would, and then the end of the connection."""
    left = [piece for piece in pieces if piece]

    def receive(size: int) -> bytes:
        if not left:
            return b""
        piece = left.pop(0)
        if len(piece) > size:
            left.insert(0, piece[size:])
        return piece[:size]

    return receive


def read(*pieces: bytes) -> tuple[HttpResponse, bytes]:
    """The response, and its whole body."""
    response = HttpResponse(connection(*pieces))
    return response, b"".join(iter(lambda: response.read(1000), b""))


def refused(*pieces: bytes) -> str:
    with pytest.raises(MalformedResponseError) as caught:
        read(*pieces)
    return str(caught.value)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhellomore", 200, b"hello"),
        (OK + b"Content-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
        (OK + b"\r\nuntil the end", 200, b"until the end"),
        (OK + b"Transfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n1 \r\n!\r\n0\r\nx: y\r\n\r\n.", 200, b"hello!"),
        (b"HTTP/1.0 204\n\nmore", 204, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 \r\nlink: <x>\r\n\r\n"
         b"HTTP/1.1 503 Later\r\nretry-after: 7\r\n\r\n", 503, b""),
        (b"HTTP/1.1 799 Odd\r\nfolded: a\r\n  b\r\n\r\n", 799, b""),
    ],
    ids=["length", "repeated length", "no length", "chunked", "no content", "informational", "odd"],
)  # fmt: skip
def test_a_response(sent: bytes, status: int, body: bytes) -> None:
    response, found = read(sent)
    assert (response.status, found) == (status, body)
    assert response.read(10) == b""
    drips = [sent[index : index + 1] for index in range(len(sent))]
    assert read(*drips)[1] == body


def test_repeated_and_folded_headers_are_joined() -> None:
    response, _ = read(OK + b"A: 1\r\na:2\r\nB: x\r\n\ty \r\n\r\n")
    assert response.headers == {"a": "1, 2", "b": "x y"}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "cut off"),
        (b"HTTP/1.1 200 OK", "cut off"),
        (OK + b"retry-af", "cut off"),
        (OK + b"retry-after: 5\r\n", "cut off"),
        (b"HTTP/1.1 102 Processing\r\n\r\n", "cut off"),
        (OK + b"content-length: 5\r\n\r\nhell", "cut off"),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "cut off"),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "cut off"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "status line"),
        (b"HTTP/2 200\r\n\r\n", "status line"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "status line"),
        (b"HTTP/1.1 \xb200 OK\r\n\r\n", "status line"),
        (b"HTTP/1.1 99 Few\r\n\r\n", "status line"),
        (OK + b"no colon\r\n\r\n", "no header"),
        (OK + b" folded: first\r\n\r\n", "no header"),
        (OK + b"content-length: -1\r\n\r\n", "length"),
        (OK + b"content-length: \xb2\r\n\r\n", "length"),
        (OK + b"content-length: 1_0\r\n\r\n", "length"),
        (OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello!", "length"),
        (OK + b"content-length: " + b"9" * 5_000 + b"\r\n\r\n", "length"),
        (OK + b"transfer-encoding: gzip, chunked\r\n\r\n", "transfer encoding"),
        (OK + b"transfer-encoding: chunked\r\n\r\n-1\r\nhello", "no size"),
        (OK + b"transfer-encoding: chunked\r\n\r\n0x5\r\nhello", "no size"),
        (OK + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 16 + b"\r\nhello", "no size"),
        (OK + b"transfer-encoding: chunked\r\n\r\n5;" + b"x" * 300 + b"\r\nhello", "too long"),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello!\n0\r\n\r\n", "longer"),
        (OK + b"x: y\r\n" * 4_000 + b"\r\n", "too long"),
        (OK + b"x: " + b"y" * 20_000 + b"\r\n\r\n", "too long"),
        (b"HTTP/1.1 103 Early\r\nx: y\r\n\r\n" * 1_000 + OK + b"\r\n", "too long"),
        (OK + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 4_000 + b"\r\n", "too long"),
    ],
)
def test_a_response_that_cannot_be_used(sent: bytes, reason: str) -> None:
    assert reason in refused(sent)


BODIES = st.binary(max_size=60)


def chunked(body: bytes) -> bytes:
    chunks = [b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)]
    return OK + b"transfer-encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\n\r\n"


def split(sent: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield sent[:size]
        sent = sent[size:]
    yield sent


@HOUSE
@given(body=BODIES, sizes=st.lists(st.integers(1, 20)), kept=st.floats(0, 1, exclude_max=True), by_chunks=st.booleans())
def test_a_whole_response_is_read_and_a_cut_one_is_refused(
    body: bytes, sizes: list[int], kept: float, by_chunks: bool
) -> None:
    sent = chunked(body) if by_chunks else OK + b"content-length: %d\r\n\r\n" % len(body) + body
    assert read(*split(sent, sizes))[1] == body
    assert "cut off" in refused(*split(sent[: int(len(sent) * kept)], sizes))


PARTS = st.sampled_from([
    OK, b"HTTP/1.1 ", b"100 Continue", b"102", b"204", b" ", b"\r\n", b"\n", b"\r\n\r\n", b"content-length: ", b"5",
    b"-1",    b"transfer-encoding: chunked\r\n", b"ffffffffffffffff", b"0\r\n", b";", b":", b"\0", b"\xb2", b"x" * 300,
    b"x: y\r\n",    b"retry-after: ", b"Thu, 01 Jan 1970 00:00:00 -9999",
]) | st.binary(max_size=8)  # fmt: skip


@HOUSE
@given(start=st.sampled_from([b"", OK, OK + b"transfer-encoding: chunked\r\n\r\n"]), parts=st.lists(PARTS, max_size=12))
def test_nothing_but_our_own_error_leaves_the_parser(start: bytes, parts: list[bytes]) -> None:
    try:
        response, body = read(start, *parts)
    except MalformedResponseError:
        return
    assert 200 <= response.status <= 999
    sent = len(start) + sum(map(len, parts))
    assert len(body) <= response.taken <= sent
    parse_retry_after(response.headers.get("retry-after"))


@pytest.mark.parametrize(
    "unit",
    [b"1\r\nx\r\n", b"1;" + b"e" * 200 + b"\r\nx\r\n", b"fffffff\r\n" + b"x" * 9_000],
    ids=["small", "long", "huge"],
)
def test_one_read_takes_a_bounded_number_of_bytes(unit: bytes) -> None:
    """A reader that stops between two reads has taken little more than it was given, whatever the framing."""
    response = HttpResponse(connection(OK + b"transfer-encoding: chunked\r\n\r\n", *[unit] * 1_000))
    for _ in range(1_000):
        before = response.taken
        response.read(500)
        assert response.taken - before <= 500 + CHUNK_LINE_BYTES_MAX + HEAD_BYTES_MAX


DATE_PARTS = st.sampled_from(["Thu", "1", "31", "0", "9999", "-9999", "+2359"])
DATES = st.tuples(*[DATE_PARTS] * 5).map(lambda parts: "{}, {} Jan {} {}:00:00 {}".format(*parts))


@HOUSE
@given(st.text(max_size=40) | st.text(alphabet="0123456789²٣-+:, GMTadeghilnoprtuvwyFJMSTW", max_size=40) | DATES)
def test_any_retry_after_is_a_number_of_seconds(value: str) -> None:
    assert parse_retry_after(value) >= 0


@pytest.mark.parametrize(
    "value", ["²", "٣", "-5", "1e9", "9" * 5_000, "Mon, 01 Jan 0001 00:00:00 +2359", "  ", "inf", "nan"]
)
def test_a_retry_after_that_means_nothing(value: str) -> None:
    assert parse_retry_after(value) == 0
