"""Measures the stages of one job, and opens a span for each."""

import contextlib
import time
from collections.abc import Callable, Iterator

from worker.telemetry.logs import log_context


class StageClock:
    """Measures the stages of one job, in seconds, in the order they were entered.

    `span` opens a span by the stage's name (see `worker.telemetry.spans`).
    """

    def __init__(self, span: Callable[[str], contextlib.AbstractContextManager[object]] = contextlib.nullcontext):
        self.span = span
        self.seconds: dict[str, float] = {}
        self.started = time.monotonic()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage; every line logged inside has the field `stage`."""
        begin = time.monotonic()
        try:
            with self.span(name), log_context(stage=name):
                yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begin

    @property
    def total(self) -> float:
        """Seconds since the job began."""
        return time.monotonic() - self.started
