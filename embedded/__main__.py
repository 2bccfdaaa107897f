"""`python -m embedded`: run the embedded AWS in the foreground, until Ctrl-C or SIGTERM."""

import argparse

from embedded.credentials import ACCESS_KEY, REGION, SECRET_KEY
from embedded.process import LOOPBACK, TIED_FLAG, serve


def main() -> None:
    """Starts moto's server with its gaps filled and prints one line that says how to use it."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default 0: any free one)")
    parser.add_argument(TIED_FLAG, action="store_true", help="end when standard input closes")
    arguments = parser.parse_args()

    from embedded.server import create  # noqa: PLC0415 - moto takes seconds to import, and `--help` must be quick

    server = create(arguments.port)
    serve(
        server,
        f"- use it with: export AWS_ENDPOINT_URL=http://{LOOPBACK}:{server.server_port} "
        f"AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} "
        f"AWS_DEFAULT_REGION={REGION} AWS_REGION={REGION}; end it with Ctrl-C",
        tied_to_stdin=arguments.tied_to_stdin,
    )


if __name__ == "__main__":
    main()
