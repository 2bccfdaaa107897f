"""One HTTP request to a destination that has been judged: to that very address, with an end in time, no redirects."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from functools import cache

from worker.guard import Destination

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 15.0
"""Between two bytes of an answer."""


class OverdueError(OSError):
    """The exchange took longer than it was given, all its bytes together (a receiver that drips them, for one)."""


@contextlib.contextmanager
def exchange(
    destination: Destination,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    seconds: float,
) -> Iterator[http.client.HTTPResponse]:
    """Send a request, and give the answer to read from; `seconds` is for all of it, what is read inside included.

    Raises OSError and http.client.HTTPException where it fails, `OverdueError` among them.
    """
    connection = _Pinned(destination)
    overdue = threading.Event()

    def break_off() -> None:
        overdue.set()
        connection.break_off()

    timer = threading.Timer(seconds, break_off)
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, destination.target, body, {"host": destination.authority, **headers})
        response = connection.getresponse()
        if overdue.is_set():  # what had come of the answer looked whole
            raise OverdueError
        yield response
        if overdue.is_set():
            raise OverdueError
    except (OSError, http.client.HTTPException) as error:
        if overdue.is_set():
            raise OverdueError(f"it was not done within {seconds:g} s") from error
        raise
    finally:
        timer.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection that resolves nothing: it goes to the destination's addresses, the first that answers."""

    def __init__(self, destination: Destination) -> None:
        super().__init__(destination.host, destination.port, timeout=SILENCE_SECONDS)
        self._destination = destination
        self._broken_off = False

    def connect(self) -> None:
        last: OSError = OSError("there is no address to connect to")
        for address in self._destination.addresses:
            try:
                self.sock = socket.create_connection((address, self._destination.port), CONNECT_SECONDS)
                break
            except OSError as error:
                last = error
        else:
            raise last
        if self._destination.scheme == "https":
            # The certificate must be the host's, whatever address it answers at.
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self._destination.host)
        self.sock.settimeout(SILENCE_SECONDS)
        if self._broken_off:
            raise OSError("broken off")

    def break_off(self) -> None:
        """Wake whoever waits for this connection, from another thread."""
        self._broken_off = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    """The system's certificate authorities, TLS 1.2 at least; loaded once."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
