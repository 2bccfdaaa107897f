"""Whether an operator has paused the fleet: one item of the ledger's table, which `hospup-video pause` writes."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.health import mark_alive
from worker.telemetry.metrics import emit_metrics

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAUSE_ITEM = "fleet/pause"
"""The item's key: a name that no job has, since job ids hold no slash."""

logger = logging.getLogger(__name__)


class FleetPause:
    """Reads every `seconds`, on a thread of its own, whether the fleet is paused: an answer that hangs delays no job.

    Where the ledger can't be read, all goes on as before. While the fleet is paused, its answers count for the worker's
    health in place of those of the queue, which then isn't asked.
    """

    def __init__(self, client: "DynamoDBClient", table: str, seconds: float) -> None:
        self._client = client
        self._table = table
        self._seconds = seconds
        self._is_paused = False

    @property
    def is_paused(self) -> bool:
        """Whether the worker may receive no message, by the last answer."""
        return self._is_paused

    @contextlib.contextmanager
    def watched(self, wait: Callable[[float], bool]) -> Iterator[None]:
        """A context in which the item is read: once before anything else, so that a worker that starts in a pause takes
        no job, and then until `wait(seconds)` returns True."""
        self._read()
        threading.Thread(target=self._watch, args=(wait,), name="pause", daemon=True).start()
        yield

    def _watch(self, wait: Callable[[float], bool]) -> None:
        while not wait(self._seconds):
            self._read()

    def _read(self) -> None:
        try:
            answer = self._client.get_item(TableName=self._table, Key={"job_id": {"S": PAUSE_ITEM}})
        except (BotoCoreError, ClientError) as error:
            logger.warning("The ledger does not say whether the fleet is paused.", extra={"reason": str(error)})
            return
        except Exception:  # without this thread the worker would never go on
            logger.exception("The ledger does not say whether the fleet is paused.")
            emit_metrics({"UnexpectedErrors": 1})
            return
        is_paused = "Item" in answer
        if is_paused:
            mark_alive()
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            logger.info("The fleet is paused: this worker takes no job." if is_paused else "The fleet goes on.")
