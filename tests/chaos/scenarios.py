"""What goes wrong: by name, each of the faults we promise to survive; and by chance, any mixture of them."""

import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from embedded.proxy import Call, Fault, cut, lose, refuse, slow
from tests.chaos.receiver import Heard, Mood, clip_message
from tests.chaos.world import Worker, World, later

Effect = Callable[[World, Worker], Fault | None]


@dataclass(frozen=True)
class When:
    """The calls of `operation` that a fault meets, from number `first` to number `last`, of any worker or of one."""

    operation: str
    first: int = 1
    last: int | None = None
    worker: int | None = None

    def holds(self, worker: Worker, call: Call) -> bool:
        is_numbered = self.first <= call.number <= (self.last or self.first)
        return call.operation == self.operation and is_numbered and self.worker in {None, worker.number}


@dataclass
class Scenario:
    """Messages, and what goes wrong with them."""

    faults: list[tuple[When, Effect]] = field(default_factory=list)
    moods: list[Mood] = field(default_factory=list)
    messages: Callable[[World], None] = lambda world: world.send(clip_message("job", world.source), "job")
    on_heard: Callable[[World, Heard], None] = lambda _world, _heard: None
    environments: tuple[dict[str, str], ...] = ({}, {})
    seconds: float = 240.0
    """After which it must have settled."""
    met: set[When] = field(default_factory=set)
    """Of the faults, those that a call has met."""

    def plan(self, worker: Worker, call: Call) -> Fault | None:
        for when, effect in self.faults:
            if when.holds(worker, call):
                self.met.add(when)
                return effect(worker.world, worker)
        return None

    @property
    def unmet(self) -> list[When]:
        """Faults that no call has met: the scenario has shown nothing of them."""
        return [when for when, _ in self.faults if when not in self.met]


def kill_before(_world: World, worker: Worker) -> Fault:
    return Fault(before=lambda: worker.signal(signal.SIGKILL), reaches=False)


def kill_after(_world: World, worker: Worker) -> Fault:
    return Fault(after=lambda: worker.signal(signal.SIGKILL), returns=False)


def terminate(_world: World, worker: Worker) -> Fault:
    return Fault(before=lambda: worker.signal(signal.SIGTERM))


def terminate_twice(_world: World, worker: Worker) -> Fault:
    def twice() -> None:
        worker.signal(signal.SIGTERM)
        later(lambda: worker.signal(signal.SIGTERM), 0.05)

    return Fault(before=twice)


def always(fault: Fault) -> Effect:
    return lambda _world, _worker: fault


def once() -> Callable[[], bool]:
    """A function that is true the first time it is asked."""
    lock, asked = threading.Lock(), [False]

    def is_first() -> bool:
        with lock:
            first, asked[0] = not asked[0], True
            return first

    return is_first


def when_heard(status: str, action: Callable[[World], None]) -> Callable[[World, Heard], None]:
    """Do something after the first webhook of a status has been answered."""
    is_first = once()

    def on_heard(world: World, heard: Heard) -> None:
        if heard.body["status"] == status and is_first():
            action(world)

    return on_heard


def when_at(percent: int, action: Callable[[World], None]) -> Callable[[World, Heard], None]:
    """Do something as soon as a job is said to have come so far."""
    is_first = once()

    def on_heard(world: World, heard: Heard) -> None:
        if heard.body["progress"] >= percent and is_first():
            action(world)

    return on_heard


def terminate_the_renderer(world: World) -> None:
    """SIGTERM to the worker that renders now."""
    for worker in world.workers:
        if worker.proxy.called("GetObject"):
            worker.signal(signal.SIGTERM)


def long_job(world: World) -> None:
    """One that tells of its progress: ten minutes of video, half a minute of work or less."""
    webhook = {"url": world.receiver.url, "progress": True}
    clips = [{"source": world.source, "duration": 600}]
    world.send(clip_message("job", world.source, clips=clips, texts=[], webhook=webhook), "job")


def kill_the_renderer(world: World) -> None:
    """`kill -9` of the worker that renders now."""
    for worker in world.workers:
        if worker.proxy.called("GetObject"):
            worker.signal(signal.SIGKILL)


def twice_at_once(world: World) -> None:
    body = clip_message("job", world.source)
    for _ in range(3):
        world.send(body, "job")


def poison_among_good(world: World) -> None:
    world.send(clip_message("first", world.source), "first")
    for body in ("{", "null", '{"video_id": "v"}'):
        world.send(body, None)
    world.send('{"job_id": "bad", "version": 1, "video_id": "video-bad", "property_id": "7"}', "bad")
    world.send(clip_message("missing", f"s3://{world.bucket}/videos/gone.mp4"), "missing")
    world.send(clip_message("second", world.source), "second")


def reused_id(world: World) -> None:
    world.send(clip_message("job", world.source), "job")
    world.send(clip_message("job", world.source, metadata={"other": True}), "job")


OPERATIONS = {
    "claim": "UpdateItem",
    "fetch": "GetObject",
    "upload": "PutObject",
    "appear": "CopyObject",
    "tidy": "DeleteObjects",
    "acknowledge": "DeleteMessage",
}
"""By stage, what the worker asks AWS for then."""

