"""What else makes a video sooner than one worker of today: the same fleet with helpers or without, and workers with
twice the processors."""

import math
from collections.abc import Mapping
from dataclasses import replace

from ops.simulation.model import StackModel
from ops.simulation.parts import PartTimings
from ops.simulation.stack_reader import Stack
from ops.simulation.traces import Trace

SPEED_UP = 1.8
"""How much faster twice the processors encode. An assumption, not measured: x264 at its preset veryfast scales near
linearly to four threads; decoders and some filters don't."""


def rivals(stack: Stack, variables: Mapping[str, float], trace: Trace) -> list[tuple[StackModel, Trace]]:
    """The stack with helpers if it has none, else without; workers twice as large; and half as many of those.

    Params:
        stack: the stack that they are compared with.
        variables: its Terraform variables.
        trace: its jobs. Each rival is returned with them as its workers render them.
    """
    ours = stack.model(variables)
    name = "without helpers" if ours.worker.helpers else "with helpers"
    switched = replace(ours.with_helpers(not ours.worker.helpers), name=name)
    halved = {
        "warm_pool_size": math.ceil(ours.minimum / 2),
        "max_workers": math.ceil(ours.maximum / 2),
        "on_demand_workers": math.ceil(sum(provider.base for provider in ours.providers) / 2),
    }
    name = f"{2 * ours.worker.vcpu:g} vCPU per worker"
    faster = _on_larger_workers(trace, PartTimings().undivided)
    return [
        (switched, trace),
        (_with_larger_workers(ours, name), faster),
        (_with_larger_workers(stack.model({**variables, **halved}), f"{name}, half as many"), faster),
    ]


def _with_larger_workers(model: StackModel, name: str) -> StackModel:
    worker = replace(model.worker, vcpu=2 * model.worker.vcpu, gigabytes=2 * model.worker.gigabytes, helpers=False)
    return replace(model, name=name, worker=worker)


def _on_larger_workers(trace: Trace, undivided: float) -> Trace:
    """The jobs, their pictures rendered `SPEED_UP` times as fast; `undivided` seconds of each last as before."""
    return [(arrival, min(undivided, seconds) + max(seconds - undivided, 0.0) / SPEED_UP) for arrival, seconds in trace]
