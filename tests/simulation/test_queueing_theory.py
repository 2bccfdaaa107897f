"""The simulator's queue against an independent formula: Erlang's, for a fixed pool."""

import math
import random

import pytest

from ops.simulation.simulator import run_simulation
from ops.simulation.summary import summarise
from ops.simulation.traces import Trace
from tests.simulation.models import EXACT, model


def erlang_c(workers: int, load: float) -> float:
    """The probability that a job waits, with Poisson arrivals and exponential renders (Erlang, 1917)."""
    busy = load**workers / math.factorial(workers) * workers / (workers - load)
    return busy / (sum(load**count / math.factorial(count) for count in range(workers)) + busy)


@pytest.mark.parametrize(("workers", "load"), [(1, 0.6), (10, 7.5), (50, 44.0)])
def test_a_fixed_pool_waits_as_erlang_says(workers: int, load: float) -> None:
    rng = random.Random(11)  # noqa: S311  no secret
    mean, jobs = 22.0, 120_000
    now, trace = 0.0, []
    for _ in range(jobs):
        now += rng.expovariate(load / mean)
        trace.append((now, rng.expovariate(1 / mean)))
    arrivals: Trace = trace
    result = run_simulation(model(workers), arrivals, hours=now / 3600, timings=EXACT)
    expected = erlang_c(workers, load)
    waited = sum(job.waited > 1e-9 for job in result.jobs) / jobs
    assert waited == pytest.approx(expected, rel=0.05)
    assert summarise(result).wait_mean == pytest.approx(expected * mean / (workers - load), rel=0.1)
