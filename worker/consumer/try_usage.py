"""Counts what a try of a job uses and makes, around the record of its end."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.usage import NOTHING, Made, UsageCounter
from worker.consumer.task import Task
from worker.errors import CancelledError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TryCounter:
    """Counts tries that have a meter: one without, such as a dead letter's, has rendered nothing.

    No job depends on it: where AWS refuses, the count is lost, and the job goes on.
    """

    usage: UsageCounter

    @contextlib.contextmanager
    def counting(self, task: Task, made: Made = NOTHING) -> Iterator[None]:
        """A context in which the end of the try is recorded: what it has used is counted before, and what it has made
        after. Where the end can't be recorded, the try can be counted again, and still counts once. Raises
        `CancelledError` where the worker shuts down while AWS is out."""
        meter = task.meter
        if meter is None:
            yield
            return
        task.meter = None  # so that a shutdown doesn't wait for the same outage twice
        self._count(lambda: self.usage.add_used(meter.one, meter.read()))
        task.meter = meter
        yield
        self._count(lambda: self.usage.add_made(meter.one, made))
        task.meter = None

    def count(self, task: Task) -> None:
        """Count a try whose end this worker does not record: what it has used, it has used."""
        with contextlib.suppress(CancelledError), self.counting(task):
            pass

    @staticmethod
    def _count(write: Callable[[], None]) -> None:
        try:
            write()
        except (BotoCoreError, ClientError) as error:
            logger.warning("The try's usage was not counted.", extra={"reason": str(error)})
