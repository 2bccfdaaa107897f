"""The lease on a message and on its job, each renewed by a thread of its own while the job runs.

SQS hides a received message for the visibility timeout and delivers it to another worker afterwards. The timeout is
short, so that a crashed worker's job is taken over within two minutes, and renewed at a third, so that two renewals may
fail. Without renewal, every render longer than the timeout would be done twice.

The claim in the ledger is renewed along with it, and decides alone who owns the job. While SQS doesn't renew the
visibility timeout, the job goes on: another worker that receives the message finds the claim alive, and leaves the job.
While neither can be reached, the job goes on too: it is lost only once the ledger says so.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.health import mark_alive, mark_waiting
from worker.errors import LeaseLostError
from worker.telemetry.metrics import emit_metrics

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_RETRY_FRACTION = 1 / 18
"""Time until a failed renewal is repeated, as a fraction of the lease: 5 s of 90 s."""

_HANGING_SECONDS = 5.0
"""How long the end of a lease waits for a renewal under way, in seconds."""

logger = logging.getLogger(__name__)


class Lease:
    """A context manager: inside, the job is this worker's, unless `lost` is True.

    Params:
        sqs, queue_url, receipt_handle: the received message.
        seconds: how long the message stays hidden without a renewal.
        renew_claim: renews the ledger's claim along with the lease, and may raise `LeaseLostError`.
    """

    def __init__(
        self, sqs: "SQSClient", queue_url: str, receipt_handle: str, seconds: int, renew_claim: Callable[[], None]
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._receipt_handle = receipt_handle
        self._seconds = seconds
        self._renew_claim = renew_claim
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(self._renew_visibility,), name="visibility", daemon=True),
            threading.Thread(target=self._keep, args=(self._renew_claim,), name="claim", daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def lost(self) -> bool:
        """Whether another worker owns the job."""
        return self._lost.is_set()

    def end(self) -> None:
        """Stop renewing. Must precede the message's deletion or return, so that no renewal follows.

        A renewal that hangs is not waited for: it changes nothing of a message that is deleted, and of one that was
        returned only when it is visible again.
        """
        self._ended.set()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(_HANGING_SECONDS)

    def _keep(self, renew: Callable[[], None]) -> None:
        """Renew at each third of the lease until the end, and repeat what fails."""
        pause = self._seconds / 3
        while not self._ended.wait(pause):
            pause = self._seconds * _RETRY_FRACTION
            try:
                renew()
            except LeaseLostError as error:
                logger.warning("The lease was lost.", extra={"reason": str(error)})
                self._lost.set()
                return
            except (BotoCoreError, ClientError) as error:
                mark_waiting()
                logger.warning("The lease could not be renewed.", extra={"reason": str(error)})
            except Exception:  # without this thread the lease would be lost
                logger.exception("The lease could not be renewed.")
                emit_metrics({"UnexpectedErrors": 1})
            else:
                pause = self._seconds / 3

    def _renew_visibility(self) -> None:
        self._sqs.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=self._receipt_handle, VisibilityTimeout=self._seconds
        )
        mark_alive()
