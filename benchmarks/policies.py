"""Production's scaling against others', and against itself with other settings: what docs/scale.md's tables come from.

python -m benchmarks.policies            the day, the choices, and how far the assumptions matter
python -m benchmarks.policies --search   many traces of all shapes: is anybody both cheaper and faster?
"""

import argparse
import math
import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from modules.staircase import rungs, staircase
from ops.simulation.model import Alarm, Setting, Step, StepPolicy
from ops.simulation.peers import fixed, peers_of
from ops.simulation.play import play
from ops.simulation.reading import read_stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.synthesis import synthesise
from ops.simulation.timings import LogNormal, Timings
from ops.simulation.traces import Trace, draw

JOBS = 26_947
SEEDS = (1, 2, 3, 4, 5)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", type=int, nargs="?", const=100, metavar="TRACES", help="so many traces (100)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = read_stack(synthesise("prod", Path(folder)))
    if options.search:
        search(ours, options.search)
    else:
        day(ours)


def day(ours: Setting) -> None:
    """A day of 26,947 jobs with a spike of half an hour; the worst of five seeds' p99, the means of all else."""
    traces = [draw("day", hours=24, jobs=JOBS, seed=seed) for seed in SEEDS]
    print("policy | p95 s | p99 s (worst seed) | longest s | killed | worker-hours | USD")
    compared = [ours, *peers_of(ours), *peers_of(ours, protected=True)[:3]]
    show((setting.name, runs(setting, traces)) for setting in compared)

    print("\nspare workers, seconds remembered, rungs above the pool")
    choices = [(0, 240, 5), (1, 60, 5), (1, 120, 5), (1, 240, 5), (1, 360, 5), (1, 600, 5), (2, 240, 5)]
    choices += [(1, 240, rung) for rung in (0, 2, 10)]
    show(
        (f"{spare}, {seconds}, {count}", runs(variant(ours, spare, seconds, count), traces))
        for spare, seconds, count in choices
    )

    print("\nwhat if")
    usual = Timings()
    slow = LogNormal(usual.provision.median * 2, usual.provision.p95 * 2)
    late = {**usual.publication, "HospupVideo": 30.0}
    for name, timings in (
        ("Fargate takes twice as long to find room", replace(usual, provision=slow)),
        ("the workers' metric is 30 s late, not 10", replace(usual, publication=late)),
        ("an idle worker takes 3 minutes to stop", replace(usual, stop=180.0)),
        ("Spot takes each worker back every 2 hours", replace(usual, spot_interruptions=0.5)),
    ):
        show([(name, runs(ours, traces, timings))])


def runs(setting: Setting, traces: Sequence[Trace], timings: Timings | None = None) -> list[Summary]:
    """Each trace with a seed of its own: when alarms are looked at is chance too."""
    played = (
        play(setting, trace, hours=24, seed=seed, timings=timings) for seed, trace in zip(SEEDS, traces, strict=True)
    )
    return [summarise(one) for one in played]


def show(rows: Iterable[tuple[str, list[Summary]]]) -> None:
    """A line a setting."""
    for name, played in rows:

        def mean(value: Callable[[Summary], float], played: list[Summary] = played) -> float:
            return sum(value(run) for run in played) / len(played)

        print(
            f"{name} | {mean(lambda run: run.wait_p95):.1f} "
            f"| {mean(lambda run: run.wait_p99):.1f} ({max(run.wait_p99 for run in played):.1f}) "
            f"| {max(run.wait_max for run in played):.0f} | {mean(lambda run: run.killed):.0f} "
            f"| {mean(lambda run: run.worker_hours):.0f} | {mean(lambda run: run.usd):.2f}",
            flush=True,
        )


