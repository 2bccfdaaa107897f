"""moto's server, bound to a port of 127.0.0.1, with its gaps filled and a log that names the operations."""

import os
import re
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from embedded import gaps
from embedded.process import LOOPBACK

_SCOPE = re.compile(r"Credential=[^/]*/\d+/[^/]*/([^/]+)/aws4_request")


def create(port: int) -> BaseWSGIServer:
    """A server that is bound to `port` (0: any free one) but not serving yet; its `server_port` is the bound port.

    Each request has its own thread, so that a long poll doesn't block other requests. Raises OSError, or ends the
    process with a message, if the port is taken.
    """
    gaps.fill()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(LOOPBACK, port, application, threaded=True, request_handler=RequestLog)
    os.environ["MOTO_PORT"] = str(server.server_port)  # read by moto's own callbacks
    return server


class RequestLog(MotoRequestHandler):
    """Logs one plain line per request, `DATE sqs ReceiveMessage POST / 200`. werkzeug's own line names no operation,
    and in half of AWS's services every request is `POST /`."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - werkzeug's signature
        """Writes the line for the request that was just answered with `code`."""
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        words = [scope[1] if scope else "-", operation, self.command or "-", self.path or "-", str(code)]
        line = f"{self.log_date_time_string()} {' '.join(filter(None, words))}\n"
        sys.stdout.write(line)  # one write, because many threads write here
        sys.stdout.flush()
