"""Starts a worker: reads its environment, checks its tools, and consumes jobs until SIGTERM."""

import logging
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from worker.pace import Pace
from worker.settings import Settings, SettingsError, load_settings
from worker.spans import Spans
from worker.telemetry import configure_logging, count_for

PRODUCTION = Pace()

logger = logging.getLogger("worker")


def consume(environment: Mapping[str, str], pace: Pace = PRODUCTION) -> int:
    """Consume jobs until SIGTERM. Returns 0, or 2 where the environment is not usable."""
    try:
        settings = load_settings(environment)
    except SettingsError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    configure_logging(settings.log_level, as_json=settings.log_json)
    count_for(settings.queue_url)
    if not settings.webhook_secrets:
        logger.warning("WEBHOOK_SECRET is not set: webhooks go out unsigned.")

    # Loaded only now, so that a wrong environment is named at once.
    from worker.assembly import assemble  # noqa: PLC0415
    from worker.aws import make_clients  # noqa: PLC0415
    from worker.heartbeat import Heartbeat  # noqa: PLC0415
    from worker.shutdown import Shutdown  # noqa: PLC0415
    from worker.video.ffmpeg import FFmpegError  # noqa: PLC0415
    from worker.video.process import conceal  # noqa: PLC0415

    try:
        check_tools()
    except (OSError, FFmpegError) as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    conceal()
    owner = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    shutdown = Shutdown()
    shutdown.listen()
    clients = make_clients(settings.region, is_embedded=settings.endpoint_url is not None)
    try:
        spans = open_spans(settings, owner)
    except ValueError as error:
        print(f"worker: a variable OTEL_* is malformed: {error}", file=sys.stderr)
        return 2
    consumer = assemble(settings, clients, owner, shutdown, pace, spans=spans)
    logger.info("Worker started.", extra={"owner": owner, "queue": settings.queue_url})
    with Heartbeat(clients.sqs, settings.queue_url, settings.peak_jobs_seconds):
        consumer.run()
    spans.close()
    logger.info("Worker stopped.", extra={"owner": owner})
    return 0


def open_spans(settings: Settings, owner: str) -> Spans:
    """Spans that are told to the collector that the environment names, or to nobody. Raises ValueError."""
    if not settings.exports_spans:
        return Spans()
    from worker.otlp import OtlpSpans  # noqa: PLC0415  for those who want it

    return OtlpSpans(settings.queue_url.rpartition("/")[2], owner)


def check_tools() -> None:
    """Raise where fonts or FFmpeg are missing, or FFmpeg won't run in its cage: better no worker than one that fails
    every job."""
    from worker.text.typefaces import bundled  # noqa: PLC0415
    from worker.video.ffmpeg import run  # noqa: PLC0415

    bundled()
    run(["-version"], workdir=Path("/"))
