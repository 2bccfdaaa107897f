"""The helper: an idle worker that renders parts of other workers' jobs, until a job of its own comes.

It works on a thread of its own, and only while the worker's loop waits for a message. A part that it drops costs its
coordinator time, and nothing else.
"""

import contextlib
import logging
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from worker.aws.outages import AWS_ERRORS
from worker.aws.parts_ledger import Attempt, PartsLedger
from worker.errors import CancelledError
from worker.helpers.coordinator import Helpers
from worker.helpers.order import FOLDER, PartOrder, Picture, part_key
from worker.helpers.release import release
from worker.job import PermanentError, S3Location
from worker.media.attachments import void_attachments
from worker.media.cloud_fetch import CloudFetcher
from worker.media.fetch import ObjectVersion
from worker.probe.model import ByteRange
from worker.telemetry.metrics import emit_metrics
from worker.video import ffmpeg
from worker.video.context import RenderContext

REPORT_SECONDS = 1.0
"""Time between two reports to the coordinator, in seconds."""

_PAUSE_SECONDS = 5.0
"""Pause where the queue of offers can't be reached, in seconds."""

_DROP_SECONDS = 1.0
"""Longest time in seconds that a job waits for a part to be dropped."""

_PICTURE_SECONDS, _PICTURE_POLL_SECONDS = 10.0, 0.05
"""Longest wait for a picture, and time between two looks, in seconds."""

_EXPECTED = (*AWS_ERRORS, PermanentError, ffmpeg.FFmpegError)

logger = logging.getLogger(__name__)


