"""Parses one HTTP/1.1 response as it arrives: head, framing and body of what a stranger sends (RFC 9112).

Python's `http.client` trusts more than it may: a chunk of negative size is read to the end of the connection, a head
that is cut off counts as complete, 102 and 103 count as the final answer. Here every byte is counted and each part has
a limit, and whatever doesn't follow the grammar raises `MalformedResponseError`, nothing else.
"""

import re
from collections.abc import Callable, Mapping
from typing import Never

from worker.errors import MalformedResponseError

Receive = Callable[[int], bytes]
"""Receives at most that many bytes from the connection; b"" where the server has closed it."""

HEAD_BYTES_MAX = 16 * 1024
"""Most bytes of status lines, headers and trailers together, in bytes; informational responses (1xx) count too.
Node.js has the same limit: https://nodejs.org/api/cli.html#--max-http-header-sizesize"""

CHUNK_LINE_BYTES_MAX = 256
"""Longest line before a chunk, in bytes: 16 digits, and extensions, which nobody sends."""

_RECEIVE_BYTES = 16 * 1024

_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: .*)?", re.DOTALL)
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)


class HttpResponse:
    """The final response of a request: informational ones are skipped.

    Raises `MalformedResponseError`, and what `receive` raises, here and in `read`.

    Attributes:
        status: 200 to 999.
        headers: by lower-case name; repeated ones are joined by commas (RFC 9110, section 5.3).
        taken: bytes of the response taken off the connection so far, framing included.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._buffer = b""
        self._head_left = HEAD_BYTES_MAX
        self.taken = 0
        self.status = 100
        self.headers: Mapping[str, str] = {}
        while self.status < 200:
            self.status = self._read_status()
            self.headers = self._read_fields()
        self._is_chunked = False
        self._left: int | None = 0
        """Bytes of the body, or of its chunk, to come; None: it ends with the connection."""
        self._is_complete = False
        self._frame()

    def read(self, size: int) -> bytes:
        """Some of the body, at most `size` bytes; b"" only at its end."""
        if self._is_complete:
            return b""
        if self._is_chunked and self._left == 0:
            self._next_chunk()
        if not self._is_complete and self._left != 0:
            return self._read_body(size)
        self._is_complete = True
        return b""

    def _read_status(self) -> int:
        match = _STATUS_LINE.fullmatch(self._head_line())
        if match is None or match[1] == b"101":  # no other protocol was asked for
            _refuse("it has no status line of HTTP/1.1")
        return int(match[1])

    def _read_fields(self) -> dict[str, str]:
        """The header or trailer fields, up to the empty line."""
        fields: dict[str, str] = {}
        name = ""
        while line := self._head_line().decode("latin-1"):
            if line[0] in " \t" and name:  # the continuation of the line before (RFC 9112, section 5.2)
                fields[name] += " " + line.strip(" \t")
                continue
            field, colon, value = line.partition(":")
            if not colon or not _FIELD_NAME.fullmatch(field):
                _refuse("a line of its head is no header")
            name = field.lower()
            value = value.strip(" \t")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return fields

    def _frame(self) -> None:
        """Decide how the body ends (RFC 9112, section 6.3)."""
        encoding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if self.status in {204, 304}:
            self._left = 0
        elif encoding is not None:
            if encoding.lower() != "chunked":
                _refuse("its transfer encoding is unknown")
            self._is_chunked = True
        elif length is not None:
            values = {value.strip(" \t") for value in length.split(",")}
            value = values.pop()
            if values or not _LENGTH.fullmatch(value):
                _refuse("its length is no number")
            self._left = int(value)
        else:
            self._left = None

    def _next_chunk(self) -> None:
        match = _CHUNK_SIZE.fullmatch(self._line(CHUNK_LINE_BYTES_MAX))
        if match is None:
            _refuse("a chunk has no size")
        self._left = int(match[1], 16)
        if self._left == 0:
            self._read_fields()
            self._is_complete = True

    def _read_body(self, size: int) -> bytes:
        if not self._buffer:
            self._buffer = self._receive(_RECEIVE_BYTES)
        if not self._buffer:
            if self._left is None:
                self._is_complete = True
                return b""
            _refuse("it was cut off")
        piece = self._take(min(size, len(self._buffer) if self._left is None else self._left))
        if self._left is not None:
            self._left -= len(piece)
            if self._is_chunked and self._left == 0 and self._line(2):
                _refuse("a chunk is longer than its size")
        return piece

    def _head_line(self) -> bytes:
        before = self.taken
        line = self._line(self._head_left)
        self._head_left -= self.taken - before
        return line

    def _line(self, longest: int) -> bytes:
        """The next line, without its end, of at most `longest` bytes with it."""
        while (end := self._buffer.find(b"\n", 0, longest)) < 0:
            if len(self._buffer) >= longest:
                _refuse("its head, or a line of it, is too long")
            more = self._receive(_RECEIVE_BYTES)
            if not more:
                _refuse("it was cut off")
            self._buffer += more
        line = self._take(end + 1)[:-1]
        return line.removesuffix(b"\r")

    def _take(self, size: int) -> bytes:
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        self.taken += len(taken)
        return taken


def _refuse(reason: str) -> Never:
    raise MalformedResponseError(f"the answer can't be used: {reason}")
