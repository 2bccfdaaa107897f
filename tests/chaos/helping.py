"""Faults of workers that render parts of each other's jobs, one per scenario."""

from embedded.proxy import cut, lose, slow
from tests.chaos.scenarios import (
    INTERNAL,
    Effect,
    Scenario,
    When,
    always,
    cancel,
    freeze,
    kill_after,
    kill_before,
    shared_job,
    terminate,
)

_STEPS = {
    "the offer": When("SendMessage"),
    "a claim": When("UpdateItem", 5),
    "a report": When("UpdateItem", 8),
    "a look at the parts": When("GetItem", 3),
    "the fetch": When("GetObject"),
    "the upload of a part": When("PutObject", 1),
}
"""Calls of the coordinator, or of a helper, whichever makes them."""


def helping_scenarios() -> dict[str, Scenario]:
    """The faults that a job survives although others help with it, by name."""
    faults: dict[str, tuple[When, Effect]] = {
        **{f"killed after {step}": (when, kill_after) for step, when in _STEPS.items()},
        **{f"stopped at {step}, and going on later": (when, freeze) for step, when in _STEPS.items()},
        "killed before the end of the help": (When("DeleteObjects"), kill_before),
        "terminated while it helps": (When("PutObject", 1), terminate),
        "no offers": (When("SendMessage", 1, 40), always(INTERNAL)),
        "offers sent twice": (When("SendMessage", 1, 2), always(lose())),
        "a slow S3": (When("GetObject", 1, 30), always(slow(2.0))),
        "cut off downloads": (When("GetObject", 1, 6), always(cut())),
        "cancelled while it is helped": (When("UpdateItem", 6), cancel),
    }
    scenarios = {name: [fault] for name, fault in faults.items()} | {"nothing goes wrong": []}
    return {name: Scenario(found, messages=shared_job, has_helpers=True) for name, found in scenarios.items()}
