"""Base class of the small HTTP servers that run on a thread of this process."""

import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from embedded.process import LOOPBACK


class Serving:
    """A context manager: inside, `_server` answers. A subclass creates it, bound to a port of 127.0.0.1."""

    _server: ThreadingHTTPServer

    @property
    def origin(self) -> str:
        """The server's URL, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
