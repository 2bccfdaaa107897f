"""The worker's loop: one message at a time, acknowledged only when its job has ended and that has been told.

    receive -> hold the lease -> handle -> acknowledge, or give back

The queue is the only retry engine there is: whatever is not acknowledged is seen again.
"""

import logging
import random

from botocore.exceptions import BotoCoreError, ClientError

from worker.handler import JobHandler
from worker.health import note_alive
from worker.ledger import LeaseLostError
from worker.protection import TaskProtection
from worker.queue import LONG_POLL_SECONDS, JobQueue, Message
from worker.shutdown import Shutdown
from worker.sweeper import Sweeper
from worker.task import LeaveInQueueError, UnreadableError
from worker.telemetry import emit_metrics

UNREACHABLE_SECONDS = (1.0, 30.0)
"""First and longest pause while AWS can't be reached."""

STOPPABLE_SECONDS = 1.0
"""After a long poll that brought nothing, a worker is unprotected so long: without such a pause ECS would find no
worker that it may stop, and an idle fleet would never shrink."""

logger = logging.getLogger(__name__)


class Consumer:
    """One worker: one job at a time, until `shutdown` is requested."""

    def __init__(
        self,
        queue: JobQueue,
        handler: JobHandler,
        sweeper: Sweeper,
        protection: TaskProtection,
        shutdown: Shutdown,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._sweeper = sweeper
        self._protection = protection
        self._shutdown = shutdown

    def run(self) -> None:
        """Consume until shutdown. Raises nothing that a message, or AWS, could cause."""
        pause, longest = UNREACHABLE_SECONDS
        while not self._shutdown.requested:
            try:
                self._take_one()
            except (BotoCoreError, ClientError) as error:
                logger.warning("AWS could not be reached.", extra={"reason": str(error), "pause": round(pause, 1)})
                self._shutdown.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  no secret
                pause = min(pause * 2, longest)
            else:
                pause = UNREACHABLE_SECONDS[0]

    def _take_one(self) -> None:
        """Receive and handle at most one message, protected from scale-in meanwhile."""
        if not self._protection.acquire():
            note_alive()  # well, and about to be stopped
            emit_metrics({"ProtectionRefused": 1})
            self._shutdown.wait(LONG_POLL_SECONDS)
            return
        try:
            message = None
            with self._shutdown.interruptible():
                message = self._queue.receive()
                note_alive()
            if message is not None:
                self._dispatch(message)
            if not self._shutdown.requested:
                self._sweeper.sweep()
        finally:
            self._protection.release()
        if message is None:
            self._shutdown.wait(STOPPABLE_SECONDS)

    def _dispatch(self, message: Message) -> None:
        if self._shutdown.requested:
            self._queue.give_back(message, 0)
            return
        try:
            self._handler.handle(message, is_last_try=self._queue.is_last_try(message), hold=self._queue.lease)
        except LeaveInQueueError as decision:
            self._queue.give_back(message, decision.seconds)
        except UnreadableError as error:
            if self._queue.set_aside(message, str(error)):
                logger.warning("A message was set aside in the dead-letter queue.", extra={"reason": str(error)})
            else:
                logger.error(
                    "A message can't be read, and the queue has no dead-letter queue: it stays.",
                    extra={"reason": str(error), "message_id": message.message_id},
                )
        except LeaseLostError as error:
            emit_metrics({"LeasesLost": 1})
            logger.warning("The job was left to another worker.", extra={"reason": str(error)})
        else:
            self._queue.acknowledge(message)
