"""The driver's ECS service: launches and stops tasks until the desired number runs."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Process(Protocol):
    """The interface of a worker's process."""

    @property
    def running(self) -> bool:
        """Whether the process is running."""

    def terminate(self) -> None:
        """Send SIGTERM."""


@dataclass(eq=False)
class Task:
    """One task; times in seconds of the epoch."""

    name: str
    billed_from: float
    """When Fargate has found capacity for it."""
    starts: float
    """When its image is pulled and its process starts."""
    process: Process | None = None
    stopping: bool = False
    ended: float | None = None

    def billed(self, until: float) -> float:
        """Billed seconds until a time."""
        return max(min(self.ended or until, until) - self.billed_from, 0.0)


class EcsService:
    """The tasks; each `tick` brings their number to `desired`.

    A protected task is never stopped for scale-in; while there are too many tasks and all are protected, ECS waits. Its
    choice among unprotected tasks isn't documented: here it is the youngest.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html

    Params:
        start: starts a task's process.
        may_stop: whether a task is unprotected; if so, it gets no protection from then on.
        delays: draws the seconds until a task is billed, and from then until its process starts.
    """

    def __init__(
        self,
        start: Callable[[str], Process],
        may_stop: Callable[[str], bool],
        delays: Callable[[], tuple[float, float]],
    ) -> None:
        self._start = start
        self._may_stop = may_stop
        self._delays = delays
        self._numbers = itertools.count(1)
        self.desired = 0
        self.tasks: list[Task] = []

    @property
    def active(self) -> list[Task]:
        """Tasks that start or run, without those being stopped."""
        return [task for task in self.tasks if not task.stopping and task.ended is None]

    def begin_with(self, count: int, now: float) -> None:
        """Set `desired` to `count`, and start the tasks without delay."""
        self.desired = count
        for _ in range(count):
            self._launch(now, (0.0, 0.0))
        self.tick(now)

    def tick(self, now: float) -> None:
        """Record ended tasks, start those that are due, launch missing ones, stop surplus ones."""
        for task in self.tasks:
            if task.ended is None and task.process is not None and not task.process.running:
                task.ended = now
            if task.process is None and task.ended is None and now >= task.starts:
                task.process = self._start(task.name)
        active = self.active
        for _ in range(self.desired - len(active)):
            self._launch(now, self._delays())
        excess = len(active) - self.desired
        for task in reversed(active):
            if excess > 0 and self._may_stop(task.name):
                self._stop(task, now)
                excess -= 1

    def _launch(self, now: float, delays: tuple[float, float]) -> None:
        until_billed, until_started = delays
        billed_from = now + until_billed
        self.tasks.append(Task(f"task-{next(self._numbers)}", billed_from, billed_from + until_started))

    @staticmethod
    def _stop(task: Task, now: float) -> None:
        task.stopping = True
        if task.process is None:
            task.ended = now
        else:
            task.process.terminate()
