"""Runs the steps of a self-test in order, times each, and removes what they made."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ops.aws_errors import AWS_ERRORS, explain, is_denied
from ops.checks.result import Level
from ops.selftest import alarms, queries, steps
from ops.selftest.cleanup import remove
from ops.selftest.result import Found, StepResult
from ops.selftest.trial import Trial

Step = Callable[[Trial], Found]

RENDER: dict[str, Step] = {
    "upload": steps.upload,
    "send": steps.send,
    "taken": steps.taken,
    "rendered": steps.finished,
}
"""Steps that each need the one before."""
AFTER: dict[str, Step] = {
    "ledger": steps.recorded,
    "bucket": steps.stored,
    "log": queries.logged,
    "metric": queries.measured,
}
"""What must follow a rendered video."""
ALWAYS: dict[str, Step] = {"alarms": alarms.quiet, "fill": queries.filled}


@dataclass(frozen=True)
class Report:
    """A whole self-test: its steps, and what could not be removed."""

    job_id: str
    steps: Sequence[StepResult]
    remains: Sequence[str]

    @property
    def is_good(self) -> bool:
        """Whether no step has failed."""
        return all(step.level is not Level.FAIL for step in self.steps)

    @property
    def is_refused(self) -> bool:
        """Whether a step failed because AWS refused the operator's own request, or could not be reached."""
        return any(step.is_refused for step in self.steps)


def run(trial: Trial, on_result: Callable[[StepResult], None]) -> Report:
    """Run a self-test. Each step's result is also given to `on_result` at once.

    Ctrl-C ends it, as a failed step; what was made is removed in any case.
    """
    results: list[StepResult] = []

    def make(name: str, step: Step) -> bool:
        results.append(_timed(name, step, trial))
        on_result(results[-1])
        return results[-1].level is not Level.FAIL

    began = time.monotonic()
    try:
        if all(make(name, step) for name, step in RENDER.items()):
            for name, step in AFTER.items():
                make(name, step)
        for name, step in ALWAYS.items():
            make(name, step)
    except KeyboardInterrupt:
        what = "stopped by hand: the steps from here on were not made"
        results.append(StepResult("stopped", time.monotonic() - began, Level.FAIL, what))
        on_result(results[-1])
    finally:
        remains = remove(trial)
    return Report(trial.job_id, results, remains)


def _timed(name: str, step: Step, trial: Trial) -> StepResult:
    """A step's result; an error of AWS's is a result too."""
    began = time.monotonic()
    is_refused = False
    try:
        found = step(trial)
    except ClientError as error:
        # Whoever may not look at the alarms can still know that a video was made.
        is_harmless = name not in RENDER and (is_denied(error) or name == "fill")
        found = Found(explain(error), Level.WARN if is_harmless else Level.FAIL)
        is_refused = name in RENDER
    except AWS_ERRORS as error:  # AWS was not reached
        found, is_refused = Found(explain(error), Level.FAIL), True
    return StepResult(name, time.monotonic() - began, found.level, found.what, found.remedy, is_refused)
