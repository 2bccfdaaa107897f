"""The lease on a message: kept alive by a thread of its own while the job runs.

SQS hides a received message for the visibility timeout and shows it to another worker afterwards. The timeout is short,
so that a crashed worker's job is taken over within two minutes, and renewed at a third, so that two renewals may fail.
Take this out, and every render longer than the timeout is done twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from worker.health import note_alive
from worker.ledger import LeaseLostError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_GONE = frozenset({"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"})
"""SQS's words for a handle that holds no longer.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""

logger = logging.getLogger(__name__)


class Lease:
    """A context manager: inside, the message stays ours. `lost` tells when it no longer is.

    `seconds` is how long the message stays hidden without a renewal; `renew_claim` renews what else hangs on the job
    (the ledger's claim), and may raise `LeaseLostError`.
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
        self._expires = time.monotonic() + seconds
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def lost(self) -> bool:
        """Whether somebody else may have the message by now."""
        return self._lost.is_set() or time.monotonic() > self._expires

    def end(self) -> None:
        """Stop renewing; before the message is deleted or handed back, so that no renewal follows."""
        self._ended.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _keep(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            try:
                self._renew()
            except LeaseLostError as error:
                logger.warning("The lease was lost.", extra={"reason": str(error)})
                self._lost.set()
                return
            except (BotoCoreError, ClientError) as error:
                logger.warning("The lease could not be renewed.", extra={"reason": str(error)})

    def _renew(self) -> None:
        begin = time.monotonic()
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=self._receipt_handle, VisibilityTimeout=self._seconds
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "").rpartition(".")[2] in _GONE:
                raise LeaseLostError("the message is no longer ours") from error
            raise
        note_alive()
        self._renew_claim()
        self._expires = begin + self._seconds
