"""Measures what each reading command of `hospup-video` costs in a small ledger and in one of 100,000 jobs.

`python -m benchmarks.ledger_size [--jobs N] [--write]` deploys the stack into two embedded AWSs, fills their ledgers
(`full_ledger.py`), and runs every command as its user does, through a proxy that counts what DynamoDB is asked and
answers. `--write` writes the table into docs/design/ledger-size.md.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.full_ledger import fill
from benchmarks.sections import write_section
from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.process import REPOSITORY
from embedded.proxy import FaultProxy

PAGE = REPOSITORY / "docs" / "design" / "ledger-size.md"
ENVIRONMENT = "staging"
SMALL = 1_000
RUNS = 3
"""Runs of each command, of which the median counts."""

PAGED = "jobs --property 1 --status complete --limit 1000"
"""The list that is paged through to its end."""
COMMANDS = (
    "jobs",
    "jobs --failed",
    "jobs --status complete",
    "jobs --status rendering --status queued",
    "jobs --property 1",
    "jobs --property 150",
    "jobs --video video-of-job-0000300",
    "jobs --webhook refused",
    "jobs --webhook delivered",
    "jobs --code MEDIA_MISSING",
    "jobs --code MEDIA_MISSING --property 150",
    "jobs --failed --property 1 --since 7d",
    "jobs --status complete --webhook refused --property 1",
    "jobs --since 1h",
    "jobs --after job-0000500",
    "jobs --limit 1000",
    "status running-0000000",
    "status job-0000500",
    "queue",
    "workers",
    "alarms",
    "doctor",
    "usage --by property --since 30d",
    "usage --by day --since 30d",
    "usage --by property-day --since 30d",
    "usage --by day --property 7 --since 90d",
    "trace --since 1d",
    "webhook resend --failed --since 7d --dry-run",
    "webhook resend --webhook refused --since 7d --dry-run",
    "rerun --failed --code MEDIA_MISSING --since 7d --dry-run",
    "cancel --property 1 --since 1h --dry-run",
)


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds, requests to DynamoDB, and items in its answers; and the lines that it printed."""

    seconds: float
    requests: int
    items: int
    lines: int


class Counter(FaultProxy):
    """A proxy that counts the items that DynamoDB answers with, and refuses a scan."""

    items = 0

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """Ask AWS, and count the items in its answer."""
        status, answered, content = super().forward(method, path, headers, body)
        if "DynamoDB" in headers.get("X-Amz-Target", ""):
            self.items += items_in(json.loads(content))
        return status, answered, content

    def measure(self, run: Callable[[], int]) -> Cost:
        """What `run` costs, which returns the lines that it printed."""
        self.calls.clear()
        self.items = 0
        began = time.monotonic()
        lines = run()
        seconds = time.monotonic() - began
        operations = [call.operation for call in self.calls if call.service == "dynamodb"]
        if "Scan" in operations:
            raise SystemExit("a command scanned the table")
        return Cost(seconds, len(operations), self.items, lines)


def items_in(answer: Mapping[str, Any]) -> int:
    """The items in an answer of DynamoDB to GetItem, Query or BatchGetItem."""
    return ("Item" in answer) + len(answer.get("Items", ())) + sum(map(len, answer.get("Responses", {}).values()))


class Operator:
    """An operator at a shell; `environment` has its variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def printed(self, arguments: str) -> list[str]:
        """The lines that `hospup-video ARGUMENTS` prints."""
        command = [sys.executable, "-m", "ops", *arguments.split(), "-e", ENVIRONMENT]
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 1}:
            raise SystemExit(f"{arguments}: {done.stderr}")
        return done.stdout.splitlines()

    def page_through(self, arguments: str) -> int:
        """Read a list to its end, page by page. Returns the number of jobs."""
        jobs, last = 0, None
        while True:
            page = json.loads("".join(self.printed(f"{arguments} --json{f' --after {last}' if last else ''}")))
            jobs, last = jobs + len(page["jobs"]), page["next"]
            if last is None:
                return jobs

    def watch_once(self) -> int:
        """Look at `jobs --watch` on a terminal until its first table is there. Returns the rows of the terminal."""
        master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, 100))
        command = [sys.executable, "-m", "ops", "jobs", "--watch", "-e", ENVIRONMENT]
        with subprocess.Popen(command, cwd=REPOSITORY, env=self._environment, stdin=slave, stdout=slave) as process:
            os.close(slave)
            seen = b""
            while b"Ctrl-C" not in seen:
                seen += os.read(master, 65_536)
            process.terminate()
        os.close(master)
        return 24


def measure(jobs: int) -> dict[str, Cost]:
    """What each command costs in a ledger of so many jobs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-")))
        aws = stack.enter_context(EmbeddedAws(log=folder / "aws.log"))
        deployment = Deployment(aws, folder / "deployment", ENVIRONMENT)
        deployment.create_state_bucket()
        table = deployment.deploy()["jobs_table"]
        began = time.monotonic()
        fill(aws.client("dynamodb"), table, jobs)
        print(f"{jobs} jobs were entered in {time.monotonic() - began:.0f} s", file=sys.stderr)
        counter = stack.enter_context(Counter(aws.endpoint))
        operator = Operator(deployment.environment() | {"AWS_ENDPOINT_URL": counter.endpoint})
        runs: dict[str, Callable[[], int]] = {
            **{arguments: partial(lambda name: len(operator.printed(name)), arguments) for arguments in COMMANDS},
            f"{PAGED}, to the end": lambda: operator.page_through(PAGED),
            "jobs --watch, once": operator.watch_once,
        }
        operator.printed("jobs")  # the first query sorts the indexes
        return {name: median(counter, run) for name, run in runs.items()}


def median(counter: Counter, run: Callable[[], int]) -> Cost:
    """The run of median length among a few."""
    return sorted((counter.measure(run) for _ in range(RUNS)), key=lambda cost: cost.seconds)[RUNS // 2]


def table(few: Mapping[str, Cost], many: Mapping[str, Cost], jobs: int) -> str:
    """A line per command: both ledgers, and how many times more the large one costs."""
    lines = [
        f"| command | {SMALL:,} jobs: lines | requests | items | s | {jobs:,} jobs: lines | requests | items | s "
        "| times the requests | times the seconds |\n",
        "|---|---|---|---|---|---|---|---|---|---|---|\n",
    ]
    for name, one in few.items():
        other = many[name]
        figures = [f"{cost.lines:,} | {cost.requests:,} | {cost.items:,} | {cost.seconds:.2f}" for cost in (one, other)]
        requests = f"{other.requests / one.requests:.1f}" if one.requests else "none"
        ratios = f"{requests} | {other.seconds / one.seconds:.1f}"
        lines.append(f"| `{name}` | {figures[0]} | {figures[1]} | {ratios} |\n")
    return "".join(lines)


def main() -> None:
    """Measure both ledgers, and print or write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_size", description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="in the large ledger (default %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(REPOSITORY)}")
    options = parser.parse_args()
    today, load = datetime.datetime.now(datetime.UTC).date(), os.getloadavg()[0]
    machine = f"{os.cpu_count()} CPUs ({platform.machine()})"
    about = f"{today}, {machine}, medians of {RUNS}, load {load:.1f} before the first run.\n\n"
    report = about + table(measure(SMALL), measure(options.jobs), options.jobs)
    print(report, end="")
    if options.write:
        write_section(PAGE, "bench-ledger", report)


if __name__ == "__main__":
    main()
