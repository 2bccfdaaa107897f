"""Measures the simulator's speed: a day of 100,000 jobs against production's stack, on one core.

python -m benchmarks.simulate    prints seconds of CPU without and with helpers, medians of three
"""

import statistics
import tempfile
import time
from pathlib import Path

from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import read_model
from ops.simulation.traces import draw
from ops.stack.synthesis import synthesise

JOBS = 100_000
# Enough workers to finish all jobs: a queue that only grows would be faster to simulate.
VARIABLES = {"warm_pool_size": 40, "max_workers": 200}


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        model = read_model(synthesise("prod", Path(folder)), VARIABLES)
    trace = draw("day", hours=24, jobs=JOBS, seed=1)
    for helpers in (False, True):
        seconds = []
        for _ in range(3):
            begin = time.process_time()
            result = run_simulation(model.with_helpers(helpers), trace, hours=24)
            seconds.append(time.process_time() - begin)
        print(
            f"{len(trace)} jobs in 24 h {'with' if helpers else 'without'} helpers, "
            f"{result.counter.starts} workers and {result.counter.parts_rendered} parts: "
            f"{statistics.median(seconds):.1f} s of CPU (of {', '.join(f'{one:.1f}' for one in sorted(seconds))})"
        )


if __name__ == "__main__":
    main()