def variant(ours: Setting, spare: int, seconds: float, count: int) -> Setting:
    """Our policy with other settings."""
    first = next(alarm for alarm in ours.alarms if alarm.name == "peak_jobs_0")
    stairs = staircase(ours.minimum, ours.maximum, spare)
    alarms: list[Alarm] = []
    policies: dict[str, StepPolicy] = {}
    for index in rungs(stairs, ours.minimum, ours.maximum, count):
        name, threshold = f"rung-{index}", stairs[index].jobs
        ends = [float(stair.jobs - threshold) for stair in stairs[index + 1 :]]
        steps = tuple(
            Step(stair.jobs - threshold, end, stair.workers)
            for stair, end in zip(stairs[index:], [*ends, None], strict=True)
        )
        policies[name] = StepPolicy(name, "ExactCapacity", steps, 60, "Maximum")
        alarms.append(replace(first, name=name, threshold=threshold, actions=(name,)))
    worker = replace(ours.worker, peak_seconds=seconds)
    return replace(ours, alarms=tuple(alarms), step_policies=policies, worker=worker)


def search(ours: Setting, count: int) -> None:
    """Print each trace on which somebody is cheaper and no slower, and faster at p95 or p99."""
    chance = random.Random(5)  # noqa: S311  no secret
    worse = 0
    for number in range(count):
        name, hours, trace = any_trace(chance)
        pool = chance.choice([2, 10])
        stack = replace(variant(ours, 1, 240, 5), minimum=pool)
        one = summarise(play(stack, trace, hours=hours))
        others = [
            *peers_of(stack),
            *peers_of(stack, protected=True)[:3],
            *(fixed(stack, size) for size in (15, 20, 30)),
        ]
        found = [summarise(play(other, trace, hours=hours)) for other in others]
        better = [theirs for theirs in found if dominates(theirs, one)]
        for theirs in better:
            print(f"{number}: {name}, pool {pool}: {theirs.policy} {told(theirs)}, ours {told(one)}", flush=True)
        worse += bool(better)
    print(f"{count} traces: on {worse} somebody is both cheaper and faster.")


def dominates(theirs: Summary, ours: Summary) -> bool:
    """Cheaper by half a percent or more, faster by a twentieth of a second at p95 or p99, and slower at neither."""
    faster = theirs.wait_p95 < ours.wait_p95 - 0.05 or theirs.wait_p99 < ours.wait_p99 - 0.05
    slower = theirs.wait_p95 > ours.wait_p95 + 0.05 or theirs.wait_p99 > ours.wait_p99 + 0.05
    return theirs.worker_hours < ours.worker_hours * 0.995 and faster and not slower


def told(one: Summary) -> str:
    """A summary in short."""
    return f"p95 {one.wait_p95:.1f} s, p99 {one.wait_p99:.1f} s, {one.worker_hours:.1f} worker-hours"


def any_trace(chance: random.Random) -> tuple[str, float, Trace]:
    """A trace of any shape: even, with a burst, a day, on and off, rising, in batches."""
    shape = chance.choice(["poisson", "burst", "day", "on and off", "rising", "batches"])
    hours = chance.choice([2.0, 6.0, 24.0])
    median, spread = chance.choice([8.0, 22.0, 22.0, 40.0, 90.0]), chance.choice([0.2, 0.4, 0.8])
    load = chance.choice([0.5, 3.0, 7.0, 12.0, 20.0, 35.0])
    jobs = max(int(load * hours * 3600 / median), 20)
    end = hours * 3600
    if shape in {"poisson", "burst", "day"}:
        arrivals = [arrival for arrival, _ in draw(shape, hours=hours, jobs=jobs, seed=chance.randrange(10**6))]
    elif shape == "on and off":
        length = chance.choice([300, 900, 3600])
        arrivals = [at for at in (chance.uniform(0, end) for _ in range(2 * jobs)) if (at // length) % 2]
    elif shape == "rising":
        arrivals = [end * math.sqrt(chance.random()) for _ in range(jobs)]
    else:
        size = chance.choice([5, 20, 60])
        begins = [chance.uniform(0, end) for _ in range(max(jobs // size, 1))]
        arrivals = [begin + chance.uniform(0, 5) for begin in begins for _ in range(size)]
    name = f"{shape}, {hours:g} h, load {load:g}, renders of {median:g} s"
    return name, hours, [(at, chance.lognormvariate(math.log(median), spread)) for at in sorted(arrivals)]


if __name__ == "__main__":
    main()
