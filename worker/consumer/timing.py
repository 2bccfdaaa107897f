"""The intervals that decide how fast a worker recovers from a fault, in one place."""

import random
from dataclasses import dataclass

from worker.aws.queue import LONG_POLL_SECONDS

_LONGEST_BACKOFF = 8
"""Most times that the delay grows: it then exceeds the twelve hours that SQS hides a message, and still is a float."""


@dataclass(frozen=True)
class Timing:
    """The defaults are production's; tests of recovery use shorter intervals."""

    lease_seconds: int = 90
    """How long a received message stays hidden, and a claim in the ledger holds, without a renewal. Renewed at a third
    of this time, so that two renewals may fail; afterwards another worker takes over a crashed worker's job."""
    backoff_seconds: float = 5.0
    """Delay before the second try of a job; four times as long before each further one, with jitter of plus or minus a
    fifth."""
    sweep_interval_seconds: float = 60.0
    """Time between two inspections of the dead-letter queue."""
    redelivery_interval_seconds: float = 900.0
    """Time between two deliveries of a pending webhook whose message is in the dead-letter queue."""
    long_poll_seconds: int = LONG_POLL_SECONDS
    """Longest wait of a receive; afterwards an idle worker releases its task's protection, or ends after SIGTERM."""

    pause_poll_seconds: float = 15.0
    """Time between two looks at whether the fleet is paused: with a long poll that is open, a worker takes its last job
    within 35 s."""

    def backoff(self, receives: int) -> float:
        """Seconds until a message that was received `receives` times (1 or more) is tried again."""
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  no secret
        return self.backoff_seconds * 4.0 ** min(receives - 1, _LONGEST_BACKOFF) * jitter