STALE = refuse(400, "ReceiptHandleIsInvalid")
INTERNAL, THROTTLED = refuse(500, "InternalError"), refuse(400, "ThrottlingException")
SLOW_DOWN = refuse(503, "SlowDown")


def named() -> dict[str, Scenario]:
    """The faults that we promise to survive, each by itself."""
    scenarios = {"nothing goes wrong": Scenario()}
    for stage, operation in OPERATIONS.items():
        scenarios[f"killed before {stage}"] = Scenario([(When(operation), kill_before)])
        scenarios[f"killed after {stage}"] = Scenario([(When(operation), kill_after)])
    scenarios |= {
        "killed while rendering": Scenario(on_heard=when_heard("PROGRESSING", kill_the_renderer)),
        "killed after the end was recorded": Scenario([(When("UpdateItem", 3), kill_after)]),
        "killed when the webhook was sent": Scenario(on_heard=when_heard("COMPLETE", kill_the_renderer)),
        "killed at every try": Scenario([(When("GetObject", n), kill_after) for n in (1, 2)]),
        "ffmpeg killed": Scenario(on_heard=when_heard("PROGRESSING", World.kill_render)),
        "terminated at the claim": Scenario([(When("UpdateItem"), terminate)]),
        "terminated at the upload": Scenario([(When("PutObject"), terminate)]),
        "terminated twice while fetching": Scenario([(When("GetObject"), terminate_twice)]),
        "duplicates to both workers": Scenario(messages=twice_at_once),
        "poison among good": Scenario(messages=poison_among_good),
        "a reused id": Scenario(messages=reused_id),
        "a superseded receipt handle": Scenario(
            [(When("ChangeMessageVisibility", 1, 9), always(STALE)), (When("GetObject", 1, 4), always(slow(3)))]
        ),
        "the delete's handle is stale": Scenario([(When("DeleteMessage"), always(STALE))]),
        "clocks two minutes apart": Scenario(
            [(When("GetObject"), kill_after)],
            environments=({"CLOCK_OFFSET_SECONDS": "120"}, {"CLOCK_OFFSET_SECONDS": "-120"}),
            messages=twice_at_once,
        ),
        "the disk is full": Scenario(environments=({"FILE_BYTES_MAX": "2000"}, {})),
    }
    for percent in (10, 50, 90):
        scenarios[f"terminated at {percent} %"] = Scenario(
            on_heard=when_at(percent, terminate_the_renderer), messages=long_job
        )
    for name, operation, fault in (
        ("SQS fails", "ReceiveMessage", INTERNAL),
        ("the ledger fails", "UpdateItem", INTERNAL),
        ("the ledger is throttled", "UpdateItem", THROTTLED),
        ("S3 fails", "GetObject", INTERNAL),
        ("S3 slows down", "PutObject", SLOW_DOWN),
        ("S3 is cut off", "GetObject", cut()),
        ("the copy fails", "CopyObject", INTERNAL),
    ):
        scenarios[name] = Scenario([(When(operation, 1, 6), always(fault))])
    for operation in ("UpdateItem", "PutObject", "CopyObject", "DeleteMessage", "ReceiveMessage"):
        scenarios[f"the answer to {operation} is lost"] = Scenario([(When(operation), always(lose()))])
    for mood in (500, 503, 429, 302, 404, 410, "cut"):
        scenarios[f"the receiver answers {mood}"] = Scenario(moods=[mood])
    scenarios["the receiver fails for long"] = Scenario(moods=[500] * 7)
    scenarios["the receiver drips"] = Scenario(moods=["drip"])
    scenarios["the receiver says nothing"] = Scenario(moods=["hang"])
    return scenarios


def by_chance(seed: int) -> Scenario:
    """Any mixture, always the same one for a seed."""
    chance = random.Random(seed)  # noqa: S311  repeatable is what is wanted
    calls = ["ReceiveMessage", "UpdateItem", "GetItem", "HeadObject", "GetObject", "PutObject", "CopyObject"]
    calls += ["DeleteObjects", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes"]
    effects: list[Effect] = [
        *(kill_before, kill_after, kill_after, terminate, terminate_twice),
        *map(always, (INTERNAL, THROTTLED, cut(), lose(), slow(1.0), slow(3.0))),
    ]
    faults = []
    for _ in range(chance.choice([1, 2, 2, 3])):
        first = chance.choice([1, 1, 1, 2, 3])
        effect = chance.choice(effects)
        last = first if effect in effects[:5] else first + chance.choice([0, 0, 1, 5])
        faults.append((When(chance.choice(calls), first, last, chance.choice([None, 0, 1])), effect))
    if chance.random() < 0.15:
        faults.append((When("ChangeMessageVisibility"), always(STALE)))
    bad: list[Mood] = [500, 503, 404, "cut"]
    moods = [chance.choice(bad) for _ in range(chance.choice([0, 0, 0, 1, 2]))]
    offset = chance.choice([0, 0, 0, 120, -120])
    messages = chance.choice([Scenario().messages, Scenario().messages, twice_at_once, poison_among_good, reused_id])
    scenario = Scenario(faults, moods, messages, environments=({"CLOCK_OFFSET_SECONDS": str(offset)}, {}))
    if chance.random() < 0.15:
        scenario.on_heard = when_heard(chance.choice(["PROGRESSING", "COMPLETE"]), kill_the_renderer)
    return scenario
