"""One received message while a worker handles it."""

import threading
from dataclasses import dataclass, field

from worker.aws.ledger import Claim
from worker.aws.queue import Message
from worker.consumer.deliveries import LeaveLoop
from worker.consumer.meter import Meter
from worker.job import JobIdentity, MessageBody
from worker.telemetry.spans import JobSpan
from worker.telemetry.stages import StageClock


@dataclass
class Task:
    """A message that is being handled, and how far its job is."""

    message: Message
    body: MessageBody
    identity: JobIdentity
    is_last_try: bool
    span: JobSpan = field(default_factory=JobSpan)
    fingerprint: str = ""
    """Default: the message's."""
    clock: StageClock = field(init=False)
    claim: Claim | None = None
    """Set from the claim until the end is recorded."""
    meter: Meter | None = None
    """Measures the try from the claim on, until it is counted."""
    is_cancelled: bool = False
    """Whether the ledger said, at the last renewal of the claim, that an operator has cancelled the job."""
    progress: float = 0.0
    """Rendered fraction of the video, 0 to 1."""
    leave_loop: LeaveLoop = lambda: True
    """Called when only a delivery remains. Default: nothing waits for this task."""
    last_progress: threading.Thread | None = None
    """Sends the last PROGRESSING webhook: the one of the end waits for it."""

    def __post_init__(self) -> None:
        self.fingerprint = self.fingerprint or self.body.fingerprint()
        self.clock = StageClock(self.span.stage)
