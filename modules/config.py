"""The one typed model of an environment.

`environments/<name>.json` states only what differs from the defaults below; the defaults are production's values. The
model is frozen and refuses unknown fields, so that a typing error ends in a sentence and never in a silent default.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PROJECT = "hospup-video"
PRODUCTION = "prod"

# CPU units (1024 = 1 vCPU) to the memory sizes in MiB that Fargate accepts with them.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
FARGATE_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

# The only retentions, in days, that CloudWatch Logs accepts.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
HttpsUrl = Annotated[str, Field(pattern=r"^https://[^\s/]+(/\S*)?$")]
# Fewer than a thousand workers: above that, Fargate's default quotas stop the fleet long before we do.
Workers = Annotated[int, Field(ge=0, le=1000)]


class ConfigurationError(Exception):
    """The configuration can't be used; the message is one or more sentences for the person who wrote it."""


def listed(values: Iterable[object]) -> str:
    """Values as a sentence holds them: `a, b, c`."""
    return ", ".join(str(value) for value in values)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Network(_Model):
    """Where the workers' network interfaces stand. Nothing given: the default VPC and its public subnets."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$")] | None = None
    """An existing VPC; needs `subnet_ids`."""
    subnet_ids: tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")], ...] = ()
    """Subnets of that VPC, in two zones or more."""
    assign_public_ip: bool = True
    """A public address for each worker: the only way out of a public subnet. False in private subnets behind NAT."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if self.vpc_id and not self.subnet_ids:
            raise ValueError("vpc_id is given without subnet_ids: name the subnets, or drop vpc_id for the default VPC")
        if self.subnet_ids and not self.vpc_id:
            raise ValueError("subnet_ids are given without vpc_id: name their VPC, or drop them for the default VPC")
        if not self.assign_public_ip and not self.vpc_id:
            raise ValueError(
                "assign_public_ip is false in the default VPC, whose subnets lead out only with a public address: "
                "set it to true, or give vpc_id and subnet_ids"
            )
        return self


class Media(_Model):
    """The bucket of sources and videos, and what else workers may read."""

    bucket: BucketName | None = None
    """Name of the bucket; none: `hospup-files`, with the environment's suffix."""
    create: bool = True
    """False adopts an existing bucket by name and changes nothing about it."""
    versioning: bool = False
    """Keep overwritten and deleted objects for 30 days."""
    readable_buckets: tuple[BucketName, ...] = ()
    """Further buckets that clips may come from."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Hosts, other than S3, that media may be fetched from over https."""
    public_base_url: HttpsUrl | None = None
    """What the webhook's URLs begin with, a CDN say; none: `https://s3.REGION.amazonaws.com/BUCKET`."""

    @model_validator(mode="after")
    def _adopted_is_left_alone(self) -> Self:
        if not self.create and self.bucket is None:
            raise ValueError("create is false without bucket: name the existing bucket, or let it be created")
        if not self.create and self.versioning:
            raise ValueError(
                "versioning is true with create false, but an adopted bucket is left as it is: drop one of the two"
            )
        return self


class Queue(_Model):
    """The job queue."""

    visibility_timeout_seconds: Annotated[int, Field(ge=30, le=43200)] = 90
    """Seconds for which a received message stays hidden. A short lease that the worker renews at a third: a crashed
    worker's job comes back this soon."""
    max_receive_count: Annotated[int, Field(ge=1, le=100)] = 3
    """Tries before a message goes to the dead-letter queue."""
    retention_days: Annotated[int, Field(ge=1, le=13)] = 4
    """Days that an unread job waits. Below the dead-letter queue's 14, which count from the first sending."""


class Fleet(_Model):
    """The workers: how many, how large, from which image."""

    warm_pool_size: Workers = 10
    """Workers always on: so many users at once wait 0 s."""
    max_workers: Annotated[Workers, Field(ge=1)] = 50
    """Workers at most, however long the queue."""
    on_demand_workers: Workers = 3
    """Workers of the warm pool on demand; all others on Spot, at about a third of the price, and interruptible."""
    worker_image_tag: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")] = "0.1.0"
    """Tag of the worker's image in the registry. Tags are immutable: each release has its own."""
    cpu: Annotated[int, Field(ge=256)] = 2048
    """CPU units a worker; 1024 are 1 vCPU. One job fills two vCPU."""
    memory: Annotated[int, Field(ge=512)] = 4096
    """MiB a worker."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """Processor. ARM64 costs a fifth less; the image must be built for it."""
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] | None = None
    """GiB of scratch disk a worker, 21 to 200; none: Fargate's 20, free of charge."""
    messages_per_worker: Annotated[float, Field(gt=0, le=10)] = 0.8
    """Jobs, waiting and running, for each worker that autoscaling aims at. A worker renders one at a time, so 0.8
    keeps a fifth of the fleet free for the next user."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The workers' log level."""

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if self.max_workers < self.warm_pool_size:
            raise ValueError(
                f"max_workers ({self.max_workers}) is below warm_pool_size ({self.warm_pool_size}): "
                "raise max_workers or lower warm_pool_size"
            )
        if self.on_demand_workers > self.warm_pool_size:
            raise ValueError(
                f"on_demand_workers ({self.on_demand_workers}) is above warm_pool_size ({self.warm_pool_size}): "
                "lower on_demand_workers or raise warm_pool_size"
            )
        return self

    @model_validator(mode="after")
    def _fargate_accepts_the_size(self) -> Self:
        if self.cpu not in FARGATE_SIZES:
            raise ValueError(f"cpu ({self.cpu}) is no Fargate size: choose one of {listed(FARGATE_SIZES)} CPU units")
        if self.memory not in FARGATE_SIZES[self.cpu]:
            raise ValueError(
                f"memory ({self.memory}) does not go with cpu ({self.cpu}) on Fargate: "
                f"choose one of {listed(FARGATE_SIZES[self.cpu])} MiB"
            )
        return self


class Webhook(_Model):
    """Where results are reported."""

    url: HttpsUrl | None = None
    """Receiver of the results of jobs that name none."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Hosts that a job's own `webhook_url` may name; none: any public host."""
    signed: bool = True
    """Sign with the key in Secrets Manager. The key is put by hand once, before the first worker starts: ECS doesn't
    start a task whose secret is empty. False: no key, no signature."""


class Observability(_Model):
    """Logs and alarms."""

    log_retention_days: int = 7
    """Days that the workers' logs are kept."""
    alarm_email: Annotated[str, Field(pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")] = ""
    """Address that alarms go to; empty: none, subscribe to the topic yourself."""

    @model_validator(mode="after")
    def _cloudwatch_accepts_the_retention(self) -> Self:
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            raise ValueError(
                f"log_retention_days ({self.log_retention_days}) is not accepted by CloudWatch: "
                f"choose one of {listed(LOG_RETENTION_DAYS)} days"
            )
        return self


class Environment(_Model):
    """One environment: everything that can differ between two deployments of this system."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,14}[a-z0-9]$")]
    """The environment's name: its file's, its Terraform workspace's, and the suffix of its resources' names."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = "eu-west-1"
    """AWS region."""
    protect_data: bool = True
    """Refuse to destroy what holds data: queues, ledger, bucket, registry, secret. Always on in production."""
    network: Network = Network()
    media: Media = Media()
    queue: Queue = Queue()
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
