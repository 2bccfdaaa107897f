"""Sends one HTTP request to an already resolved address (pinned), with one deadline and without redirects."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from worker.errors import CancelledError, RequestTimeoutError
from worker.net.allow_list import Destination
from worker.net.http_response import HttpResponse

CONNECT_SECONDS = 5.0
"""Longest wait for one address to answer, and for the TLS handshake, in seconds."""

READ_SECONDS = 15.0
"""Longest wait for the next bytes of a response, in seconds."""


@contextlib.contextmanager
def pinned_request(
    destination: Destination,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    seconds: float,
    may_send: Callable[[], bool] = lambda: True,
) -> Iterator[HttpResponse]:
    """Send a request, and yield the response to read from.

    `seconds` is the total time-out: connecting to every address, the request, the response, and its reading inside the
    context. `may_send` decides once the connection is there. Raises `CancelledError` where it returns False,
    `RequestTimeoutError`, `MalformedResponseError` and other OSErrors.
    """
    deadline = _Deadline(seconds)
    connection = http.client.HTTPConnection(destination.host, destination.port)
    connection.sock = stream = _connect(destination, deadline)

    def receive(size: int) -> bytes:
        stream.settimeout(deadline.limit(READ_SECONDS))
        return stream.recv(size)

    try:
        if not may_send():
            raise CancelledError
        stream.settimeout(deadline.limit(READ_SECONDS))
        connection.request(method, destination.target, body, {"host": destination.authority, **headers})
        yield HttpResponse(receive)
    except TimeoutError as error:
        deadline.check(error)
        raise
    finally:
        connection.close()


class _Deadline:
    """The end of one request, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def limit(self, seconds: float) -> float:
        """Seconds that one step may take: at most `seconds`. Raises `RequestTimeoutError` where none are left."""
        self.check()
        return min(seconds, max(self._end - time.monotonic(), 0.001))

    def check(self, cause: Exception | None = None) -> None:
        """Raise `RequestTimeoutError` if the deadline has passed."""
        if time.monotonic() >= self._end:
            raise RequestTimeoutError(f"it was not done within {self._seconds:g} s") from cause


def _connect(destination: Destination, deadline: _Deadline) -> socket.socket:
    """A connection to the first of the destination's addresses that answers; no name is resolved."""
    last: OSError = OSError("there is no address to connect to")
    for address in destination.addresses:
        try:
            stream = socket.create_connection((address, destination.port), deadline.limit(CONNECT_SECONDS))
        except RequestTimeoutError:
            raise
        except OSError as error:
            last = error
        else:
            return _encrypt(stream, destination, deadline) if destination.scheme == "https" else stream
    deadline.check(last)
    raise last


def _encrypt(stream: socket.socket, destination: Destination, deadline: _Deadline) -> socket.socket:
    """TLS over a connection. The certificate must be valid for the host name, not for the address."""
    try:
        stream.settimeout(deadline.limit(CONNECT_SECONDS))  # of the whole handshake
        return _tls().wrap_socket(stream, server_hostname=destination.host)
    finally:
        stream.close()  # TLS has taken it over, or it failed


@cache
def _tls() -> ssl.SSLContext:
    """TLS 1.2 or later with the system's certificate authorities; loaded once."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
