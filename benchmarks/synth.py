"""`make bench-synth`: measures the time and memory that lazy bindings save, in turn with the stock import.

Each synthesis of production is a separate process; the stock import differs by one statement, which loads the
bindings' own package first, as `from cdktf_cdktf_provider_aws import ...` does. Node's memory isn't measured: it is the
same in both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import json, resource, sys, time
began = time.perf_counter()
{stock}
import main
from pathlib import Path
from modules.config.loader import load
main.synthesise(load(main.ROOT / "environments", "prod"), Path(sys.argv[1]))
seconds = time.perf_counter() - began
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, kilobytes / 1024]))
"""
STOCK = "import " + "cdktf_cdktf" + "_provider_aws"
KINDS = {"lazy": "", "stock": STOCK}


def main() -> int:
    """Measure and print. Exit code 1 where lazy bindings save less than they should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind, after one to warm up (default 3)")
    options = parser.parse_args()
    measured: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for run in range(options.runs + 1):
        for kind, statement in KINDS.items():
            result = synthesise(statement)
            if run:
                measured[kind].append(result)
    seconds, megabytes = (
        {kind: statistics.median(result[index] for result in results) for kind, results in measured.items()}
        for index in range(2)
    )
    print(f"{'':8}{'seconds':>10}{'MB of Python':>16}   (medians of {options.runs}, warm)")
    for kind in KINDS:
        print(f"{kind:8}{seconds[kind]:10.2f}{megabytes[kind]:16.0f}")
    faster, smaller = seconds["stock"] / seconds["lazy"], megabytes["stock"] / megabytes["lazy"]
    print(f"lazy is {faster:.1f} times faster, and takes a {smaller:.0f}th of the memory")
    return 0 if faster >= 4 and smaller >= 5 else 1


def synthesise(statement: str) -> tuple[float, float]:
    """Seconds and megabytes of one synthesis."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PROGRAM.format(stock=statement), folder]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    return seconds, megabytes


if __name__ == "__main__":
    sys.exit(main())
