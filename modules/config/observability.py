"""Webhooks, logs, alarms, traces and budget."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from modules.config.base import CollectorUrl, HostName, HttpsUrl, Model, ReceiverUrl, SecretArn, Sentence
from modules.config.errors import comma_separated

# The only retentions, in days, that CloudWatch Logs accepts.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class Webhook(Model):
    """Webhooks, which report the results of jobs."""

    url: ReceiverUrl | None = None
    """Receiver of the webhooks of jobs without a `webhook_url`, on port 443. Production requires it, here or as the
    Terraform variable `webhook_url`, unless `without_receiver_because` is given."""
    without_receiver_because: Sentence | None = None
    """Why production has no receiver, in one sentence, such as that each job names its own `webhook_url`. The end of a
    job that names none is then recorded as not notified."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Hosts that a job's `webhook_url` can name; default: any public host."""
    signed: bool = True
    """Sign webhooks with the key in Secrets Manager. An operator sets the key once, before the first worker starts: ECS
    doesn't start a task whose secret is empty. False: no key, no signature."""

    @model_validator(mode="after")
    def _one_decision(self) -> Self:
        if self.url and self.without_receiver_because:
            raise ValueError("url and without_receiver_because are both given: drop one of the two")
        return self


class BudgetConfig(Model):
    """A monthly budget of the system."""

    monthly_usd: Annotated[int, Field(ge=1, le=1_000_000)]
    """US dollars per month. The alarm topic is notified at 80 % of actual cost, and when the forecast exceeds 100 %."""


class Otlp(Model):
    """A trace collector that accepts OpenTelemetry's protocol (OTLP over HTTP)."""

    endpoint: CollectorUrl
    """Base URL of the collector, to which workers add `/v1/traces`: `https://otlp.example.com:4318`. The workers'
    security group allows egress to its port. `http://localhost:4318` is a collector within the workers' task."""
    headers_secret_arn: SecretArn | None = None
    """ARN of a secret in Secrets Manager with the collector's headers, such as an API key: `name=value` pairs,
    separated by commas, with percent-encoded values. Encrypted with Secrets Manager's own key, or with
    `encryption.secret_key_arn`. Default: no headers."""

    @property
    def port(self) -> int | None:
        """The collector's TCP port; None on loopback."""
        parts = urlsplit(self.endpoint)
        return None if parts.scheme == "http" else parts.port or 443

    @model_validator(mode="after")
    def _port_exists(self) -> Self:
        try:
            exists = urlsplit(self.endpoint).port != 0
        except ValueError:
            exists = False
        if not exists:
            raise ValueError(f"endpoint ({self.endpoint}) names a port that doesn't exist: choose one of 1 to 65535")
        return self


class Observability(Model):
    """Logs, alarms and traces."""

    log_retention_days: int = 7
    """Retention of the workers' logs, in days."""
    alarm_email: Annotated[str, Field(pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    """E-mail address that alarms notify; empty: no address, subscribe to the topic yourself."""
    runbook_url: HttpsUrl | None = None
    """URL of docs/runbook.md, to whose sections alarms and dashboard link; default: the page in the repository that
    `access.github` names, or its path."""
    budget: BudgetConfig | None = None
    """A monthly budget. It counts all resources of the account with the tag Project: hospup-video, once that tag is
    activated for cost allocation; configure it in one environment per account."""

    otlp: Otlp | None = None
    """Collector of the jobs' traces; default: none, and workers don't load OpenTelemetry."""

    @model_validator(mode="after")
    def _cloudwatch_accepts_the_retention(self) -> Self:
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            raise ValueError(
                f"log_retention_days ({self.log_retention_days}) is not accepted by CloudWatch: "
                f"choose one of {comma_separated(LOG_RETENTION_DAYS)} days"
            )
        return self
