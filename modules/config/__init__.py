"""The one typed model of an environment.

`environments/<name>.json` states only what differs from the defaults here; the defaults are production's values. The
model is frozen and refuses unknown fields, so that a typing error ends in a sentence and never in a silent default.

One file a noun: `network`, `storage` (media, registry, queue), `fleet`, `access`, `watching` (webhook, logs, alarms,
budget), `environment`, which joins them.
"""

from modules.config.access import Access, GitHub
from modules.config.environment import PRODUCTION, PROJECT, Encryption, Environment
from modules.config.errors import ConfigurationError, listed
from modules.config.fleet import FARGATE_SIZES, MOST_WORKERS, Fleet, Schedule
from modules.config.network import Network, OwnVpc
from modules.config.storage import Media, Queue, Registry
from modules.config.watching import LOG_RETENTION_DAYS, Budget, Observability, Otlp, Webhook

__all__ = [
    "FARGATE_SIZES",
    "LOG_RETENTION_DAYS",
    "MOST_WORKERS",
    "PRODUCTION",
    "PROJECT",
    "Access",
    "Budget",
    "ConfigurationError",
    "Encryption",
    "Environment",
    "Fleet",
    "GitHub",
    "Media",
    "Network",
    "Observability",
    "Otlp",
    "OwnVpc",
    "Queue",
    "Registry",
    "Schedule",
    "Webhook",
    "listed",
]
