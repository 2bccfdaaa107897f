"""How patient a worker is: the times that recovery from a fault takes, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """The default is what runs in production; tests of recovery use a quicker one, to see more of it."""

    lease_seconds: int = 90
    """For which a received message stays hidden, and a claim in the ledger holds. Renewed at a third, so that two
    renewals may fail; a crashed worker's job is taken over after it."""
    back_off_seconds: float = 5.0
    """Before the second try of a job; four times as much before each further one, with jitter of plus or minus a
    fifth."""
    sweep_seconds: float = 60.0
    """Between two looks into the dead-letter queue."""
    retell_seconds: float = 900.0
    """Between two tries to deliver the webhook of a job whose message lies in the dead-letter queue."""
