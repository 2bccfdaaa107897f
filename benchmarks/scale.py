"""The same fleet at ten and a hundred times the load: what docs/scale.md says of it.

python -m benchmarks.scale
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.policies import variant
from ops.simulation.play import play
from ops.simulation.reading import read_stack
from ops.simulation.summary import summarise
from ops.simulation.synthesis import synthesise
from ops.simulation.traces import draw

CASES = (
    # name, jobs, hours, shape, pool, maximum
    ("a day of 26,947", 26_947, 24.0, "day", 10, 50),
    ("ten times", 269_470, 24.0, "day", 60, 450),
    ("100,000 an hour, evenly", 200_000, 2.0, "poisson", 700, 1000),
    ("100,000 an hour, from a pool of 100", 200_000, 2.0, "poisson", 100, 1000),
    ("one of ten cells of it", 20_000, 2.0, "poisson", 70, 150),
)


def main() -> None:
    """Print a line a case."""
    with tempfile.TemporaryDirectory() as folder:
        production = read_stack(synthesise("prod", Path(folder)))
    print("load | pool, maximum | p95 s | p99 s | longest s | mean workers | USD an hour | USD for 1,000 videos")
    for name, jobs, hours, shape, pool, most in CASES:
        setting = variant(replace(production, minimum=pool, maximum=most), 1, 240, 5)
        done = summarise(play(setting, draw(shape, hours=hours, jobs=jobs, seed=1), hours=hours))
        print(
            f"{name} | {pool}, {most} | {done.wait_p95:.1f} | {done.wait_p99:.1f} | {done.wait_max:.0f} "
            f"| {done.mean_workers:.0f} | {done.usd / hours:.2f} | {1000 * done.usd / done.jobs:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
