"""Puts a worker together from its settings."""

from worker.aws import Clients
from worker.consumer import Consumer
from worker.fetch import CloudFetcher
from worker.handler import JobHandler
from worker.heartbeat import Heartbeat
from worker.lease import VISIBILITY_SECONDS
from worker.ledger import Ledger
from worker.protection import TaskProtection
from worker.queue import JobQueue
from worker.settings import Settings
from worker.shutdown import Shutdown
from worker.store import Publisher
from worker.webhook import WebhookSender


def assemble(settings: Settings, clients: Clients, owner: str, shutdown: Shutdown) -> Consumer:
    """A consumer that is ready to run; `owner` is its name in the ledger, unlike any other worker's."""
    handler = JobHandler(
        ledger=Ledger(clients.dynamodb, settings.jobs_table, owner, VISIBILITY_SECONDS),
        fetcher=CloudFetcher(clients.s3, settings.readable_buckets, settings.media_allowed_hosts),
        publisher=Publisher(clients.s3, settings.media_bucket, settings.region, settings.public_base_url),
        sender=WebhookSender(settings.webhook_secrets, settings.webhook_allowed_hosts, shutdown.wait),
        shutdown=shutdown,
        webhook_url=settings.webhook_url,
    )
    queue = JobQueue(clients.sqs, settings.queue_url)
    heartbeat = Heartbeat(clients.sqs, settings.queue_url, settings.peak_jobs_seconds)
    return Consumer(queue, handler, TaskProtection(settings.ecs_agent_uri), shutdown, heartbeat)