class Helper:
    """Helps between `allow` and `drop`; `stopping` says whether the worker shuts down."""

    def __init__(self, helpers: Helpers, fetcher: CloudFetcher, stopping: Callable[[], bool]) -> None:
        self._helpers = helpers
        self._fetcher = fetcher
        self._stopping = stopping
        self._is_idle = threading.Event()
        self._rendering = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="helper", daemon=True)

    def start(self) -> None:
        """Start the thread, which waits for `allow`."""
        self._thread.start()

    def allow(self) -> None:
        """Help, since the worker has no job."""
        self._is_idle.set()

    def drop(self) -> None:
        """Help no more. A part that is being rendered is dropped, within a second."""
        self._is_idle.clear()
        if self._rendering.acquire(timeout=_DROP_SECONDS):
            self._rendering.release()

    def _cancelled(self) -> bool:
        return self._stopping() or not self._is_idle.is_set()

    def _run(self) -> None:
        pause = threading.Event()
        while not self._stopping():
            self._is_idle.wait()
            try:
                self._poll_once()
            except (BotoCoreError, ClientError) as error:
                logger.warning("The queue of parts could not be reached.", extra={"reason": str(error)})
                pause.wait(_PAUSE_SECONDS)
            except Exception:
                logger.exception("The worker failed at something unexpected while it helped, and goes on.")
                emit_metrics({"UnexpectedErrors": 1})
                pause.wait(_PAUSE_SECONDS)

    def _poll_once(self) -> None:
        offer = self._helpers.queue.receive()
        if offer is None:
            return
        text, receipt_handle = offer
        with self._rendering:
            if self._cancelled():
                self._helpers.queue.pass_on(text, receipt_handle)
                return
            self._helpers.queue.delete(receipt_handle)
            try:
                order = PartOrder.model_validate_json(text)
            except ValidationError as error:
                logger.warning("An offer of a part can't be read.", extra={"reason": str(error)[:500]})
                return
            self._help(order)

    def _help(self, order: PartOrder) -> None:
        """Render a part, unless another worker does, or it is another release's."""
        attempt = Attempt(order.job_id, order.attempt, order.plan)
        extra = {"job_id": order.job_id, "attempt": order.attempt, "part": order.part}
        if order.release != release():
            logger.info("A part of a job was left: it is another release's.", extra=extra)
            return
        if not self._helpers.ledger.claim(attempt, order.part):
            return
        logger.info("Rendering a part of another worker's job.", extra=extra)
        try:
            with (
                tempfile.TemporaryDirectory(prefix="part-") as name,
                _Reports(self._helpers.ledger, attempt, order.part, self._cancelled) as reports,
            ):
                before = _children_cpu_seconds()
                self._render(order, Path(name), reports)
                self._hand_over(order, attempt, Path(name), _children_cpu_seconds() - before)
        except CancelledError:
            logger.info("A part was dropped.", extra=extra)
            self._give_up(attempt, order.part)
        except _EXPECTED as error:
            logger.warning("A part could not be rendered here.", extra={**extra, "reason": str(error)})
            self._give_up(attempt, order.part)

    def _render(self, order: PartOrder, folder: Path, reports: "_Reports") -> None:
        for source in order.sources:
            path = _file(folder, source.name)
            version = ObjectVersion(S3Location(source.bucket, source.key), source.etag, source.size)
            ranges = [ByteRange(*each) for each in source.ranges]
            self._fetcher.fetch_ranges(version, ranges, path, reports.check)
            void_attachments(path)
        for picture in order.pictures:
            self._await_picture(picture, _file(folder, picture.name), reports)
        arguments = [word.replace(FOLDER, str(folder)) for word in order.arguments]
        context = RenderContext(folder, on_progress=reports.on_progress, cancelled=reports.is_cancelled)
        limits = ffmpeg.Limits(order.wall_seconds, cpu_seconds=order.cpu_seconds)
        ffmpeg.run(arguments, context, frames=order.frames, limits=limits)

    def _await_picture(self, picture: Picture, path: Path, reports: "_Reports") -> None:
        """Download a picture, which the coordinator uploads once a part is claimed."""
        deadline = time.monotonic() + _PICTURE_SECONDS
        while True:
            reports.check()
            try:
                return self._helpers.files.download(picture.key, path)
            except ClientError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(_PICTURE_POLL_SECONDS)

    def _hand_over(self, order: PartOrder, attempt: Attempt, folder: Path, cpu_seconds: float) -> None:
        keys = [part_key(order.job_id, order.attempt, order.plan, file) for file in order.files]
        for file, key in zip(order.files, keys, strict=True):
            self._helpers.files.upload(folder / file, key)
        if self._helpers.ledger.finish(attempt, order.part, cpu_seconds):
            emit_metrics({"PartsRendered": 1})
        else:  # the coordinator was faster, or gone
            self._helpers.files.delete(keys)

    def _give_up(self, attempt: Attempt, part: int) -> None:
        """Let the coordinator know at once; it finds out by itself where this fails."""
        with contextlib.suppress(BotoCoreError, ClientError):
            self._helpers.ledger.give_up(attempt, part)


def _children_cpu_seconds() -> float:
    """CPU seconds of the processes of this one that have ended: mainly FFmpeg's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


class _Reports:
    """Reports a part's progress while the block lasts, and finds out whether it is still this worker's."""

    def __init__(self, ledger: PartsLedger, attempt: Attempt, part: int, cancelled: Callable[[], bool]) -> None:
        self._ledger, self._attempt, self._part, self._cancelled = ledger, attempt, part, cancelled
        self._progress = 0.0
        self._is_lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="part-reports", daemon=True)

    def __enter__(self) -> "_Reports":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def on_progress(self, share: float) -> None:
        """Note that this share of the part is rendered."""
        self._progress = share

    def is_cancelled(self) -> bool:
        """Whether the part is to be dropped: the worker has a job, or the coordinator has no use for it."""
        return self._is_lost or self._cancelled()

    def check(self) -> None:
        """Raise `CancelledError` where the part is to be dropped."""
        if self.is_cancelled():
            raise CancelledError

    def _run(self) -> None:
        while not self._ended.wait(REPORT_SECONDS):
            try:
                self._is_lost = not self._ledger.report(self._attempt, self._part, round(100 * self._progress))
            except (BotoCoreError, ClientError) as error:
                logger.warning("A part's progress was not reported.", extra={"reason": str(error)})
