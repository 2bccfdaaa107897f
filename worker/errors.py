"""The worker's exceptions. What the job itself did wrong is a `PermanentError` of the contract: worker/job/errors.py.

    Exception
     +-- SettingsError               an environment variable is missing or malformed: the worker does not start
     +-- MalformedMessageError       the message has no job id: it moves to the dead-letter queue
     +-- RetryLaterError             the message returns to the queue
     +-- BusyError                   another worker holds the job's claim
     +-- ReusedIdError               the job id belongs to another message
     +-- UnknownJobError             the ledger has no entry of the job
     +-- LedgerEntryError            an entry of the ledger can't be read: an operator must look at it
     +-- SupersededError             a job that was sent later has published this video
     +-- LeaseLostError              another worker owns the job: this one publishes and records nothing
     +-- CancelledError              the work was cancelled
     +-- JobCancelledError           an operator cancelled the job: it ends without a video
     +-- JobTimeoutError             the job exceeded its deadline: it is retried
     +-- UploadError                 S3 holds other bytes than were sent: the job is retried
     +-- ForbiddenDestinationError   the worker may not connect to this URL
     +-- OSError
          +-- RequestTimeoutError     an HTTP request exceeded its total time
          +-- MalformedResponseError  an HTTP response breaks the protocol, or is cut off

An exception that the handler doesn't know, botocore's and FFmpeg's among them, counts as transient: the job is retried.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


class SettingsError(Exception):
    """An environment variable is missing or malformed; the message is one line that names it."""


class MalformedMessageError(Exception):
    """The message has no usable job id, so that no receiver can be notified."""


class RetryLaterError(Exception):
    """The message must return to the queue and be received again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


class BusyError(Exception):
    """Another worker holds the job's claim.

    `is_duplicate`: that worker received another message for the same job, which is still in the queue; this message is
    not needed. `lease_expires_at`: when the claim expires, by that worker's clock.
    """

    def __init__(self, *, is_duplicate: bool, lease_expires_at: Decimal | None = None) -> None:
        super().__init__("another worker is at this job")
        self.is_duplicate = is_duplicate
        self.lease_expires_at = lease_expires_at


class ReusedIdError(Exception):
    """The job id belongs to another message, whose job makes the video `video_id`, or has failed to, or was
    cancelled (`has_failed`)."""

    def __init__(self, video_id: str, *, has_failed: bool) -> None:
        super().__init__("the job id belongs to another message")
        self.video_id = video_id
        self.has_failed = has_failed


class SupersededError(Exception):
    """A job that was sent later has taken the video; `newer` describes what it publishes."""

    def __init__(self, newer: Mapping[str, Any]) -> None:
        super().__init__("a job that was sent later has published this video")
        self.newer = newer


class UnknownJobError(Exception):
    """The ledger has no entry of the job: no worker of this deployment has received it, or its entry has expired."""


class LedgerEntryError(Exception):
    """An entry of the ledger is not one that a worker writes; the message names its key."""


class LeaseLostError(Exception):
    """Another worker owns the job now; this one must publish and record nothing."""


class CancelledError(Exception):
    """The work was cancelled: the lease was lost, the worker is shutting down, the job exceeded its deadline, or an
    operator cancelled it."""


class JobCancelledError(Exception):
    """An operator cancelled the job, before its video began to appear: its only end is CANCELLED."""


class JobTimeoutError(Exception):
    """The job exceeded the time that a job of its length may take."""


class UploadError(Exception):
    """The object in S3 has another size than the file that was uploaded. The job is retried."""


class ForbiddenDestinationError(Exception):
    """The worker may not connect to a URL; the message is one sentence with the reason and what would allow it."""


class RequestTimeoutError(OSError):
    """An HTTP request exceeded its total time, for example because the server drips its answer byte by byte."""


class MalformedResponseError(OSError):
    """An HTTP response breaks the protocol, exceeds a limit of its parts, or is cut off; the message says how."""
