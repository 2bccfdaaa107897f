"""The loop survives what nobody expects: exceptions by chance from every part that it calls."""

import contextlib
import itertools
import logging
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.aws.pause import FleetPause
from worker.aws.queue import JobQueue, Message
from worker.aws.task_protection import TaskProtection
from worker.consumer import disk, loop
from worker.consumer.dead_letters import Sweeper
from worker.consumer.handler import JobHandler
from worker.consumer.loop import Consumer
from worker.consumer.shutdown import Shutdown
from worker.consumer.standby import Standby
from worker.consumer.timing import Timing
from worker.errors import LeaseLostError, MalformedMessageError, RetryLaterError

TIMING = Timing()
SHORTEST_BACKOFF = 0.8 * TIMING.backoff_seconds
FAULTS = 60
"""Calls among which exceptions are drawn; afterwards all goes well."""

UNEXPECTED = [AttributeError, KeyError, MemoryError, OSError, OverflowError, RecursionError, RuntimeError, UnicodeError]
AWS = [
    ClientError({"Error": {"Code": "Throttling"}}, "Any"),
    EndpointConnectionError(endpoint_url="https://sqs"),
]


class Clock(Shutdown):
    """A shutdown whose waits take no time: they move the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def wait(self, seconds: float) -> bool:
        assert seconds > 0
        self.now += seconds
        return self.requested


@dataclass
class Chance:
    """Raises by chance, as each part that the loop calls may."""

    numbers: random.Random
    calls: int = 0
    unexpected: int = 0

    def strike(self) -> None:
        self.calls += 1
        if self.calls > FAULTS or self.numbers.random() < 0.7:
            return
        if self.numbers.random() < 0.3:
            raise self.numbers.choice(AWS)
        self.unexpected += 1
        raise self.numbers.choice(UNEXPECTED)("drawn")


@dataclass
class Sqs:
    """A queue as SQS is to one worker, on the test's clock; each request may fail before it has an effect."""

    clock: Clock
    chance: Chance
    visible_at: dict[str, float]
    receives: dict[str, int] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self.chance.strike()
        for body, moment in self.visible_at.items():
            if moment <= self.clock.now:
                self.visible_at[body] = self.clock.now + request["VisibilityTimeout"]
                self.receives[body] = self.receives.get(body, 0) + 1
                system = {"ApproximateReceiveCount": str(self.receives[body])}
                return {"Messages": [{"MessageId": body, "ReceiptHandle": body, "Body": body, "Attributes": system}]}
        if not self.visible_at:
            self.clock.request()
        self.clock.wait(20)
        return {}

    def change_message_visibility(self, **request: Any) -> None:
        self.chance.strike()
        self.visible_at[request["ReceiptHandle"]] = self.clock.now + request["VisibilityTimeout"]

    def delete_message(self, **request: Any) -> None:
        self.chance.strike()
        del self.visible_at[request["ReceiptHandle"]]

    def send_message(self, **request: Any) -> None:
        self.chance.strike()
        self.dead.append(request["MessageBody"])

    def get_queue_attributes(self, **_: object) -> dict[str, Any]:
        self.chance.strike()
        policy = '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:dead", "maxReceiveCount": 1000}'
        return {"Attributes": {"RedrivePolicy": policy}}


