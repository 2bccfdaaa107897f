"""Draws the plots of the README and of docs/design/scale.md, from production's stack.

python -m benchmarks.plots    writes docs/images/scale-*.png (make plots)
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from ops.commands._simulation import JOBS_PER_DAY
from ops.simulation.other_policies import aws_cdk, copilot, fixed, old_stack
from ops.simulation.plots import against_cost, over_time, save, times_to_video
from ops.simulation.rivals import rivals
from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import summarise
from ops.simulation.traces import draw
from ops.stack.synthesis import synthesise

IMAGES = Path(__file__).parents[1] / "docs" / "images"
POOLS = (0, 10, 15, 20, 25, 30, 40, 50)
HOURS, SEED = 24.0, 1


def main() -> None:
    """Draw the plots, and print their paths."""
    with tempfile.TemporaryDirectory() as folder:
        path = synthesise("prod", Path(folder))
        stack, helped = Stack(path), Stack(path, helpers=True)
    ours = stack.model()
    pools = {f"{pool}": stack.model({"warm_pool_size": pool}) for pool in POOLS}
    trace = draw("day", hours=HOURS, jobs=JOBS_PER_DAY, seed=SEED)
    today = run_simulation(ours, trace, hours=HOURS, seed=SEED)
    front = {label: summarise(run_simulation(one, trace, hours=HOURS, seed=SEED)) for label, one in pools.items()}
    policies = [old_stack(ours), aws_cdk(ours), copilot(ours), fixed(ours, 20), fixed(ours, 30)]
    others = [summarise(run_simulation(policy, trace, hours=HOURS, seed=SEED)) for policy in policies]
    old = run_simulation(replace(policies[0], name="old stack"), trace, hours=HOURS, seed=SEED)
    fleets = [(replace(helped.model(), name="with helpers"), trace), *rivals(helped, {}, trace)]
    runs = {model.name: run_simulation(model, jobs, hours=HOURS, seed=SEED) for model, jobs in fleets}
    written = [
        *save(over_time(today, "A day, this policy"), IMAGES / "scale-day.png"),
        *save(over_time(old, "The same day, the old stack's"), IMAGES / "scale-day-old.png"),
        *save(times_to_video(runs, "The same day"), IMAGES / "scale-video.png"),
        *save(against_cost(front, summarise(today), others, "The same day"), IMAGES / "scale-cost.png"),
    ]
    for path in written:
        if path.suffix == ".svg":  # no page shows it
            path.unlink()
            continue
        print(path.relative_to(IMAGES.parents[1]))


if __name__ == "__main__":
    main()
