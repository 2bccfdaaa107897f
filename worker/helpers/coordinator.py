"""The coordinator: the worker of a job, while idle workers render parts of it.

It offers the parts, and renders those itself that no helper has claimed, the longest first. It never waits for a helper
that it would overtake: it takes such a part over, and every part of a helper that is silent. So without helpers a job
ends as it always did.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from worker.aws.outages import AWS_ERRORS
from worker.aws.parts_ledger import Attempt, PartsLedger
from worker.aws.parts_queue import MESSAGE_BYTES_MAX, PartsQueue
from worker.errors import CancelledError
from worker.helpers.order import PartOrder
from worker.helpers.order_of_part import OrderMaker
from worker.helpers.watch import PartsWatch
from worker.media.intermediates import Intermediates
from worker.telemetry.metrics import emit_metrics
from worker.video.context import RenderContext
from worker.video.crew import RenderHere, SharedPart

FIRST_CLAIM_SECONDS = 0.25
"""How long the coordinator waits for a first claim, in seconds: an idle worker receives an offer in a third of that."""

_LONGEST_WAIT_SECONDS = 1.0
"""Where a job's message waited longer in its queue, no worker was idle: its parts aren't offered."""

_POLL_SECONDS = 0.05

_START_SECONDS = 1.0
"""Time in seconds from a claim to the first picture that is reported."""

OnUsed = Callable[[float], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Helpers:
    """How a worker reaches others: the queue of offers, the ledger of parts, and their files."""

    queue: PartsQueue
    ledger: PartsLedger
    files: Intermediates

    def crew(self, maker: OrderMaker, *, waited_seconds: float, on_used: OnUsed) -> "Coordinator | None":
        """The crew of an attempt at a job, whose message waited so long in its queue. `on_used` is called with the CPU
        seconds of helpers. None where no worker can be idle."""
        return Coordinator(self, maker, on_used) if waited_seconds <= _LONGEST_WAIT_SECONDS else None


class Coordinator:
    """Renders the parts of one attempt at a job with the help of idle workers (`worker.video.crew.Crew`)."""

    def __init__(self, helpers: Helpers, maker: OrderMaker, on_used: OnUsed) -> None:
        self._helpers = helpers
        self._maker = maker
        self._on_used = on_used

    def render(self, parts: Sequence[SharedPart], render_here: RenderHere, context: RenderContext) -> bool:
        """See `Crew`. An error of AWS ends the help, and never the job."""
        longest_first = sorted(parts, key=lambda part: -part.seconds)
        orders = [order for order in self._maker.orders(longest_first, context.workdir) if _fits(order)]
        if not orders:
            return False
        attempt = Attempt(orders[0].job_id, orders[0].attempt, orders[0].plan)
        pictures = {picture.key: context.workdir / picture.name for order in orders for picture in order.pictures}
        shared = _SharedRender(self._helpers, attempt, longest_first, render_here, context)
        try:
            with context.clock.stage("help"):
                return shared.offer(orders, pictures) and shared.run()
        finally:
            shared.close()
            self._on_used(shared.helpers_cpu_seconds)


def _fits(order: PartOrder) -> bool:
    return len(order.model_dump_json().encode()) <= MESSAGE_BYTES_MAX


class _SharedRender:
    """The parts of an attempt while they are rendered, by whichever worker."""

    def __init__(
        self,
        helpers: Helpers,
        attempt: Attempt,
        parts: Sequence[SharedPart],
        render_here: RenderHere,
        context: RenderContext,
    ) -> None:
        self._helpers = helpers
        self._attempt = attempt
        self._parts = parts
        self._render_here = render_here
        self._context = context
        self._watch = PartsWatch(helpers.ledger, helpers.files, attempt, parts, context.workdir)
        self._rendered: set[int] = set()
        """Parts that were rendered here."""
        self._speed = 1.0
        """Time that parts take here, as a multiple of what was estimated."""
        self._waited = 0.0
        self._uploaded: list[str] = []
        """Keys of pictures."""
        self._has_strays = False
        """Whether a helper may leave files of which the ledger doesn't know."""

    def offer(self, orders: Sequence[PartOrder], pictures: Mapping[str, Path]) -> bool:
        """Offer the parts. Returns whether a worker has claimed one at once: else none is idle."""
        try:
            self._helpers.ledger.open(self._attempt)
            self._watch.start()
            first, *others = (order.model_dump_json() for order in orders)
            self._helpers.queue.offer(first)  # asks whether any worker is idle
            deadline = time.monotonic() + FIRST_CLAIM_SECONDS
            while not self._watch.states and time.monotonic() < deadline:
                self._pause()
            if not self._watch.states:
                return False
            for key, path in pictures.items():
                self._helpers.files.upload(path, key)
                self._uploaded.append(key)
            for order in others:
                self._helpers.queue.offer(order)
        except AWS_ERRORS as error:
            logger.warning("Parts of the job could not be offered.", extra={"reason": str(error)})
            return False
        return True

    def run(self) -> bool:
        """Render what no other worker does, until all parts are here."""
        while missing := [part for part in self._parts if not self._is_here(part)]:
            part = self._next(missing)
            if part is None:
                self._waited += self._pause()
                self._report_progress()
            else:
                self._render(part)
        self._report()
        return True

    def close(self) -> None:
        """End the help, and delete the files that it left in S3."""
        self._watch.stop()
        try:
            self._helpers.ledger.close(self._attempt)
        except AWS_ERRORS as error:
            logger.warning("The parts of the job were not withdrawn.", extra={"reason": str(error)})
        if self._has_strays:
            self._helpers.files.delete_of(self._attempt.job_id, self._attempt.number)
        else:
            self._helpers.files.delete([*self._uploaded, *self._watch.keys])

    @property
    def helpers_cpu_seconds(self) -> float:
        """CPU seconds of the parts that helpers have rendered."""
        return sum(state.cpu_seconds for state in self._watch.states.values())

    def _is_here(self, part: SharedPart) -> bool:
        return part.number in self._rendered or part.number in self._watch.received

    def _next(self, missing: Sequence[SharedPart]) -> SharedPart | None:
        """The part to render here now, which is this worker's; None where every other worker will be done sooner."""
        claim = self._helpers.ledger.claim
        for part in missing:
            if part.number not in self._watch.states and self._is_mine(partial(claim, self._attempt, part.number)):
                return part
        last = max(missing, key=self._remaining)
        if self._remaining(last) <= last.seconds * self._speed:
            return None
        state = self._watch.states.get(last.number)
        take_over = partial(self._helpers.ledger.take_over, self._attempt, last.number, state.owner if state else "")
        if not self._is_mine(take_over) and not self._watch.is_lost(last.number):
            return None
        self._has_strays = True
        emit_metrics({"PartsTakenBack": 1})
        logger.info("A part was taken back from its helper.", extra={"part": last.number})
        return last

    @staticmethod
    def _is_mine(write: partial[bool]) -> bool:
        """Whether a write to the ledger gave this worker the part; it has it where the ledger can't be reached."""
        try:
            return write()
        except AWS_ERRORS as error:
            logger.warning("The parts of the job can't be claimed.", extra={"reason": str(error)})
            return True

    def _remaining(self, part: SharedPart) -> float:
        """Seconds until a helper is done with a part, by its pace so far; infinite for one that is silent or lost."""
        state = self._watch.states.get(part.number)
        if state is None or self._watch.is_silent(part.number) or self._watch.is_lost(part.number):
            return float("inf")
        if state.is_done:
            return 0.0
        seconds, done = self._watch.seconds_of(part.number), state.progress / 100
        return seconds * (1 - done) / done if done else max(part.seconds * self._speed + _START_SECONDS - seconds, 0.0)

    def _render(self, part: SharedPart) -> None:
        began = time.monotonic()
        self._render_here(part, lambda share: self._report_progress(part.plan.frames * share))
        self._rendered.add(part.number)
        self._speed = (time.monotonic() - began) / part.seconds

    def _pause(self) -> float:
        if self._context.cancelled():
            raise CancelledError
        time.sleep(_POLL_SECONDS)
        return _POLL_SECONDS

    def _report_progress(self, current_frames: float = 0.0) -> None:
        """Report the share of all frames that are rendered, by whichever worker."""
        states = self._watch.states
        frames = sum(part.plan.frames for part in self._parts)
        done = current_frames + sum(
            part.plan.frames if self._is_here(part) else part.plan.frames * states[part.number].progress / 100
            for part in self._parts
            if self._is_here(part) or part.number in states
        )
        self._context.on_progress(min(done / frames, 1.0))

    def _report(self) -> None:
        helped = [part for part in self._parts if part.number not in self._rendered]
        if not helped:
            return
        saved = max(sum(part.seconds for part in helped) * self._speed - self._waited, 0.0)
        helpers = {self._watch.states[part.number].owner for part in helped}
        logger.info(
            "Other workers have rendered parts of the job.",
            extra={"parts": len(self._parts), "helped": len(helped), "helpers": len(helpers), "saved": round(saved, 1)},
        )
        emit_metrics({"HelpedJobs": 1, "SecondsSaved": round(saved, 1)})
