"""`python -m tools.dashboard --logs DIR -o dashboard.png`: paint the dashboard from the logs of workers."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from ops.stack.synthesis import read_stack, synthesise
from tools.dashboard.datapoints import read
from tools.dashboard.preview import body_of, paint


def main() -> int:
    """Synthesise ENV, read the logs, paint. Returns 0, or 2 where the logs hold nothing."""
    parser = argparse.ArgumentParser(prog="python -m tools.dashboard", description=__doc__)
    parser.add_argument("--logs", type=Path, required=True, help="folder of worker-*.log, one a worker")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG")
    parser.add_argument("--period", type=float, default=15.0, help="seconds a point; CloudWatch's is 60 (default 15)")
    parser.add_argument("--dpi", type=int, default=110, help="size of the picture (default %(default)s)")
    options = parser.parse_args()
    points = read(sorted(options.logs.glob("worker-*.log")))
    with tempfile.TemporaryDirectory() as folder:
        stack = read_stack(synthesise(os.environ.get("ENV", "dev"), Path(folder)))
    body = body_of(stack, {name: variable["default"] for name, variable in stack["variable"].items()})
    try:
        paint(body, points, options.output, period=options.period, dpi=options.dpi)
    except ValueError as error:
        print(f"{options.logs}: {error}.", file=sys.stderr)
        return 2
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
