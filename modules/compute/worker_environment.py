"""The environment variables of the worker's container: docs/reference/job-contract.md, "The worker's environment"."""

from modules.data.job_queues import JobQueues
from modules.data.job_table import JobTable
from modules.data.media import Media
from modules.data.parts_queue import PartsQueue
from modules.data.secrets import Secrets
from modules.terraform.context import StackContext


def worker_environment(
    context: StackContext, queue: JobQueues, parts: PartsQueue | None, media: Media, table: JobTable
) -> dict[str, str | None]:
    """The variables with their values; those without a value are left out of the container."""
    config = context.environment
    return {
        "SQS_QUEUE_URL": queue.url,
        "PARTS_QUEUE_URL": parts.url if parts else None,
        "MEDIA_BUCKET": media.bucket,
        "JOBS_TABLE": table.table,
        "AWS_DEFAULT_REGION": context.account.region,
        "WEBHOOK_URL": context.variables.webhook_url,
        "WEBHOOK_ALLOWED_HOSTS": ",".join(config.webhook.allowed_hosts),
        "MEDIA_BUCKETS": ",".join(config.media.readable_buckets),
        "MEDIA_ALLOWED_HOSTS": ",".join(config.media.allowed_hosts),
        "PUBLIC_BASE_URL": config.media.public_base_url,
        "PEAK_JOBS_SECONDS": str(config.fleet.scale_in_after_seconds),
        "LOG_LEVEL": config.fleet.log_level,
        "LOG_FORMAT": "json",
        **_tracing(context),
    }


def worker_secrets(context: StackContext, secrets: Secrets) -> dict[str, str | None]:
    """The variables whose values ECS reads from Secrets Manager, with the ARNs of the secrets."""
    otlp = context.environment.observability.otlp
    return {
        "WEBHOOK_SECRET": secrets.webhook_key_arn if context.environment.webhook.signed else None,
        "OTEL_EXPORTER_OTLP_HEADERS": otlp.headers_secret_arn if otlp else None,
    }


def _tracing(context: StackContext) -> dict[str, str]:
    """OpenTelemetry's variables for the trace collector; without them, workers don't load OpenTelemetry.
    https://opentelemetry.io/docs/specs/otel/protocol/exporter/

    Environments can share a collector and a service name; an attribute distinguishes their traces.
    """
    otlp = context.environment.observability.otlp
    if otlp is None:
        return {}
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
        # https://opentelemetry.io/docs/specs/semconv/resource/deployment-environment/
        "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={context.environment.name}",
    }
