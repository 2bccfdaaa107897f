"""Puts a worker together from its settings."""

from urllib.parse import urlsplit

from worker.addresses import parse_address
from worker.aws import Clients
from worker.cloud_fetcher import CloudFetcher
from worker.consumer import Consumer
from worker.guard import Guard, Origin
from worker.handler import JobHandler
from worker.ledger import Ledger
from worker.pace import Pace
from worker.protection import TaskProtection
from worker.queue import JobQueue
from worker.settings import Settings
from worker.shutdown import Shutdown
from worker.spans import Spans
from worker.store import Publisher
from worker.sweeper import Sweeper
from worker.telling import Teller
from worker.webhook import WebhookSender


def assemble(
    settings: Settings, clients: Clients, owner: str, shutdown: Shutdown, pace: Pace, *, spans: Spans
) -> Consumer:
    """A consumer that is ready to run; `owner` is its name in the ledger, unlike any other worker's."""
    ledger = Ledger(clients.dynamodb, settings.jobs_table, owner, pace.lease_seconds)
    publisher = Publisher(clients.s3, settings.media_bucket, settings.region, settings.public_base_url)
    sender = WebhookSender(settings.webhook_secrets, webhook_guard(settings), shutdown.wait)
    teller = Teller(ledger, sender, settings.webhook_url, pace)
    fetcher = CloudFetcher(clients.s3, settings.readable_buckets, media_guard(settings))
    queue = JobQueue(clients.sqs, settings.queue_url, pace.lease_seconds)
    return Consumer(
        queue,
        JobHandler(ledger, fetcher, publisher, teller, shutdown, pace, spans),
        Sweeper(queue, ledger, publisher, teller, pace),
        TaskProtection(settings.ecs_agent_uri),
        shutdown,
    )


def media_guard(settings: Settings) -> Guard:
    """Hosts on the list, and no other."""
    return Guard("MEDIA_ALLOWED_HOSTS", allowed=settings.media_allowed_hosts)


def webhook_guard(settings: Settings) -> Guard:
    """Hosts on the list, or without one every public host; the operator's own WEBHOOK_URL in any case.

    Whoever runs a worker against an embedded AWS on the same machine, and names no receiver, has it there as well.
    """
    own = (_origin(settings.webhook_url),) if settings.webhook_url else ()
    allowed = settings.webhook_allowed_hosts
    local = not own and not allowed and _is_loopback(settings.endpoint_url)
    return Guard("WEBHOOK_ALLOWED_HOSTS", allowed=allowed, own=own, is_open=True, loopback=local)


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return Origin.parse(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _is_loopback(url: str | None) -> bool:
    host = (urlsplit(url).hostname or "") if url else ""
    address = parse_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
