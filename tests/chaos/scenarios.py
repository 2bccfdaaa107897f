"""Fault scenarios: one per fault that the worker promises to survive, and random mixtures of them."""

import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from embedded.proxy import Call, Fault, cut, lose, refuse, slow
from tests.chaos.receiver import TEXT, Answer, ReceivedWebhook, clip_message
from tests.chaos.world import Worker, World, later

Effect = Callable[[World, Worker], Fault | None]


@dataclass(frozen=True)
class When:
    """Which calls of `operation` a fault applies to: numbers `first` to `last` (default: `first` alone), of one worker
    (default: of any)."""

    operation: str
    first: int = 1
    last: int | None = None
    worker: int | None = None

    def matches(self, worker: Worker, call: Call) -> bool:
        is_numbered = self.first <= call.number <= (self.last or self.first)
        return call.operation == self.operation and is_numbered and self.worker in {None, worker.number}


@dataclass
class Scenario:
    """The messages that are sent, and what goes wrong with them."""

    faults: list[tuple[When, Effect]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    messages: Callable[[World], None] = lambda world: world.send(clip_message("job", world.source), "job")
    on_webhook: Callable[[World, ReceivedWebhook], None] = lambda _world, _webhook: None
    environments: tuple[dict[str, str], ...] = ({}, {})
    """Of the first process of each worker."""
    environment: dict[str, str] = field(default_factory=dict)
    """Of every process."""
    has_helpers: bool = False
    """Whether idle workers render parts."""
    seconds: float = 240.0
    """Seconds within which the world must settle."""
    met: set[When] = field(default_factory=set)
    """The faults that have been injected into at least one call."""

    def plan(self, worker: Worker, call: Call) -> Fault | None:
        for when, effect in self.faults:
            if when.matches(worker, call):
                self.met.add(when)
                return effect(worker.world, worker)
        return None

    def broken_promises(self, _world: World) -> list[str]:
        """One sentence per broken promise that only this kind of scenario gives."""
        return []

    @property
    def unmet(self) -> list[When]:
        """The faults that were never injected: the scenario has proved nothing about them."""
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


def freeze(_world: World, worker: Worker) -> Fault:
    """Stop the worker for longer than its lease lasts, or any coordinator waits."""

    def stop() -> None:
        worker.signal(signal.SIGSTOP)
        later(lambda: worker.signal(signal.SIGCONT), 8)

    return Fault(before=stop)


def cancel(world: World, _worker: Worker) -> Fault:
    return Fault(before=world.cancel_all)


def cancel_and_kill(world: World, worker: Worker) -> Fault:
    def both() -> None:
        world.cancel_all()
        worker.signal(signal.SIGKILL)

    return Fault(after=both, returns=False)


def pause(world: World, _worker: Worker) -> Fault:
    return Fault(before=world.pause_for_a_while)


def always(fault: Fault) -> Effect:
    return lambda _world, _worker: fault


def once() -> Callable[[], bool]:
    """A function that returns True at its first call and False at all others."""
    lock, called = threading.Lock(), [False]

    def is_first() -> bool:
        with lock:
            first, called[0] = not called[0], True
            return first

    return is_first


def at_webhook(status: str, action: Callable[[World], None]) -> Callable[[World, ReceivedWebhook], None]:
    """Run `action` once, after the first webhook with `status` has been answered."""
    is_first = once()

    def on_webhook(world: World, webhook: ReceivedWebhook) -> None:
        if webhook.body["status"] == status and is_first():
            action(world)

    return on_webhook


def at_progress(percent: int, action: Callable[[World], None]) -> Callable[[World, ReceivedWebhook], None]:
    """Run `action` once, after the first webhook that reports a progress of at least `percent`."""
    is_first = once()

    def on_webhook(world: World, webhook: ReceivedWebhook) -> None:
        if webhook.body["progress"] >= percent and is_first():
            action(world)

    return on_webhook


def terminate_the_renderer(world: World) -> None:
    """Send SIGTERM to every worker that has fetched media."""
    for worker in world.workers:
        if worker.proxy.called("GetObject"):
            worker.signal(signal.SIGTERM)


def long_job(world: World) -> None:
    """Send a job that reports its progress: ten minutes of video, at most half a minute of work."""
    webhook = {"url": world.receiver.url, "progress": True}
    clips = [{"source": world.source, "duration": 600}]
    world.send(clip_message("job", world.source, clips=clips, texts=[TEXT], webhook=webhook), "job")


def kill_the_renderer(world: World) -> None:
    """Send SIGKILL to every worker that has fetched media."""
    for worker in world.workers:
        if worker.proxy.called("GetObject"):
            worker.signal(signal.SIGKILL)


def twice_at_once(world: World) -> None:
    body = clip_message("job", world.source)
    for _ in range(3):
        world.send(body, "job")


def cancelled_before_it_is_sent(world: World) -> None:
    world.cancel("job")
    Scenario().messages(world)


def shared_job(world: World) -> None:
    """A job long enough for four parts: its clip's last picture is held."""
    clips = [{"source": world.source, "duration": 8.0}]
    world.send(clip_message("job", world.source, clips=clips), "job")


def two_jobs(world: World) -> None:
    Scenario().messages(world)
    world.send(clip_message("second", world.source), "second")


def poison_among_good(world: World) -> None:
    world.send(clip_message("first", world.source, texts=[TEXT]), "first")
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
"""The AWS operation that the worker calls at each stage."""

QUICK_TO_PAUSE = {"PAUSE_POLL_SECONDS": "1"}
STALE = refuse(400, "ReceiptHandleIsInvalid")
INTERNAL, THROTTLED = refuse(500, "InternalError"), refuse(400, "ThrottlingException")
SLOW_DOWN = refuse(503, "SlowDown")


def named_scenarios() -> dict[str, Scenario]:
    """The faults that the worker promises to survive, one per scenario, by name."""
    scenarios = {"nothing goes wrong": Scenario()}
    for stage, operation in OPERATIONS.items():
        scenarios[f"killed before {stage}"] = Scenario([(When(operation), kill_before)])
        scenarios[f"killed after {stage}"] = Scenario([(When(operation), kill_after)])
    scenarios |= {
        "killed while rendering": Scenario(on_webhook=at_webhook("PROGRESSING", kill_the_renderer)),
        "killed after the end was recorded": Scenario([(When("UpdateItem", 7), kill_after)]),
        "killed when the webhook was sent": Scenario(on_webhook=at_webhook("COMPLETE", kill_the_renderer)),
        "killed at every try": Scenario([(When("GetObject", n), kill_after) for n in (1, 2)]),
        "ffmpeg killed": Scenario(on_webhook=at_webhook("PROGRESSING", World.kill_render)),
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
        **{
            f"the clock jumps {direction} an hour while a job renders": Scenario(
                environments=({"CLOCK_JUMP_SECONDS": str(seconds)}, {"CLOCK_JUMP_SECONDS": str(seconds)}),
                messages=long_job,
            )
            for direction, seconds in (("back", -3600), ("forward", 3600))
        },
        "the disk is full": Scenario(environments=({"FILE_BYTES_MAX": "2000"}, {})),
    }
    scenarios |= {
        "cancelled before it is sent": Scenario(messages=cancelled_before_it_is_sent),
        "cancelled while it renders": Scenario(on_webhook=at_progress(10, World.cancel_all), messages=long_job),
        "cancelled, and killed": Scenario([(When("GetObject"), cancel_and_kill)]),
        "cancelled before the upload": Scenario([(When("PutObject"), cancel)], messages=twice_at_once),
        "cancelled just before the video appears": Scenario([(When("UpdateItem", 4), cancel)]),
        "paused, and killed": Scenario(
            [(When("GetObject"), pause), (When("PutObject"), kill_after)], messages=two_jobs, environment=QUICK_TO_PAUSE
        ),
        "cancelled when the video appears": Scenario([(When("CopyObject"), cancel)]),
    }
    for percent in (10, 50, 90):
        scenarios[f"terminated at {percent} %"] = Scenario(
            on_webhook=at_progress(percent, terminate_the_renderer), messages=long_job
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
    for answer in (500, 503, 429, 302, 404, 410, "cut"):
        scenarios[f"the receiver answers {answer}"] = Scenario(answers=[answer])
    scenarios["the receiver fails for long"] = Scenario(answers=[500] * 7)
    scenarios["the receiver drips"] = Scenario(answers=["drip"])
    scenarios["the receiver says nothing"] = Scenario(answers=["hang"])
    return scenarios


def random_scenario(seed: int) -> Scenario:
    """A random mixture of faults; the same seed gives the same scenario."""
    rng = random.Random(seed)  # noqa: S311  it must be repeatable
    calls = ["ReceiveMessage", "UpdateItem", "GetItem", "HeadObject", "GetObject", "PutObject", "CopyObject"]
    calls += ["DeleteObjects", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes"]
    effects: list[Effect] = [
        *(kill_before, kill_after, kill_after, terminate, terminate_twice),
        *map(always, (INTERNAL, THROTTLED, cut(), lose(), slow(1.0), slow(3.0))),
    ]
    faults = []
    for _ in range(rng.choice([1, 2, 2, 3])):
        first = rng.choice([1, 1, 1, 2, 3])
        effect = rng.choice(effects)
        last = first if effect in effects[:5] else first + rng.choice([0, 0, 1, 5])
        faults.append((When(rng.choice(calls), first, last, rng.choice([None, 0, 1])), effect))
    if rng.random() < 0.15:
        faults.append((When("ChangeMessageVisibility"), always(STALE)))
    bad: list[Answer] = [500, 503, 404, "cut"]
    answers = [rng.choice(bad) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    offset = rng.choice([0, 0, 0, 120, -120])
    messages = rng.choice([Scenario().messages, Scenario().messages, twice_at_once, poison_among_good, reused_id])
    scenario = Scenario(faults, answers, messages, environments=({"CLOCK_OFFSET_SECONDS": str(offset)}, {}))
    if rng.random() < 0.3:
        faults.append((When(rng.choice(calls), rng.choice([1, 1, 2, 3])), cancel))
    if rng.random() < 0.2:
        faults.append((When(rng.choice(calls)), pause))
        scenario.environment |= QUICK_TO_PAUSE
    if rng.random() < 0.15:
        scenario.on_webhook = at_webhook(rng.choice(["PROGRESSING", "COMPLETE"]), kill_the_renderer)
    if rng.random() < 0.4 and messages not in {twice_at_once, poison_among_good, reused_id}:
        scenario.has_helpers, scenario.messages = True, shared_job
        call = rng.choice(["SendMessage", "UpdateItem", "GetItem", "GetObject", "PutObject"])
        faults.append((When(call, rng.randint(1, 12)), rng.choice([kill_after, freeze])))
    return scenario
