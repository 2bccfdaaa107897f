"""`python -m tools.dashboard --logs DIR -o dashboard.png`: paint the dashboard from the logs of workers."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.dashboard.datapoints import read
from tools.dashboard.preview import body_of, paint

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Synthesise ENV, read the logs, paint. Returns 0, or 2 where the logs hold nothing."""
    parser = argparse.ArgumentParser(prog="python -m tools.dashboard", description=__doc__)
    parser.add_argument("--logs", type=Path, required=True, help="folder of worker-*.log, one a worker")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG")
    parser.add_argument("--period", type=float, default=15.0, help="seconds a point; CloudWatch's is 60 (default 15)")
    parser.add_argument("--dpi", type=int, default=110, help="size of the picture (default %(default)s)")
    options = parser.parse_args()
    points = read(sorted(options.logs.glob("worker-*.log")))
    environment = os.environ.get("ENV", "dev")
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "ENV": environment, "CDKTF_OUTDIR": folder}
        subprocess.run([sys.executable, str(ROOT / "main.py")], env=variables, check=True)
        stack = Path(folder) / "stacks" / f"hospup-video-{environment}" / "cdk.tf.json"
        declared = json.loads(stack.read_text(encoding="utf-8"))["variable"]
        body = body_of(stack, {name: variable["default"] for name, variable in declared.items()})
    try:
        paint(body, points, options.output, period=options.period, dpi=options.dpi)
    except ValueError as error:
        print(f"{options.logs}: {error}.", file=sys.stderr)
        return 2
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
