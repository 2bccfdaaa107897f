"""One environment: everything that can differ between two deployments of this system."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from modules.config.access import Access
from modules.config.base import KmsKeyArn, Model
from modules.config.fleet import FleetConfig
from modules.config.network import NetworkConfig
from modules.config.observability import Observability, Webhook
from modules.config.storage import MediaConfig, QueueConfig, RegistryConfig

PROJECT = "hospup-video"
PRODUCTION = "prod"


class Encryption(Model):
    """ARNs of KMS keys; default: the service's own key, free of charge.

    The owner of a key sets its policy; docs/design/infrastructure.md lists what each must allow. The stack's roles get
    permission to use the keys.
    """

    queue_key_arn: KmsKeyArn | None = None
    """Key of the messages in all queues; default: SQS' own."""
    media_key_arn: KmsKeyArn | None = None
    """Key of the objects of the media bucket, created or adopted; default: S3's own."""
    registry_key_arn: KmsKeyArn | None = None
    """Key of the images; changing it replaces the registry. Default: ECR's own (AES-256)."""
    logs_key_arn: KmsKeyArn | None = None
    """Key of the log lines; its policy must allow `logs.REGION.amazonaws.com`. Default: CloudWatch's own."""
    topic_key_arn: KmsKeyArn | None = None
    """Key of the alarm messages; its policy must allow `cloudwatch.amazonaws.com`. Default: a new key ($1 per month),
    because CloudWatch has no permission on SNS' own."""
    secret_key_arn: KmsKeyArn | None = None
    """Key of the webhook signing key; default: Secrets Manager's own."""


class Environment(Model):
    """One environment: everything that can differ between two deployments of this system."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,14}[a-z0-9]$")]
    """The environment's name: that of its file and Terraform workspace, and the suffix of its resources' names."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = "eu-west-1"
    """AWS region."""
    protect_data: bool = True
    """Refuse to destroy stores of data: job queues, job table, bucket, registry, secret. Always on in production."""
    network: NetworkConfig = NetworkConfig()
    registry: RegistryConfig = RegistryConfig()
    media: MediaConfig = MediaConfig()
    queue: QueueConfig = QueueConfig()
    encryption: Encryption = Encryption()
    access: Access = Access()
    fleet: FleetConfig = FleetConfig()
    webhook: Webhook = Webhook()
    observability: Observability = Observability()

    @property
    def is_production(self) -> bool:
        """Whether this is production, whose names have no suffix."""
        return self.name == PRODUCTION

    @property
    def needs_receiver(self) -> bool:
        """Whether the environment can't be deployed until someone has named a receiver of webhooks."""
        return self.is_production and self.webhook.without_receiver_because is None

    @model_validator(mode="after")
    def _production_is_protected(self) -> Self:
        if self.is_production and not self.protect_data:
            raise ValueError(
                "protect_data is false in production, whose data must never be destroyed by accident: drop it"
            )
        return self
