"""Builds a worker from its settings: the composition root."""

from urllib.parse import urlsplit

from worker.aws.clients import Clients
from worker.aws.ledger import Ledger
from worker.aws.outages import Outages
from worker.aws.parts_ledger import PartsLedger
from worker.aws.parts_queue import PartsQueue
from worker.aws.pause import FleetPause
from worker.aws.queue import JobQueue
from worker.aws.task_protection import TaskProtection
from worker.aws.usage import UsageCounter
from worker.consumer.dead_letters import Sweeper
from worker.consumer.handler import JobHandler
from worker.consumer.loop import Consumer
from worker.consumer.notify import Notifier
from worker.consumer.resend import Resender
from worker.consumer.shutdown import Shutdown
from worker.consumer.standby import Standby
from worker.consumer.timing import Timing
from worker.consumer.try_usage import TryCounter
from worker.helpers.coordinator import Helpers
from worker.helpers.helper import Helper
from worker.media.cloud_fetch import CloudFetcher
from worker.media.intermediates import Intermediates
from worker.media.publish import Publisher
from worker.net.addresses import parse_address
from worker.net.allow_list import DestinationPolicy, Origin
from worker.net.webhook import WebhookSender
from worker.settings import Settings
from worker.telemetry.spans import Spans


def build_consumer(
    settings: Settings,
    clients: Clients,
    owner: str,
    shutdown: Shutdown,
    timing: Timing,
    *,
    pause: FleetPause,
    spans: Spans,
) -> Consumer:
    """Build a consumer that is ready to run; `owner` is its unique name in the ledger."""
    outages = Outages(shutdown.wait)
    ledger = Ledger(clients.dynamodb, settings.jobs_table, owner, timing.lease_seconds, outages=outages)
    publisher = Publisher(clients.s3, settings.media_bucket, settings.region, outages, settings.public_base_url)
    sender = WebhookSender(settings.webhook_secrets, webhook_policy(settings), shutdown.wait)
    tries = TryCounter(UsageCounter(clients.dynamodb, settings.jobs_table, outages))
    notifier = Notifier(ledger, sender, settings.webhook_url, timing, tries)
    fetcher = CloudFetcher(clients.s3, settings.readable_buckets, media_policy(settings), outages)
    queue = JobQueue(clients.sqs, settings.queue_url, timing.lease_seconds, timing.long_poll_seconds)
    helpers, standby = helpers_of(settings, clients, owner, timing), Standby()
    return Consumer(
        queue,
        JobHandler(
            ledger,
            fetcher,
            publisher,
            notifier,
            Resender(ledger, notifier),
            shutdown,
            timing,
            spans,
            outages,
            tries,
            standby,
            helpers,
        ),
        Sweeper(queue, ledger, publisher, notifier, timing),
        TaskProtection(settings.ecs_agent_uri),
        shutdown,
        pause=pause,
        timing=timing,
        standby=standby,
        helper=Helper(helpers, fetcher, lambda: shutdown.requested) if helpers else None,
    )


def helpers_of(settings: Settings, clients: Clients, owner: str, timing: Timing) -> Helpers | None:
    """How the worker reaches idle ones; None where the fleet has no queue of parts."""
    if settings.parts_queue_url is None:
        return None
    return Helpers(
        PartsQueue(clients.sqs, settings.parts_queue_url, timing.long_poll_seconds),
        PartsLedger(clients.dynamodb, settings.jobs_table, owner),
        Intermediates(clients.s3, settings.media_bucket),
    )


def media_policy(settings: Settings) -> DestinationPolicy:
    """Destinations of media URLs: the hosts of `MEDIA_ALLOWED_HOSTS` alone."""
    return DestinationPolicy("media.allowed_hosts (MEDIA_ALLOWED_HOSTS)", allowed=settings.media_allowed_hosts)


def webhook_policy(settings: Settings) -> DestinationPolicy:
    """Destinations of webhooks: the operator's own `WEBHOOK_URL`, and the hosts of `WEBHOOK_ALLOWED_HOSTS`, or every
    public host where that is empty.

    A worker that runs against an embedded AWS on the same machine, without any of the two, may also reach a receiver on
    that machine.
    """
    own = (_origin(settings.webhook_url),) if settings.webhook_url else ()
    allowed = settings.webhook_allowed_hosts
    local = not own and not allowed and _is_loopback(settings.endpoint_url)
    return DestinationPolicy(
        "webhook.allowed_hosts (WEBHOOK_ALLOWED_HOSTS)",
        allowed=allowed,
        configured=own,
        is_open=True,
        allows_loopback=local,
    )


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return Origin.parse(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _is_loopback(url: str | None) -> bool:
    host = (urlsplit(url).hostname or "") if url else ""
    address = parse_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
