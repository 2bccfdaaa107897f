"""Live through a trace and compare it with its prediction: see the package's description."""

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

from benchmarks.validation.comparison import TOLERANCE, compare, predict, table, timings_here
from benchmarks.validation.living import LivingError, live
from benchmarks.validation.measuring import Costs, MeasuringError, measure
from benchmarks.validation.site import ENVIRONMENT, MAX_WORKERS, deploy
from benchmarks.validation.workload import compressed_day
from embedded.deployment import DeploymentError
from embedded.process import REPOSITORY, StartError
from ops.simulation.reading import read_stack

PAGE = REPOSITORY / "docs" / "scale.md"
BEGIN, END = "<!-- make bench-validation: begin -->\n", "<!-- make bench-validation: end -->\n"


def main() -> int:
    """Returns 0 where the prediction held, 1 where it didn't, 2 where the run is void."""
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
    except (DeploymentError, StartError, MeasuringError, LivingError) as error:
        print(error, file=sys.stderr)
        return 2
    print(report, end="")
    if options.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{report}{END}{rest.partition(END)[2]}", encoding="utf-8")
    if not holds:
        print(f"Mean or p95 differ by more than {TOLERANCE:.0%}.", file=sys.stderr)
    return 0 if holds else 1


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)  # by way of every `finally`: no worker is left behind


def run(stack: ExitStack, folder: Path, minutes: float, seed: int) -> tuple[str, bool]:
    """The report, and whether the prediction held."""
    print(f"deploying {ENVIRONMENT} into the embedded AWS", file=sys.stderr)
    site, stack_file = deploy(stack, folder)
    print("measuring what a job and a start cost", file=sys.stderr)
    costs = measure(site)
    trace = compressed_day(minutes, seed)
    print(f"{told(costs)}; {len(trace)} jobs in {minutes:g} minutes", file=sys.stderr)
    chance = random.Random(f"driver {seed}")  # noqa: S311  no secret
    lived = live(site, trace, minutes * 60, timings_here(costs), chance)
    (folder / "lived.json").write_text(json.dumps({"costs": asdict(costs), "lived": asdict(lived)}), encoding="utf-8")
    setting = read_stack(stack_file, {"max_workers": MAX_WORKERS})
    figures = compare(predict(setting, trace, minutes * 60, costs), lived)
    about = (
        f"{len(trace)} jobs in {minutes:g} minutes, seed {seed}; {setting.minimum} to {setting.maximum} workers. "
        f"Measured before and told to the simulator: {told(costs)}.\n\n"
    )
    return about + table(figures), all(figure.holds for figure in figures)


def told(costs: Costs) -> str:
    """The costs in words."""
    return (
        f"a job costs {costs.job:.2f} s beyond the wait for its clip, a worker's process starts in "
        f"{costs.boot.median:.1f} s ({costs.boots[0]:.1f} to {costs.boots[-1]:.1f})"
    )


if __name__ == "__main__":
    sys.exit(main())
