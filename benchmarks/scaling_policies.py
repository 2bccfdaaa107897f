"""Compares production's scaling with other policies, and with its own variants: the tables of docs/design/scale.md.

Without helpers, so that policies alone are compared.

python -m benchmarks.scaling_policies            the day, the choices, and how far the assumptions matter
python -m benchmarks.scaling_policies --metrics  partial data, and the alarm that starts an empty fleet
python -m benchmarks.scaling_policies --search   many traces of all shapes: is any policy both cheaper and faster?
"""

import argparse
import math
import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from modules.compute.scaling_steps import alarm_steps, scaling_steps
from ops.simulation.model import Alarm, MetricQuery, MetricStat, StackModel, StepAdjustment, StepPolicy
from ops.simulation.other_policies import fixed, other_policies_for
from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.timings import LogNormal, Timings
from ops.simulation.traces import Trace, draw
from ops.stack.synthesis import synthesise

JOBS = 26_947
SEEDS = (1, 2, 3, 4, 5)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", type=int, nargs="?", const=100, metavar="TRACES", help="number of traces (100)")
    parser.add_argument("--metrics", action="store_true", help="partial data, and the alarm on waiting jobs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(synthesise("prod", Path(folder)), helpers=False)
        ours = stack.model()
        empty = stack.model({"warm_pool_size": 0, "on_demand_workers": 0})
    if options.search:
        search(ours, options.search)
    elif options.metrics:
        partial_data(ours)
        print()
        waiting_jobs(ours, empty)
    else:
        day(ours)


def day(ours: StackModel) -> None:
    """Print a day of 26,947 jobs with a spike of half an hour: the worst p99 of five seeds, means of all else."""
    traces = [draw("day", hours=24, jobs=JOBS, seed=seed) for seed in SEEDS]
    print("policy | p95 s | p99 s (worst seed) | longest s | killed | worker-hours | USD")
    compared = [ours, *other_policies_for(ours), *other_policies_for(ours, protected=True)[:3]]
    show((model.name, runs(model, traces)) for model in compared)

    print("\nspare workers, seconds remembered, alarms above the pool")
    choices = [(0, 240, 5), (1, 60, 5), (1, 120, 5), (1, 240, 5), (1, 360, 5), (1, 600, 5), (2, 240, 5)]
    choices += [(1, 240, alarms) for alarms in (0, 2, 10)]
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


PERIODS = ((10, 1), (10, 3), (30, 1))


def partial_data(ours: StackModel) -> None:
    """Print how often the fleet changes if alarms see the lines of some workers only: starts and p99, mean of seeds."""
    traces = [draw("day", hours=24, jobs=JOBS, seed=seed) for seed in SEEDS[:3]]
    print("period, s x periods | log batches of 0 s: starts, p99 s | of 5 s | of 15 s")
    for period, count in PERIODS:
        model = replace(ours, alarms=tuple(with_period(alarm, period, count) for alarm in ours.alarms))
        found = [runs(model, traces, replace(Timings(), log_batch=seconds)) for seconds in (0.0, 5.0, 15.0)]
        columns = [f"{mean_of(one, 'starts'):.0f}, {mean_of(one, 'wait_p99'):.1f}" for one in found]
        print(f"{period} x {count} | " + " | ".join(columns), flush=True)


def with_period(alarm: Alarm, period: int, count: int) -> Alarm:
    """An alarm on PeakJobs with another period, that rings if one of the last `count` datapoints breaches."""
    if not alarm.name.startswith("peak_jobs"):
        return alarm
    query = replace(alarm.query, period=period)
    return replace(alarm, query=query, evaluation_periods=count, datapoints_to_alarm=1)


def waiting_jobs(ours: StackModel, empty: StackModel) -> None:
    """Print candidates for the alarm that starts an empty fleet, and what each does to a healthy one."""
    print("alarm | from 0: median s, longest s | a day: workers added, starts | without PeakJobs: p95 s, p99 s")
    day_trace = draw("day", hours=24, jobs=JOBS, seed=1)
    visible, age = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
    candidates = [(f"jobs wait, {minutes} min", visible, 1.0, minutes) for minutes in (1, 2, 3)]
    candidates += [(f"oldest job {seconds:g} s", age, seconds, 1) for seconds in (60.0, 120.0)]
    for name, metric, threshold, minutes in candidates:
        alarm = sqs_alarm(metric, threshold, minutes)
        others = tuple(one for one in ours.alarms if one.name != alarm.name)
        from_zero = replace(empty, alarms=(*others, alarm))
        waits = sorted(
            run_simulation(from_zero, [(1800 + 7.3 * seed, 20.0)], hours=1, seed=seed).jobs[0].waited
            for seed in range(40)
        )
        healthy = run_simulation(replace(ours, alarms=(*others, alarm)), day_trace, hours=24)
        unheard = summarise(run_simulation(replace(ours, alarms=(alarm,)), day_trace, hours=24))
        print(
            f"{name} | {waits[len(waits) // 2]:.0f}, {waits[-1]:.0f} "
            f"| {healthy.counter.added_by.get('unheard', 0)}, {healthy.counter.starts} "
            f"| {unheard.wait_p95:.0f}, {unheard.wait_p99:.0f}",
            flush=True,
        )


def sqs_alarm(metric: str, threshold: float, minutes: int) -> Alarm:
    """The alarm `unheard` on one of SQS's metrics."""
    query = MetricQuery.calculated({"metric": MetricStat("AWS/SQS", metric, "Maximum")}, "metric", 60)
    comparison = "GreaterThanOrEqualToThreshold"
    return Alarm("unheard", query, comparison, threshold, minutes, minutes, "notBreaching", ("unheard",))


def runs(model: StackModel, traces: Sequence[Trace], timings: Timings | None = None) -> list[Summary]:
    """Simulate each trace with its own seed: evaluation times of alarms are random, too."""
    return [
        summarise(run_simulation(model, trace, hours=24, seed=seed, timings=timings))
        for seed, trace in zip(SEEDS, traces, strict=False)
    ]


def mean_of(summaries: Sequence[Summary], figure: str) -> float:
    """The mean of a figure over the runs."""
    return sum(float(getattr(run, figure)) for run in summaries) / len(summaries)


def show(rows: Iterable[tuple[str, list[Summary]]]) -> None:
    """Print one line per policy."""
    for name, summaries in rows:

        def mean(value: Callable[[Summary], float], summaries: list[Summary] = summaries) -> float:
            return sum(value(run) for run in summaries) / len(summaries)

        print(
            f"{name} | {mean(lambda run: run.wait_p95):.1f} "
            f"| {mean(lambda run: run.wait_p99):.1f} ({max(run.wait_p99 for run in summaries):.1f}) "
            f"| {max(run.wait_max for run in summaries):.0f} | {mean(lambda run: run.killed):.0f} "
            f"| {mean(lambda run: run.worker_hours):.0f} | {mean(lambda run: run.usd):.2f}",
            flush=True,
        )


def variant(ours: StackModel, spare: int, seconds: float, count: int) -> StackModel:
    """Our policy with another spare, window and number of steps above the pool."""
    first = next(alarm for alarm in ours.alarms if alarm.name == "peak_jobs_0")
    steps = scaling_steps(ours.minimum, ours.maximum, spare)
    alarms: list[Alarm] = []
    policies: dict[str, StepPolicy] = {}
    for index in alarm_steps(steps, ours.minimum, ours.maximum, count):
        name, threshold = f"step-{index}", steps[index].jobs
        ends = [float(step.jobs - threshold) for step in steps[index + 1 :]]
        adjustments = tuple(
            StepAdjustment(step.jobs - threshold, end, step.workers)
            for step, end in zip(steps[index:], [*ends, None], strict=True)
        )
        policies[name] = StepPolicy(name, "ExactCapacity", adjustments, 60, "Maximum")
        alarms.append(replace(first, name=name, threshold=threshold, actions=(name,)))
    worker = replace(ours.worker, peak_seconds=seconds)
    return replace(ours, alarms=tuple(alarms), step_policies=policies, worker=worker)


def search(ours: StackModel, count: int) -> None:
    """Print each trace on which another policy is cheaper, and not slower at p95 and p99, and faster at one of them."""
    rng = random.Random(5)  # noqa: S311  no secret
    worse = 0
    for number in range(count):
        name, hours, trace = random_trace(rng)
        pool = rng.choice([2, 10])
        stack = replace(variant(ours, 1, 240, 5), minimum=pool)
        one = summarise(run_simulation(stack, trace, hours=hours))
        others = [
            *other_policies_for(stack),
            *other_policies_for(stack, protected=True)[:3],
            *(fixed(stack, size) for size in (15, 20, 30)),
        ]
        found = [summarise(run_simulation(other, trace, hours=hours)) for other in others]
        better = [theirs for theirs in found if dominates(theirs, one)]
        for theirs in better:
            print(
                f"{number}: {name}, pool {pool}: {theirs.policy} {describe(theirs)}, ours {describe(one)}", flush=True
            )
        worse += bool(better)
    print(f"{count} traces: on {worse} another policy is both cheaper and faster.")


def dominates(theirs: Summary, ours: Summary) -> bool:
    """Cheaper by half a percent or more, faster by a twentieth of a second at p95 or p99, and slower at neither."""
    faster = theirs.wait_p95 < ours.wait_p95 - 0.05 or theirs.wait_p99 < ours.wait_p99 - 0.05
    slower = theirs.wait_p95 > ours.wait_p95 + 0.05 or theirs.wait_p99 > ours.wait_p99 + 0.05
    return theirs.worker_hours < ours.worker_hours * 0.995 and faster and not slower


def describe(one: Summary) -> str:
    """A summary in a few words."""
    return f"p95 {one.wait_p95:.1f} s, p99 {one.wait_p99:.1f} s, {one.worker_hours:.1f} worker-hours"


def random_trace(rng: random.Random) -> tuple[str, float, Trace]:
    """A trace of any shape: even, with a burst, a day, on and off, rising, in batches."""
    shape = rng.choice(["poisson", "burst", "day", "on and off", "rising", "batches"])
    hours = rng.choice([2.0, 6.0, 24.0])
    median, spread = rng.choice([8.0, 22.0, 22.0, 40.0, 90.0]), rng.choice([0.2, 0.4, 0.8])
    load = rng.choice([0.5, 3.0, 7.0, 12.0, 20.0, 35.0])
    jobs = max(int(load * hours * 3600 / median), 20)
    end = hours * 3600
    if shape in {"poisson", "burst", "day"}:
        arrivals = [arrival for arrival, _ in draw(shape, hours=hours, jobs=jobs, seed=rng.randrange(10**6))]
    elif shape == "on and off":
        length = rng.choice([300, 900, 3600])
        arrivals = [at for at in (rng.uniform(0, end) for _ in range(2 * jobs)) if (at // length) % 2]
    elif shape == "rising":
        arrivals = [end * math.sqrt(rng.random()) for _ in range(jobs)]
    else:
        size = rng.choice([5, 20, 60])
        begins = [rng.uniform(0, end) for _ in range(max(jobs // size, 1))]
        arrivals = [begin + rng.uniform(0, 5) for begin in begins for _ in range(size)]
    name = f"{shape}, {hours:g} h, load {load:g}, renders of {median:g} s"
    return name, hours, [(at, rng.lognormvariate(math.log(median), spread)) for at in sorted(arrivals)]


if __name__ == "__main__":
    main()
