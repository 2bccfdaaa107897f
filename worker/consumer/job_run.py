"""A claimed job while its video is made: ownership, cancellation, progress."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.lease import Lease
from worker.aws.ledger import Claim, Ledger
from worker.aws.outages import Outages
from worker.consumer.deadline import Deadline
from worker.consumer.progress import ProgressReporter
from worker.consumer.shutdown import Shutdown
from worker.consumer.task import Task
from worker.errors import BusyError, CancelledError, JobCancelledError, LeaseLostError
from worker.helpers.coordinator import Helpers

PUBLICATION_POLL_SECONDS = 0.5
"""Time between two looks at whether another job's publication of the same video is over, in seconds."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobRun:
    """One attempt at a job, from the claim to the published video."""

    task: Task
    claim: Claim
    lease: Lease
    deadline: Deadline
    reporter: ProgressReporter
    ledger: Ledger
    shutdown: Shutdown
    outages: Outages
    waited_before: float
    """Seconds that the worker had waited for AWS before this job began: its deadline doesn't count later ones."""
    helpers: Helpers | None = None
    """How idle workers are reached that may help."""

    def cancelled(self) -> bool:
        """Whether to stop: an operator cancelled the job, the lease is lost, the deadline has passed, or the worker
        shuts down before the end."""
        give_up = self.shutdown.should_give_up(self.task.clock.started, self.task.progress)
        waited = self.outages.waited - self.waited_before
        is_over = self.deadline.is_over(time.monotonic() - waited)
        return self.task.is_cancelled or self.lease.lost or give_up or is_over

    def check_ownership(self) -> None:
        """Renew the claim just before the video becomes visible. Raises `LeaseLostError` where it is lost, and
        `JobCancelledError`."""
        if self.outages.outlast(lambda: self.ledger.renew(self.claim, "publishing", 100)):
            raise JobCancelledError
        self._raise_if_lost()

    def _raise_if_lost(self) -> None:
        if self.lease.lost:
            raise LeaseLostError("the lease was lost while the video was published")

    def acquire_video(self, key: str, description: Mapping[str, Any]) -> None:
        """Acquire the right to publish a video, once an earlier job that publishes it is done.

        From then on no operator can cancel the job. Raises `SupersededError` where a later job has had it,
        `CancelledError`, `JobCancelledError` and `LeaseLostError`.
        """
        self.check_ownership()
        while not self.cancelled():
            try:
                self.ledger.acquire_video(self.claim, key, description)
            except BusyError:
                self.shutdown.wait(PUBLICATION_POLL_SECONDS)
            else:
                self.ledger.begin_publication(self.claim)
                self._raise_if_lost()
                return
        raise CancelledError

    def release_video(self, key: str) -> None:
        """Release the right to publish a video. An outage here must not repeat a job that is published: the right
        expires with its lease."""
        try:
            self.ledger.release_video(self.claim, key)
        except (BotoCoreError, ClientError) as error:
            logger.warning("The right to publish the video was not released.", extra={"reason": str(error)})

    def on_used_by_helpers(self, cpu_seconds: float) -> None:
        """Count what other workers have used for this job."""
        if self.task.meter is not None:
            self.task.meter.helpers_cpu_seconds += cpu_seconds

    def on_fetched(self, bytes_: int) -> None:
        """Count bytes of sources."""
        if self.task.meter is not None:
            self.task.meter.bytes_fetched += bytes_

    def on_progress(self, fraction: float) -> None:
        """Record that the video is rendered to `fraction`, 0 (rendering starts) to 1, and report it."""
        self.task.progress = fraction
        self.deadline.update(fraction)
        self.reporter.report(fraction)