class World:
    """A consumer among parts that fail by chance; it ends when nothing is left in the queue."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, *, is_paused: bool = False) -> None:
        self.clock, self.chance = Clock(), Chance(random.Random(seed))  # noqa: S311
        self.sqs = Sqs(self.clock, self.chance, {f"message {number}": 0.0 for number in range(4)} | {"unreadable": 0.0})
        self.tries: dict[str, list[float]] = {}
        self.handled: list[str] = []
        monkeypatch.setattr(loop, "mark_alive", self.chance.strike)
        self.pause = SimpleNamespace(is_paused=is_paused, watched=self.running)
        self.consumer = Consumer(
            JobQueue(cast("Any", self.sqs), "https://sqs/1/jobs", TIMING.lease_seconds),
            cast("JobHandler", self),
            cast("Sweeper", self),
            cast("TaskProtection", self),
            self.clock,
            pause=cast("FleetPause", self.pause),
            timing=TIMING,
            standby=cast("Standby", self),
        )

    def prepare(self) -> None:
        self.chance.strike()

    def close(self) -> None:
        """Nothing is prepared."""

    def handle(self, message: Message, *_: object, **__: object) -> None:
        self.tries.setdefault(message.body, []).append(self.clock.now)
        if message.body == "unreadable":
            raise MalformedMessageError("not JSON")
        if self.chance.calls < FAULTS and self.chance.numbers.random() < 0.2:
            raise self.chance.numbers.choice([RetryLaterError(SHORTEST_BACKOFF), LeaseLostError("gone")])
        self.chance.strike()
        self.handled.append(message.body)

    @contextlib.contextmanager
    def running(self, _shutdown: Shutdown) -> Iterator[None]:
        yield

    def acquire(self) -> bool:
        self.chance.strike()
        return self.chance.calls > FAULTS or self.chance.numbers.random() < 0.8

    def release(self) -> None:
        self.chance.strike()


@settings(max_examples=30, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_nothing_ends_the_loop_and_no_message_is_lost(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    caplog.set_level(logging.INFO)
    with pytest.MonkeyPatch.context() as patch:
        world = World(seed, patch)
        world.consumer.run()
    assert set(world.handled) == {f"message {number}" for number in range(4)}
    assert set(world.sqs.dead) == {"unreadable"}
    for moments in world.tries.values():  # no message is tried in a tight loop
        pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert all(pause >= SHORTEST_BACKOFF - 0.5 for pause in pauses)  # SQS counts whole seconds
    counted = [record for record in caplog.records if getattr(record, "UnexpectedErrors", 0)]
    traced = [record for record in caplog.records if record.exc_info]
    assert len(counted) == len(traced)
    assert bool(counted) == bool(world.chance.unexpected)


def raising(error: BaseException) -> Callable[..., None]:
    def handle(*_: object, **__: object) -> None:
        raise error

    return handle


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_what_must_end_the_process_ends_it(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(0, monkeypatch)
    world.chance.calls = FAULTS
    monkeypatch.setattr(world, "handle", raising(error))
    with pytest.raises(type(error)):
        world.consumer.run()
    assert len(world.sqs.visible_at) == 5  # nothing was acknowledged


def test_a_throttled_redrive_policy_keeps_no_job_from_being_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(0, monkeypatch)
    world.chance.calls = FAULTS
    asked = []

    def throttled(**_: object) -> dict[str, Any]:
        asked.append(world.clock.now)
        raise AWS[0]

    monkeypatch.setattr(world.sqs, "get_queue_attributes", throttled)
    del world.sqs.visible_at["unreadable"]
    world.consumer.run()
    assert [len(moments) for moments in world.tries.values()] == [1, 1, 1, 1]
    assert len(asked) == 1


def test_a_backoff_is_a_number_however_often_a_message_was_received() -> None:
    assert 4 <= TIMING.backoff(1) <= 6
    assert 16 <= TIMING.backoff(2) <= 24
    assert TIMING.backoff(10_000) > 12 * 3600


def test_a_worker_with_a_full_disk_receives_nothing_and_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(0, monkeypatch)
    world.chance.calls = FAULTS
    free = itertools.chain([0, disk.FREE_BYTES_MIN - 1], itertools.repeat(disk.FREE_BYTES_MIN))
    alive_after: list[int] = []
    full_polls = 0

    def usage(_path: str) -> SimpleNamespace:
        nonlocal full_polls
        left = next(free)
        full_polls += left < disk.FREE_BYTES_MIN
        return SimpleNamespace(free=left)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(loop, "mark_alive", lambda: alive_after.append(full_polls))
    world.consumer.run()
    assert full_polls == 2
    assert set(alive_after) == {2}  # healthy only once there was room
    assert set(world.handled) == {f"message {number}" for number in range(4)}


def test_a_paused_worker_receives_nothing_is_healthy_and_goes_on_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(0, monkeypatch, is_paused=True)
    world.chance.calls = FAULTS
    seen: list[tuple[float, int]] = []

    def mark() -> None:
        seen.append((world.clock.now, len(world.sqs.receives)))
        world.pause.is_paused = len(seen) < 3

    monkeypatch.setattr(loop, "mark_waiting", mark)
    world.consumer.run()
    assert seen == [(number * TIMING.pause_poll_seconds, 0) for number in range(3)]
    assert set(world.handled) == {f"message {number}" for number in range(4)}
