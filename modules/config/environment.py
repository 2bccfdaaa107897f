"""One environment: everything that can differ between two deployments of this system."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from modules.config.access import Access
from modules.config.base import KmsKeyArn, Model
from modules.config.fleet import Fleet
from modules.config.network import Network
from modules.config.storage import Media, Queue, Registry
from modules.config.watching import Observability, Webhook

PROJECT = "hospup-video"
PRODUCTION = "prod"


class Encryption(Model):
    """KMS keys of your own, by ARN. None of a kind: the service's own key, free of charge.

    A key's policy is its owner's: docs/infrastructure.md says what each must allow. The roles made here get the
    permission to use them.
    """

    queue_key_arn: KmsKeyArn | None = None
    """Messages, in both queues. None: SQS' own."""
    media_key_arn: KmsKeyArn | None = None
    """Objects of the media bucket; also names the key of an adopted bucket. None: S3's own."""
    registry_key_arn: KmsKeyArn | None = None
    """Images. Can't be changed later without a new registry. None: ECR's own (AES-256)."""
    logs_key_arn: KmsKeyArn | None = None
    """Log lines; the key must let `logs.REGION.amazonaws.com` use it. None: CloudWatch's own."""
    topic_key_arn: KmsKeyArn | None = None
    """Alarm messages; the key must let `cloudwatch.amazonaws.com` use it. None: a key is made ($1 a month), since
    CloudWatch may not use SNS' own."""
    secret_key_arn: KmsKeyArn | None = None
    """The webhook signing key. None: Secrets Manager's own."""


class Environment(Model):
    """One environment: everything that can differ between two deployments of this system."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,14}[a-z0-9]$")]
    """The environment's name: its file's, its Terraform workspace's, and the suffix of its resources' names."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = "eu-west-1"
    """AWS region."""
    protect_data: bool = True
    """Refuse to destroy what holds data: queues, ledger, bucket, registry, secret. Always on in production."""
    network: Network = Network()
    registry: Registry = Registry()
    media: Media = Media()
    queue: Queue = Queue()
    encryption: Encryption = Encryption()
    access: Access = Access()
    fleet: Fleet = Fleet()
    webhook: Webhook = Webhook()
    observability: Observability = Observability()

    @property
    def is_production(self) -> bool:
        """Whether this is the environment that bears the names the backend knows."""
        return self.name == PRODUCTION

    @model_validator(mode="after")
    def _production_is_protected(self) -> Self:
        if self.is_production and not self.protect_data:
            raise ValueError(
                "protect_data is false in production, whose data must never be destroyed by accident: drop it"
            )
        return self
