"""`python -m worker` consumes jobs; `python -m worker render JOB.json -o OUT.mp4 --media-root DIR` renders one here."""

import argparse
import logging
import os
import socket
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from worker.settings import SettingsError, load_settings
from worker.telemetry import configure_logging

logger = logging.getLogger("worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 0 fine, 1 the job failed, 2 wrong usage or environment."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="The Hospup video worker.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("consume", help="take jobs from SQS until SIGTERM (the default)")
    commands.add_parser("health", help="the container's health check: 0 while the worker reaches its queue, else 1")
    render = commands.add_parser("render", help="render one job file without AWS")
    render.add_argument("job", type=Path, metavar="JOB.json", help="a message, in either dialect")
    render.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.mp4")
    render.add_argument(
        "--media-root", type=Path, default=Path(), metavar="DIR", help="s3://bucket/key is read from DIR/bucket/key"
    )
    options = parser.parse_args(arguments)
    if options.command == "render":
        from worker.local import render_file  # noqa: PLC0415  each command loads only what it needs

        return render_file(options.job, options.output, options.media_root)
    if options.command == "health":
        from worker.health import is_alive  # noqa: PLC0415

        return 0 if is_alive() else 1
    return consume(os.environ)


def consume(environment: Mapping[str, str]) -> int:
    """Consume jobs until SIGTERM. Returns 0, or 2 where the environment is not usable."""
    try:
        settings = load_settings(environment)
    except SettingsError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    configure_logging(settings.log_level, as_json=settings.log_json)
    if not settings.webhook_secrets:
        logger.warning("WEBHOOK_SECRET is not set: webhooks go out unsigned.")

    # Loaded only now, so that a wrong environment is named at once.
    from worker.aws import make_clients  # noqa: PLC0415
    from worker.consumer import Consumer  # noqa: PLC0415
    from worker.fetch import CloudFetcher  # noqa: PLC0415
    from worker.handler import JobHandler  # noqa: PLC0415
    from worker.lease import VISIBILITY_SECONDS  # noqa: PLC0415
    from worker.ledger import Ledger  # noqa: PLC0415
    from worker.protection import TaskProtection  # noqa: PLC0415
    from worker.queue import JobQueue  # noqa: PLC0415
    from worker.shutdown import Shutdown  # noqa: PLC0415
    from worker.store import Publisher  # noqa: PLC0415
    from worker.webhook import WebhookSender  # noqa: PLC0415

    owner = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    clients = make_clients(settings.region)
    shutdown = Shutdown()
    shutdown.listen()
    handler = JobHandler(
        ledger=Ledger(clients.dynamodb, settings.jobs_table, owner, VISIBILITY_SECONDS),
        fetcher=CloudFetcher(clients.s3, settings.readable_buckets, settings.media_allowed_hosts),
        publisher=Publisher(clients.s3, settings.media_bucket, settings.region, settings.public_base_url),
        sender=WebhookSender(settings.webhook_secrets, settings.webhook_allowed_hosts, shutdown.wait),
        shutdown=shutdown,
        webhook_url=settings.webhook_url,
    )
    protection = TaskProtection(environment.get("ECS_AGENT_URI"))
    logger.info("Worker started.", extra={"owner": owner, "queue": settings.queue_url})
    Consumer(JobQueue(clients.sqs, settings.queue_url), handler, protection, shutdown).run()
    logger.info("Worker stopped.", extra={"owner": owner})
    return 0


if __name__ == "__main__":
    sys.exit(main())
