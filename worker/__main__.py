"""`python -m worker` consumes jobs; `python -m worker render JOB.json -o OUT.mp4 --media-root DIR` renders one here."""

import argparse
import logging
import os
import socket
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from worker.pace import Pace
from worker.settings import SettingsError, load_settings
from worker.telemetry import configure_logging, count_for

PRODUCTION = Pace()

logger = logging.getLogger("worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 0 fine, 1 the job failed, 2 wrong usage or environment."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="The Hospup video worker.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("consume", help="take jobs from SQS until SIGTERM (the default)")
    commands.add_parser("health", help="the container's health check: 0 while the worker reaches its queue, else 1")
    render = commands.add_parser("render", help="render one job file without AWS")
    render.add_argument("job", type=Path, metavar="JOB.json", help="a message, in either dialect")
    render.add_argument("-o", "--output", type=Path, metavar="OUT.mp4", help="the video, or with --frame the picture")
    render.add_argument("--explain", action="store_true", help="print the timeline and FFmpeg's command")
    render.add_argument("--frame", type=float, metavar="SECONDS", help="write this moment alone, as a PNG")
    render.add_argument("--contact-sheet", type=Path, metavar="SHEET.png", help="twelve moments of the video besides")
    render.add_argument(
        "--media-root", type=Path, default=Path(), metavar="DIR", help="s3://bucket/key is read from DIR/bucket/key"
    )
    options = parser.parse_args(arguments)
    if options.command == "render":
        if options.output is None and not options.explain:
            parser.error("render needs -o FILE, --explain, or both")
        from worker.local import Request, render_file  # noqa: PLC0415  each command loads only what it needs

        return render_file(
            Request(
                job_file=options.job,
                media_root=options.media_root,
                output=options.output,
                explains=options.explain,
                frame=options.frame,
                contact_sheet=options.contact_sheet,
            )
        )
    if options.command == "health":
        from worker.health import is_alive  # noqa: PLC0415

        return 0 if is_alive() else 1
    return consume(os.environ)


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
    from worker.video.process import conceal  # noqa: PLC0415

    try:
        check_tools()
    except (FileNotFoundError, RuntimeError) as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    conceal()
    owner = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    shutdown = Shutdown()
    shutdown.listen()
    clients = make_clients(settings.region, is_embedded=settings.endpoint_url is not None)
    consumer = assemble(settings, clients, owner, shutdown, pace)
    logger.info("Worker started.", extra={"owner": owner, "queue": settings.queue_url})
    with Heartbeat(clients.sqs, settings.queue_url, settings.peak_jobs_seconds):
        consumer.run()
    logger.info("Worker stopped.", extra={"owner": owner})
    return 0


def check_tools() -> None:
    """Raise where fonts or FFmpeg are missing: better no worker than one that fails every job."""
    from worker.text.typefaces import bundled  # noqa: PLC0415
    from worker.video.ffmpeg import executable  # noqa: PLC0415

    bundled()
    executable()


if __name__ == "__main__":
    sys.exit(main())
