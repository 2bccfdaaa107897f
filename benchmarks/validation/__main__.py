"""Runs a trace with real workers and compares it with its prediction (described in the package's docstring)."""

import argparse
import json
import random
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from benchmarks.sections import write_section
from benchmarks.validation.calibration import CalibrationError, Overheads, calibrate
from benchmarks.validation.comparison import TOLERANCE, compare, predict, table, timings_here
from benchmarks.validation.live_run import LiveRunError, run_live
from benchmarks.validation.testbed import ENVIRONMENT, MAX_WORKERS, deploy
from benchmarks.validation.workload import compressed_day
from embedded.deployment import DeploymentError
from embedded.process import REPOSITORY, StartError
from ops.simulation.stack_reader import read_model

PAGE = REPOSITORY / "docs" / "design" / "scale.md"


def main() -> int:
    """Run and compare. Returns 0 where the prediction holds, 1 where it doesn't, 2 where the run failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=30.0,
        help="how long the day is (default %(default)g); in less, chance weighs more",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the trace (default %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(REPOSITORY)}")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave logs and observed waits there")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    try:
        with ExitStack() as stack:
            folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="validation-")))
            folder.mkdir(parents=True, exist_ok=True)
            report, holds = run(stack, folder.resolve(), options.minutes, options.seed)
    except (DeploymentError, StartError, CalibrationError, LiveRunError) as error:
        print(error, file=sys.stderr)
        return 2
    print(report, end="")
    if options.write:
        write_section(PAGE, "bench-validation", report)
    if not holds:
        print(f"Mean or p95 differ by more than {TOLERANCE:.0%}.", file=sys.stderr)
    return 0 if holds else 1


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)  # runs every `finally`, which stops the workers


def run(stack: ExitStack, folder: Path, minutes: float, seed: int) -> tuple[str, bool]:
    """Returns the report, and whether the prediction holds."""
    print(f"deploying {ENVIRONMENT} into the embedded AWS", file=sys.stderr)
    testbed, stack_file = deploy(stack, folder)
    print("measuring what a job and a start cost", file=sys.stderr)
    overheads = calibrate(testbed)
    trace = compressed_day(minutes, seed)
    print(f"{describe(overheads)}; {len(trace)} jobs in {minutes:g} minutes", file=sys.stderr)
    rng = random.Random(f"driver {seed}")  # noqa: S311  no secret
    observation = run_live(testbed, trace, minutes * 60, timings_here(overheads), rng)
    (folder / "lived.json").write_text(
        json.dumps({"costs": asdict(overheads), "lived": asdict(observation)}), encoding="utf-8"
    )
    # The jobs' clips come from a host, not from S3, so real workers offer no parts of them either.
    model = read_model(stack_file, {"max_workers": MAX_WORKERS}).with_helpers(False)
    figures = compare(predict(model, trace, minutes * 60, overheads), observation)
    about = (
        f"{len(trace)} jobs in {minutes:g} minutes, seed {seed}; {model.minimum} to {model.maximum} workers. "
        f"Measured before and passed to the simulator: {describe(overheads)}.\n\n"
    )
    return about + table(figures), all(figure.holds for figure in figures)


def describe(overheads: Overheads) -> str:
    """The overheads in words."""
    return (
        f"a job costs {overheads.job:.2f} s beyond the wait for its clip, a worker's process starts in "
        f"{overheads.boot.median:.1f} s ({overheads.boots[0]:.1f} to {overheads.boots[-1]:.1f})"
    )


if __name__ == "__main__":
    sys.exit(main())
