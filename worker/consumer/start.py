"""Starts a worker: reads its environment, checks its tools, and consumes jobs until SIGTERM."""

import logging
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from worker.consumer.timing import Timing
from worker.errors import SettingsError
from worker.settings import Settings, load_settings
from worker.telemetry.logs import logging_to_stdout
from worker.telemetry.metrics import set_queue_dimension
from worker.telemetry.spans import Spans

PRODUCTION = Timing()

logger = logging.getLogger("worker")


def consume(environment: Mapping[str, str], timing: Timing = PRODUCTION) -> int:
    """Consume jobs until SIGTERM. Returns the exit code: 0, or 2 where the environment is not usable."""
    try:
        settings = load_settings(environment)
    except SettingsError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    with logging_to_stdout(settings.log_level, as_json=settings.log_json):
        return _consume(settings, timing)


def _consume(settings: Settings, timing: Timing) -> int:
    """Consume jobs until SIGTERM. Returns the exit code: 0, or 2 where tools don't work or `OTEL_*` is malformed."""
    set_queue_dimension(settings.queue_url)
    if not settings.webhook_secrets:
        logger.warning("WEBHOOK_SECRET is not set: webhooks go out unsigned.")
    if settings.webhook_url is None:
        logger.warning("WEBHOOK_URL is not set: the end of a job that names no webhook_url is not notified.")

    # Imported after the environment is validated, so that an error is reported at once.
    from worker.aws.clients import make_clients  # noqa: PLC0415
    from worker.aws.pause import FleetPause  # noqa: PLC0415
    from worker.consumer.shutdown import Shutdown  # noqa: PLC0415
    from worker.consumer.wiring import build_consumer  # noqa: PLC0415
    from worker.sandbox.client import InspectionError  # noqa: PLC0415
    from worker.sandbox.leftovers import adopt_orphans  # noqa: PLC0415
    from worker.sandbox.process import make_undumpable  # noqa: PLC0415
    from worker.telemetry.peak_jobs import PeakJobsPublisher  # noqa: PLC0415
    from worker.video.ffmpeg import FFmpegError  # noqa: PLC0415

    try:
        check_tools()
    except (OSError, FFmpegError, InspectionError) as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    make_undumpable()
    adopt_orphans()
    owner = f"{settings.task_id or socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    shutdown = Shutdown()
    shutdown.install_signal_handlers()
    clients = make_clients(settings.region, is_embedded=settings.endpoint_url is not None)
    try:
        spans = open_spans(settings, owner)
    except ValueError as error:
        print(f"worker: a variable OTEL_* is malformed: {error}", file=sys.stderr)
        return 2
    pause = FleetPause(clients.dynamodb, settings.jobs_table, timing.pause_poll_seconds)
    consumer = build_consumer(settings, clients, owner, shutdown, timing, pause=pause, spans=spans)
    logger.info("Worker started.", extra={"owner": owner, "queue": settings.queue_url})
    with PeakJobsPublisher(
        clients.sqs, settings.queue_url, settings.peak_jobs_seconds, is_paused=lambda: pause.is_paused
    ):
        consumer.run()
    spans.close()
    logger.info("Worker stopped.", extra={"owner": owner})
    return 0


def open_spans(settings: Settings, owner: str) -> Spans:
    """Spans that are exported to the collector named in the environment, else no-op spans. Raises ValueError."""
    if not settings.exports_spans:
        return Spans()
    from worker.telemetry.otlp import OtlpSpans  # noqa: PLC0415  slow, and rarely needed

    return OtlpSpans(settings.queue_url.rpartition("/")[2], owner)


def check_tools() -> None:
    """Raise OSError, `FFmpegError` or `InspectionError` where FFmpeg or the painter doesn't run in its sandbox, or
    fonts are missing: a worker that would fail every job must not start."""
    from worker.painter.client import painter_process  # noqa: PLC0415
    from worker.painter.painter import check  # noqa: PLC0415
    from worker.video.context import RenderContext  # noqa: PLC0415
    from worker.video.ffmpeg import run  # noqa: PLC0415

    with painter_process(Path("/")) as process:
        run(["-version"], RenderContext(Path("/")))
        check(process)
