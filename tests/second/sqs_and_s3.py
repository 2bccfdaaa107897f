"""LocalStack's SQS and S3, and nothing else of it, on a free port of 127.0.0.1. Run by the Python of `.build/second`.

Only its gateway and two providers are started: no runtime, no plug-ins, no events to anyone, and no moto, which neither
provider uses. The process ends when its standard input closes.
"""

import os
import sys
import threading

from localstack.aws.app import LocalstackAwsGateway
from localstack.services.plugins import Service, ServiceManager
from localstack.services.s3.provider import S3Provider
from localstack.services.sqs.provider import SqsProvider
from rolo.gateway.wsgi import WsgiGateway
from werkzeug.serving import ThreadedWSGIServer


def main() -> None:
    """Serve until standard input closes."""
    services = ServiceManager()
    for provider in (S3Provider(), SqsProvider()):
        services.add_service(Service.for_provider(provider))
    server = ThreadedWSGIServer("127.0.0.1", 0, WsgiGateway(LocalstackAwsGateway(services)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Ready at http://127.0.0.1:{server.server_port}", flush=True)
    while os.read(sys.stdin.fileno(), 1024):
        pass


if __name__ == "__main__":
    main()
