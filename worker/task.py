"""A message on its way through the worker, and the ways in which it may not be acknowledged."""

from dataclasses import dataclass, field

from worker.job import Addressee
from worker.ledger import Claim
from worker.queue import Message
from worker.spans import JobSpan
from worker.telemetry import StageClock


class LeaveInQueueError(Exception):
    """The message must be seen again, after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


class UnreadableError(Exception):
    """The message has not even a job id: nobody can be told."""


@dataclass
class Task:
    """A message that is being handled."""

    message: Message
    is_last_try: bool
    digest: str
    addressee: Addressee
    span: JobSpan = field(default_factory=JobSpan)
    clock: StageClock = field(init=False)
    claim: Claim | None = None
    """Set from the claim to the recorded end."""
    fraction: float = 0.0
    """Of the video that is rendered, 0 to 1."""

    def __post_init__(self) -> None:
        self.clock = StageClock(self.span.stage)
