"""The main loop: one job at a time, its message acknowledged only after it has ended and its receiver was notified.

    receive -> protect the task -> hold the lease -> handle -> acknowledge, or return to the queue

A job whose end is recorded leaves the loop: its webhook is delivered while the next job renders (deliveries.py).

The queue is the only retry mechanism: a message that is not acknowledged is received again. So an error that no code
expects costs one try of one job, is logged with its traceback and counted by an alarm, and the worker goes on.

A worker asks for protection from scale-in once it has a message, and renders the job whether or not ECS grants it: to
return the message would use up one of its tries (docs/decisions/0022). An unprotected worker that ECS stops finishes
the job in time, or hands it back.
"""

import logging
import random
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.health import mark_alive, mark_waiting
from worker.aws.pause import FleetPause
from worker.aws.queue import LONG_POLL_SECONDS, JobQueue, Message
from worker.aws.task_protection import TaskProtection
from worker.consumer.dead_letters import Sweeper
from worker.consumer.deliveries import POLL_SECONDS, Deliveries, LeaveLoop
from worker.consumer.disk import has_room
from worker.consumer.handler import JobHandler
from worker.consumer.shutdown import Shutdown
from worker.consumer.standby import Standby
from worker.consumer.timing import Timing
from worker.errors import LeaseLostError, MalformedMessageError, RetryLaterError
from worker.helpers.helper import Helper
from worker.telemetry.metrics import emit_metrics

RECONNECT_SECONDS = (1.0, 30.0)
"""First and longest pause while AWS can't be reached, in seconds."""

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
        *,
        pause: FleetPause,
        timing: Timing,
        standby: Standby,
        helper: Helper | None = None,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._sweeper = sweeper
        self._protection = protection
        self._shutdown = shutdown
        self._pause = pause
        self._timing = timing
        self._standby = standby
        self._deliveries = Deliveries(queue)
        self._helper = helper

    def run(self) -> None:
        """Consume until shutdown. Raises no Exception, whatever a message or AWS causes."""
        if self._helper is not None:
            self._helper.start()
        with self._pause.watched(self._shutdown.wait), self._sweeper.running(self._shutdown):
            self._consume()
        self._deliveries.close()
        self._standby.close()

    def _consume(self) -> None:
        pause, longest = RECONNECT_SECONDS
        while not self._shutdown.requested:
            try:
                self._poll_once()
            except (BotoCoreError, ClientError) as error:
                mark_waiting()
                logger.warning("AWS could not be reached.", extra={"reason": str(error), "pause": round(pause, 1)})
            except Exception:
                logger.exception("The worker failed at something unexpected, and goes on.")
                emit_metrics({"UnexpectedErrors": 1})
            else:
                pause = RECONNECT_SECONDS[0]
                continue
            self._shutdown.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  no secret
            pause = min(pause * 2, longest)

    def _poll_once(self) -> None:
        """Receive and handle at most one message; release the task's protection if none came.

        A worker whose disk is full receives none: its health check fails, and ECS replaces it. In a pause of the fleet
        a worker receives none either, and is healthy; what it delivers, it goes on delivering.
        """
        if not has_room():
            self._drop_part()
            logger.error("The disk is full: this worker receives no job, and is replaced.")
            emit_metrics({"UnexpectedErrors": 1})
            self._protection.release()
            self._shutdown.wait(LONG_POLL_SECONDS)
            return
        if self._pause.is_paused:
            self._drop_part()
            mark_waiting()
            emit_metrics({"Paused": 1})
            if not self._deliveries.under_way:
                self._protection.release()
            self._shutdown.wait(self._timing.pause_poll_seconds)
            return
        message = None
        self._queue.read_redrive_policy()
        self._standby.prepare()
        if self._helper is not None:
            self._helper.allow()
        with self._shutdown.interruptible():
            message = self._queue.receive(POLL_SECONDS if self._deliveries.under_way else LONG_POLL_SECONDS)
            mark_alive()
        if message is not None:
            self._drop_part()
            self._deliveries.handle(message, partial(self._dispatch, message))
        elif not self._shutdown.requested and not self._deliveries.under_way:
            self._protection.release()

    def _drop_part(self) -> None:
        if self._helper is not None:
            self._helper.drop()

    def _protect(self) -> None:
        """Protect the task for a job, unless it is about to be stopped anyway."""
        if not self._shutdown.requested and not self._protection.acquire():
            emit_metrics({"ProtectionRefused": 1})

    def _dispatch(self, message: Message, leave_loop: LeaveLoop) -> None:
        """Handle a message. An error that nothing expects ends this try of its job alone."""
        try:
            self._protect()
            self._handle(message, leave_loop)
        except (BotoCoreError, ClientError):
            raise
        except Exception:
            seconds = self._timing.backoff(message.receives)
            extra = {"message_id": message.message_id, "receive": message.receives, "again_in": round(seconds)}
            logger.exception("A message was returned to the queue because of an unexpected error.", extra=extra)
            emit_metrics({"UnexpectedErrors": 1})
            self._queue.return_message(message, seconds)

    def _handle(self, message: Message, leave_loop: LeaveLoop) -> None:
        """Handle a message, and acknowledge it, return it or set it aside."""
        try:
            is_last_try = self._queue.is_last_try(message)
            self._handler.handle(message, leave_loop, is_last_try=is_last_try, make_lease=self._queue.lease)
        except RetryLaterError as decision:
            self._queue.return_message(message, decision.seconds)
        except MalformedMessageError as error:
            if self._queue.move_to_dead_letters(message, str(error)):
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
