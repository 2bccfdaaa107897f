"""Where results are reported, what is kept of them, and who is told when something is wrong."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from modules.config.base import CollectorUrl, HostName, HttpsUrl, Model, SecretArn
from modules.config.errors import listed

# The only retentions, in days, that CloudWatch Logs accepts.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class Webhook(Model):
    """Where results are reported."""

    url: HttpsUrl | None = None
    """Receiver of the results of jobs that name none."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Hosts that a job's own `webhook_url` may name; none: any public host."""
    signed: bool = True
    """Sign with the key in Secrets Manager. The key is put by hand once, before the first worker starts: ECS doesn't
    start a task whose secret is empty. False: no key, no signature."""


class Budget(Model):
    """An alarm on what the system costs in a month."""

    monthly_usd: Annotated[int, Field(ge=1, le=1_000_000)]
    """US dollars a month. The alarm topic hears of it at 80 % spent, and when the forecast passes 100 %."""


class Otlp(Model):
    """A collector that takes traces by OpenTelemetry's protocol (OTLP over HTTP)."""

    endpoint: CollectorUrl
    """Its base address, to which workers add `/v1/traces`: `https://otlp.example.com:4318`. The workers' security group
    lets its port out. `http://localhost:4318` is a collector in the workers' own task, for whoever adds one."""
    headers_secret_arn: SecretArn | None = None
    """A secret in Secrets Manager with the headers that it asks for, an API key say: `name=value`, several separated by
    commas, each value percent-encoded. Encrypted with Secrets Manager's own key, or with `encryption.secret_key_arn`.
    None: no headers."""

    @property
    def port(self) -> int | None:
        """The TCP port that workers reach it at, or none on loopback."""
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
    """Days that the workers' logs are kept."""
    alarm_email: Annotated[str, Field(pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    """Address that alarms go to; empty: none, subscribe to the topic yourself."""
    runbook_url: HttpsUrl | None = None
    """Where people read docs/runbook.md: alarms and dashboard link to its sections. None: the page in the repository
    that `access.github` names; without that, its path."""
    budget: Budget | None = None
    """A monthly budget. It counts everything in the account that is tagged Project: hospup-video, once that tag is
    activated for cost allocation; so one environment of each account should have it."""

    otlp: Otlp | None = None
    """Where traces of jobs go. None: nowhere, and workers load nothing for it."""

    @model_validator(mode="after")
    def _cloudwatch_accepts_the_retention(self) -> Self:
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            raise ValueError(
                f"log_retention_days ({self.log_retention_days}) is not accepted by CloudWatch: "
                f"choose one of {listed(LOG_RETENTION_DAYS)} days"
            )
        return self
