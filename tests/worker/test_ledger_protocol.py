"""The ledger's protocol as a state machine: two workers with clocks of their own, crashes, duplicates, an operator who
cancels, in any order.

The table is the embedded AWS's; what SQS does is modelled: a message is with one worker at a time, unless its
visibility timeout has run out.
"""

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from embedded.aws import EmbeddedAws
from ops.aws.cancellation import request_cancellation
from tests.worker.protocols import check_protocol
from worker.aws.ledger import Claim, Finished, Ledger, Status, WebhookState
from worker.errors import BusyError, JobCancelledError, LeaseLostError
from worker.job import JobIdentity

LEASE = 90.0
FINGERPRINT = "digest"
PICK = st.integers(0, 3)
_jobs = itertools.count(1)


@dataclass
class Message:
    """As SQS knows it: how often it was handed out, who has it, until when nobody else sees it."""

    identity: str
    receives: int = 0
    hidden_until: float = 0.0
    deleted: bool = False


@dataclass
class Worker:
    """Its clock is `skew` seconds off; what it holds is gone when it crashes."""

    ledger: Ledger
    skew: float
    message: Message | None = None
    claim: Claim | None = None


class Protocol(RuleBasedStateMachine):
    """One job, two messages, two workers."""

    aws: EmbeddedAws
    table: str

    @initialize(skews=st.tuples(*[st.sampled_from([-120.0, 0.0, 120.0])] * 2))
    def start(self, skews: tuple[float, float]) -> None:
        self.now = 1_000_000.0
        self.identity = JobIdentity(f"job-{next(_jobs)}", "video", "7")
        client = self.aws.client("dynamodb")
        self.client = client
        self.workers = []
        for number, skew in enumerate(skews):
            ledger = Ledger(client, self.table, f"worker-{number}", LEASE, clock=self._clock(skew))
            self.workers.append(Worker(ledger, skew))
        self.messages = [Message("first"), Message("second")]
        self.ends: list[int] = []
        """The attempt of every end that was recorded."""
        self.is_cancelled = False
        """Whether an operator was told that the job is cancelled."""
        self.has_appeared = False
        """Whether a worker may have published the video, or a part of it."""

    def _clock(self, skew: float) -> Any:
        return lambda: self.now + skew

    def idle(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.message is None]

    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.claim is not None]

    def visible(self) -> list[Message]:
        return [each for each in self.messages if not each.deleted and each.hidden_until <= self.now]

    def pick(self, who: int) -> tuple[Worker, Message, Claim]:
        """One of the busy workers, and what it holds."""
        busy = self.busy()
        worker = busy[who % len(busy)]
        assert worker.message is not None
        assert worker.claim is not None
        return worker, worker.message, worker.claim

    def entry(self) -> dict[str, Any]:
        answer = self.client.get_item(TableName=self.table, Key={"job_id": {"S": self.identity.job_id}})
        return dict(answer.get("Item", {}))

    @rule(seconds=st.sampled_from([91.0, 1.0, 89.0, 300.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.idle() and self.visible())
    @rule(who=PICK, which=PICK, owners_renew=st.booleans())
    def receives(self, who: int, which: int, owners_renew: bool) -> None:
        idle, visible = self.idle(), self.visible()
        worker, message = idle[who % len(idle)], visible[which % len(visible)]
        message.receives += 1
        message.hidden_until = self.now + LEASE
        worker.message = message
        try:
            claim = self._claim(worker, message, owners_renew=owners_renew)
        except BusyError as busy:
            worker.message = None
            if busy.is_duplicate:
                message.deleted = True  # acknowledged: the other message is still there
                assert not all(each.deleted for each in self.messages), (
                    "both messages are gone, and the job has not ended"
                )
            return
        if isinstance(claim, Finished):
            assert self.ends, "said to be finished, and nobody has recorded an end"
            worker.message = None
            message.deleted = True
        else:
            assert not self.ends, "claimed, though its end is recorded"
            assert claim.is_cancelled is self.is_cancelled
            worker.claim = claim

    def _claim(self, worker: Worker, message: Message, *, owners_renew: bool) -> Claim | Finished:
        """Claim as the handler does: once more after half a lease, in which an owner that is alive renews its claim."""
        claim = partial(worker.ledger.claim, self.identity, FINGERPRINT, message.identity, message.receives)
        try:
            return claim()
        except BusyError as busy:
            if busy.is_duplicate:
                raise
            owners = self.busy()
            self.now += LEASE / 2
            message.hidden_until = self.now + LEASE
            is_owned = owners_renew and sum(self._renew(owner) for owner in owners) > 0
            try:
                return claim(abandoned=busy.lease_expires_at)
            except BusyError:
                assert is_owned, "its owner is dead, and a message that came back has not taken the job over"
                raise

    def _renew(self, worker: Worker) -> bool:
        assert worker.claim is not None
        try:
            worker.ledger.renew(worker.claim, "rendering", 50)
        except LeaseLostError:
            return False
        return True

    @precondition(lambda self: self.busy())
    @rule(who=PICK)
    def renews(self, who: int) -> None:
        worker, message, claim = self.pick(who)
        try:
            assert worker.ledger.renew(claim, "rendering", 50) is self.is_cancelled
            message.hidden_until = self.now + LEASE
        except LeaseLostError:
            self._forget(worker)

    @precondition(lambda self: self.busy())
    @rule(who=PICK)
    def finishes(self, who: int) -> None:
        worker, message, claim = self.pick(who)
        try:
            try:
                worker.ledger.begin_publication(claim)
                self.has_appeared = True
                worker.ledger.finish(claim, Status.COMPLETE, {"status": "COMPLETE"}, WebhookState.PENDING)
            except JobCancelledError:
                assert self.is_cancelled
                worker.ledger.finish(claim, Status.CANCELLED, {"status": "ERROR"}, WebhookState.PENDING)
        except LeaseLostError:
            self._forget(worker)
            return
        self.ends.append(claim.attempt)
        message.deleted = True
        self._forget(worker)

    @precondition(lambda self: self.busy())
    @rule(who=PICK)
    def crashes_while_the_video_appears(self, who: int) -> None:
        worker, _, claim = self.pick(who)
        try:
            worker.ledger.begin_publication(claim)
            self.has_appeared = True
        except JobCancelledError:
            assert self.is_cancelled
        except LeaseLostError:
            pass
        self._forget(worker)

    @rule()
    def is_cancelled_by_an_operator(self) -> None:
        """It has no effect once the job has ended or its video has begun to appear, and is final before."""
        is_too_late = bool(self.ends) or self.has_appeared
        state = request_cancellation(self.client, self.table, self.identity.job_id)
        assert (state.cancel_requested_at > 0) is (self.is_cancelled or not is_too_late)
        self.is_cancelled = state.cancel_requested_at > 0

    @precondition(lambda self: self.busy())
    @rule(who=PICK)
    def hands_back(self, who: int) -> None:
        worker, message, claim = self.pick(who)
        try:
            worker.ledger.release(claim)
            message.hidden_until = self.now
        except LeaseLostError:
            pass
        self._forget(worker)

    @precondition(lambda self: self.busy())
    @rule(who=PICK)
    def crashes(self, who: int) -> None:
        """What it held is nobody's; its message shows again when its visibility timeout runs out."""
        self._forget(self.pick(who)[0])

    @staticmethod
    def _forget(worker: Worker) -> None:
        worker.message = worker.claim = None

    @invariant()
    def one_end(self) -> None:
        assert len(self.ends) <= 1

    @invariant()
    def the_end_stays(self) -> None:
        if self.ends:
            entry = self.entry()
            assert entry["status"]["S"] == ("CANCELLED" if self.is_cancelled else "COMPLETE")
            assert int(entry["attempt"]["N"]) == self.ends[0]

    @invariant()
    def nothing_of_a_cancelled_job_appears(self) -> None:
        assert not (self.is_cancelled and self.has_appeared)

    @invariant()
    def the_job_can_still_be_done(self) -> None:
        assert self.ends or not all(message.deleted for message in self.messages)


def test_the_protocol_holds(aws: EmbeddedAws) -> None:
    check_protocol(Protocol, aws, "protocol", examples=100)
