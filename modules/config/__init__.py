"""The typed configuration of an environment.

`environments/<name>.json` contains only what differs from the defaults here, which are production's values. The model
is frozen and rejects unknown fields, so that a typing error ends in a sentence and never in a silent default.

`environment` joins the parts: `network`, `storage` (media, registry, queue), `fleet`, `access`, `observability`
(webhook, logs, alarms, budget). `QueueConfig` configures the construct `JobQueues`, `FleetConfig` the construct
`Fleet`, and so on.
"""

from modules.config.access import Access, GitHub
from modules.config.environment import PRODUCTION, PROJECT, Encryption, Environment
from modules.config.errors import ConfigurationError, comma_separated
from modules.config.fleet import FARGATE_SIZES, MOST_WORKERS, FleetConfig, Schedule
from modules.config.network import NetworkConfig, OwnVpc
from modules.config.observability import LOG_RETENTION_DAYS, BudgetConfig, Observability, Otlp, Webhook
from modules.config.storage import MediaConfig, QueueConfig, RegistryConfig

__all__ = [
    "FARGATE_SIZES",
    "LOG_RETENTION_DAYS",
    "MOST_WORKERS",
    "PRODUCTION",
    "PROJECT",
    "Access",
    "BudgetConfig",
    "ConfigurationError",
    "Encryption",
    "Environment",
    "FleetConfig",
    "GitHub",
    "MediaConfig",
    "NetworkConfig",
    "Observability",
    "Otlp",
    "OwnVpc",
    "QueueConfig",
    "RegistryConfig",
    "Schedule",
    "Webhook",
    "comma_separated",
]
