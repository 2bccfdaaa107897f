"""Simulates the fleet at ten and a hundred times the load, for docs/design/scale.md.

python -m benchmarks.scale
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.scaling_policies import variant
from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import read_model
from ops.simulation.summary import summarise
from ops.simulation.traces import draw
from ops.stack.synthesis import synthesise

CASES = (
    # name, jobs, hours, shape, pool, maximum
    ("a day of 26,947", 26_947, 24.0, "day", 10, 50),
    ("ten times", 269_470, 24.0, "day", 60, 450),
    ("100,000 per hour, evenly", 200_000, 2.0, "poisson", 700, 1000),
    ("100,000 per hour, from a pool of 100", 200_000, 2.0, "poisson", 100, 1000),
    ("one of ten cells of it", 20_000, 2.0, "poisson", 70, 150),
)


def main() -> None:
    """Print one line per case."""
    with tempfile.TemporaryDirectory() as folder:
        production = read_model(synthesise("prod", Path(folder))).with_helpers(False)
    print("load | pool, maximum | p95 s | p99 s | longest s | mean workers | USD per hour | USD for 1,000 videos")
    for name, jobs, hours, shape, pool, most in CASES:
        model = variant(replace(production, minimum=pool, maximum=most), 1, 240, 5)
        done = summarise(run_simulation(model, draw(shape, hours=hours, jobs=jobs, seed=1), hours=hours))
        print(
            f"{name} | {pool}, {most} | {done.wait_p95:.1f} | {done.wait_p99:.1f} | {done.wait_max:.0f} "
            f"| {done.mean_workers:.0f} | {done.usd / hours:.2f} | {1000 * done.usd / done.jobs:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
