"""What small HTTP servers of this process have in common: they serve on a thread while a block runs."""

import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from embedded.process import LOOPBACK


class Serving:
    """A context manager: inside, `_server`, which a subclass makes on a port of 127.0.0.1, answers."""

    _server: ThreadingHTTPServer

    @property
    def origin(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
