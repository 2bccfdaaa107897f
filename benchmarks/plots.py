"""The pictures of the README and of docs/scale.md, from production's stack.

python -m benchmarks.plots    writes docs/images/scale-*.png and .svg (make plots)
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from ops.simulation.command import JOBS_A_DAY
from ops.simulation.peers import aws_cdk, copilot, fixed, old_stack
from ops.simulation.play import play
from ops.simulation.plots import against_cost, over_time, save
from ops.simulation.reading import read_stack
from ops.simulation.summary import summarise
from ops.simulation.synthesis import synthesise
from ops.simulation.traces import draw

IMAGES = Path(__file__).parents[1] / "docs" / "images"
POOLS = (0, 10, 15, 20, 25, 30, 40, 50)
HOURS, SEED = 24.0, 1


def main() -> None:
    """Draw, and say where."""
    with tempfile.TemporaryDirectory() as folder:
        stack = synthesise("prod", Path(folder))
        ours = read_stack(stack)
        pools = {f"{pool}": read_stack(stack, {"warm_pool_size": pool}) for pool in POOLS}
    trace = draw("day", hours=HOURS, jobs=JOBS_A_DAY, seed=SEED)
    today = play(ours, trace, hours=HOURS, seed=SEED)
    front = {label: summarise(play(one, trace, hours=HOURS, seed=SEED)) for label, one in pools.items()}
    peers = [old_stack(ours), aws_cdk(ours), copilot(ours), fixed(ours, 20), fixed(ours, 30)]
    others = [summarise(play(peer, trace, hours=HOURS, seed=SEED)) for peer in peers]
    old = play(replace(peers[0], name="old stack"), trace, hours=HOURS, seed=SEED)
    written = [
        *save(over_time(today, "A day, this policy"), IMAGES / "scale-day.png"),
        *save(over_time(old, "The same day, the old stack's"), IMAGES / "scale-day-old.png"),
        *save(against_cost(front, summarise(today), others, "The same day"), IMAGES / "scale-cost.png"),
    ]
    for path in written:
        print(path.relative_to(IMAGES.parents[1]))


if __name__ == "__main__":
    main()
