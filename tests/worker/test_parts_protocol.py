"""The protocol of parts as a state machine: a coordinator that may crash, two helpers that may crash, drop, be late or
come back from an attempt before, in any order. The table is the embedded AWS's.

What the ledger holds is compared with a model after each step; and at any time the coordinator can have every part.
"""

import itertools
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from embedded.aws import EmbeddedAws
from tests.worker.protocols import check_protocol
from worker.aws.parts_ledger import Attempt, PartsLedger

PARTS = range(3)
COORDINATOR = "coordinator"
PICK = st.integers(0, 5)
PART = st.sampled_from(PARTS)
_jobs = itertools.count(1)


@dataclass
class Offered:
    """An attempt whose parts are offered, as it should be: who owns which part, which parts are done."""

    attempt: Attempt
    is_open: bool = True
    owners: dict[int, str] = field(default_factory=dict)
    progress: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)


@dataclass
class Helper:
    """A worker that helps, and the part that it believes to be its own."""

    ledger: PartsLedger
    offered: Offered | None = None
    part: int = 0


class PartsProtocol(RuleBasedStateMachine):
    """One job, in one attempt after the other."""

    aws: EmbeddedAws
    table: str

    @initialize()
    def begin(self) -> None:
        self.job_id = f"job-{next(_jobs)}"
        self.coordinator = self._ledger(COORDINATOR)
        self.helpers = [Helper(self._ledger(name)) for name in ("helper-0", "helper-1")]
        self.offered: list[Offered] = []
        self._offer()

    def _ledger(self, name: str) -> PartsLedger:
        return PartsLedger(self.aws.client("dynamodb"), self.table, name)

    def _offer(self) -> None:
        number = len(self.offered) + 1
        self.offered.append(Offered(Attempt(self.job_id, number, f"plan-{number}")))
        self.coordinator.open(self.offered[-1].attempt)

    def _busy(self) -> list[Helper]:
        return [helper for helper in self.helpers if helper.offered]

    def _pick(self, who: int) -> tuple[Helper, Offered, bool]:
        """A helper that has a part, that part's attempt, and whether the part is still its own."""
        helper = self._busy()[who % len(self._busy())]
        assert helper.offered is not None
        is_own = helper.offered.owners.get(helper.part) == helper.ledger.owner
        return helper, helper.offered, is_own

    @precondition(lambda self: len(self.offered) < 3)
    @rule(is_told=st.booleans())
    def another_attempt_begins(self, is_told: bool) -> None:
        """The coordinator has handed the job back, or has crashed."""
        if is_told:
            self._close()
        self._offer()

    @rule(who=PICK, which=PICK, part=PART, is_other_plan=st.booleans())
    def a_helper_claims(self, who: int, which: int, part: int, is_other_plan: bool) -> None:
        """By an offer that may be doubled, or of an attempt before."""
        helper = self.helpers[who % len(self.helpers)]
        if helper.offered:
            return
        offered = self.offered[-1 - which % len(self.offered)]
        attempt = offered.attempt
        if is_other_plan:
            attempt = Attempt(attempt.job_id, attempt.number, "another")
        is_free = self._is_free(offered, part, helper.ledger.owner) and not is_other_plan
        assert helper.ledger.claim(attempt, part) is is_free
        assert helper.ledger.claim(attempt, part) is is_free  # as if the answer had been lost
        if is_free:
            self._own(offered, part, helper.ledger.owner)
            helper.offered, helper.part = offered, part

    @precondition(lambda self: self._busy())
    @rule(who=PICK, progress=st.integers(0, 100))
    def a_helper_reports(self, who: int, progress: int) -> None:
        helper, offered, is_own = self._pick(who)
        assert helper.ledger.report(offered.attempt, helper.part, progress) is (is_own and offered.is_open)
        if is_own and offered.is_open:
            offered.progress[helper.part] = progress
        else:
            helper.offered = None

    @precondition(lambda self: self._busy())
    @rule(who=PICK)
    def a_helper_finishes(self, who: int) -> None:
        helper, offered, is_own = self._pick(who)
        assert helper.ledger.finish(offered.attempt, helper.part, 1.0) is (is_own and offered.is_open)
        if is_own and offered.is_open:
            offered.done.add(helper.part)
        helper.offered = None

    @precondition(lambda self: self._busy())
    @rule(who=PICK)
    def a_helper_drops_its_part(self, who: int) -> None:
        """Another's part stays that other's."""
        helper, offered, is_own = self._pick(who)
        helper.ledger.give_up(offered.attempt, helper.part)
        if is_own:
            del offered.owners[helper.part]
        helper.offered = None

    @precondition(lambda self: self._busy())
    @rule(who=PICK)
    def a_helper_loses_the_answer_that_it_has_finished(self, who: int) -> None:
        """So it gives the part up: whoever claims it next begins anew."""
        helper, offered, is_own = self._pick(who)
        helper.ledger.finish(offered.attempt, helper.part, 1.0)
        helper.ledger.give_up(offered.attempt, helper.part)
        if is_own:
            del offered.owners[helper.part]
            offered.done.discard(helper.part)
        helper.offered = None

    @precondition(lambda self: self._busy())
    @rule(who=PICK)
    def a_helper_crashes(self, who: int) -> None:
        self._pick(who)[0].offered = None

    @rule(part=PART)
    def the_coordinator_claims(self, part: int) -> None:
        offered = self.offered[-1]
        is_free = self._is_free(offered, part, COORDINATOR)
        assert self.coordinator.claim(offered.attempt, part) is is_free
        if is_free:
            self._own(offered, part, COORDINATOR)

    @rule(part=PART, owner=st.sampled_from(["helper-0", "helper-1"]))
    def the_coordinator_takes_over(self, part: int, owner: str) -> None:
        """From the owner that it has last read, which may be another by now."""
        offered = self.offered[-1]
        is_possible = offered.owners.get(part) == owner and part not in offered.done
        assert self.coordinator.take_over(offered.attempt, part, owner) is is_possible
        if is_possible:
            offered.owners[part] = COORDINATOR

    @rule()
    def the_coordinator_closes(self) -> None:
        self._close()

    def _close(self) -> None:
        self.coordinator.close(self.offered[-1].attempt)
        self.offered[-1].is_open = False

    @staticmethod
    def _is_free(offered: Offered, part: int, worker: str) -> bool:
        return offered.is_open and (
            part not in offered.owners or (offered.owners[part] == worker and part not in offered.done)
        )

    @staticmethod
    def _own(offered: Offered, part: int, owner: str) -> None:
        offered.owners[part] = owner
        offered.progress[part] = 0

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        for offered in self.offered:
            states = self.coordinator.read(offered.attempt)
            assert {number: state.owner for number, state in states.items()} == offered.owners
            assert {number for number, state in states.items() if state.is_done} == offered.done
            assert all(state.progress == offered.progress[number] for number, state in states.items())

    def teardown(self) -> None:
        """Whatever has happened, the coordinator can have each part of an open attempt that is not done."""
        for offered in [each for each in getattr(self, "offered", [])[-1:] if each.is_open]:
            for part in PARTS:
                owner = offered.owners.get(part)
                if owner is None:
                    assert self.coordinator.claim(offered.attempt, part)
                elif owner != COORDINATOR and part not in offered.done:
                    assert self.coordinator.take_over(offered.attempt, part, owner)


def test_the_protocol_of_parts_holds(aws: EmbeddedAws) -> None:
    check_protocol(PartsProtocol, aws, "parts-protocol", examples=60)
