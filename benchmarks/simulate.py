"""How fast the simulator is: a day of 100,000 jobs against production's stack, on one core.

python -m benchmarks.simulate    prints seconds of CPU, median of three
"""

import statistics
import tempfile
import time
from pathlib import Path

from ops.simulation.play import play
from ops.simulation.reading import read_stack
from ops.simulation.synthesis import synthesise
from ops.simulation.traces import draw

JOBS = 100_000
# Enough workers that all is done: a queue without end would be quicker to play.
VARIABLES = {"warm_pool_size": 40, "max_workers": 200}


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        setting = read_stack(synthesise("prod", Path(folder)), VARIABLES)
    trace = draw("day", hours=24, jobs=JOBS, seed=1)
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        played = play(setting, trace, hours=24)
        seconds.append(time.process_time() - begin)
    print(
        f"{len(trace)} jobs in 24 h, {played.ledger.starts} workers started: "
        f"{statistics.median(seconds):.1f} s of CPU (of {', '.join(f'{one:.1f}' for one in sorted(seconds))})"
    )


if __name__ == "__main__":
    main()
