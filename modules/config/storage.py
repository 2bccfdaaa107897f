"""The media bucket, the registry, the queues."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.config.base import BucketName, HostName, HttpsUrl, Model, Origin, Prefix, PrincipalArn


class Expiry(Model):
    """Objects that expire."""

    prefix: Prefix
    """Key prefix of the objects: `intermediate/`."""
    days: Annotated[int, Field(ge=1, le=3650)]
    """Days from an object's creation to its deletion."""


class MediaConfig(Model):
    """The bucket of sources and videos, and further sources of media."""

    bucket: BucketName | None = None
    """Name of the bucket; default: `hospup-files`, with the environment's suffix."""
    create: bool = True
    """Create the bucket. False adopts an existing bucket by name and changes nothing about it."""
    versioning: bool = False
    """Keep overwritten and deleted objects for 30 days."""
    expire: tuple[Expiry, ...] = (Expiry(prefix="intermediate/", days=7),)
    """Key prefixes whose objects expire; by default, the intermediate uploads of renders."""
    cors_origins: tuple[Origin, ...] = ()
    """Origins of front ends that can read the bucket from a browser: `https://app.example.com`; default: no CORS."""
    cors_methods: tuple[Literal["GET", "HEAD", "PUT", "POST"], ...] = ("GET", "HEAD")
    """HTTP methods that the front ends can use, with presigned URLs."""
    readable_buckets: tuple[BucketName, ...] = ()
    """Further buckets that workers can read clips from."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Hosts other than S3 that workers can fetch media from, over https."""
    public_base_url: HttpsUrl | None = None
    """Base of the URLs in webhooks, such as a CDN's; default: `https://s3.REGION.amazonaws.com/BUCKET`."""

    @model_validator(mode="after")
    def _adopted_is_left_alone(self) -> Self:
        if not self.create and self.bucket is None:
            raise ValueError("create is false without bucket: name the existing bucket, or let it be created")
        changing = {"versioning": self.versioning, "cors_origins": bool(self.cors_origins)}
        changing["expire"] = "expire" in self.model_fields_set and bool(self.expire)
        for field, wanted in changing.items():
            if not self.create and wanted:
                raise ValueError(
                    f"{field} is given with create false, but an adopted bucket is left as it is: drop one of the two"
                )
        if "cors_methods" in self.model_fields_set and not self.cors_origins:
            raise ValueError("cors_methods are given without cors_origins: name the front ends, or drop the methods")
        prefixes = [expiry.prefix for expiry in self.expire]
        if len(set(prefixes)) != len(prefixes):
            raise ValueError("expire names a prefix twice: keep one of the two")
        if any(prefix.startswith("generated-videos/") for prefix in prefixes):
            raise ValueError("expire names generated-videos/, where the finished videos lie: drop it")
        return self


class RegistryConfig(Model):
    """The registry of the worker's images."""

    images_kept: Annotated[int, Field(ge=2, le=1000)] = 10
    """Number of images kept, of those that have run and of all: two at least, one to roll back to. Older ones are
    deleted."""


class QueueConfig(Model):
    """The job queue and its dead-letter queue."""

    visibility_timeout_seconds: Annotated[int, Field(ge=30, le=43200)] = 90
    """Seconds that a received message stays hidden. The worker renews this lease after a third of it; the job of
    a crashed worker returns to the queue after it."""
    max_receive_count: Annotated[int, Field(ge=1, le=100)] = 3
    """Tries of a job before its message moves to the dead-letter queue."""
    retention_days: Annotated[int, Field(ge=1, le=13)] = 4
    """Days that a job can wait. Less than the dead-letter queue's 14, which count from the first sending."""
    sender_arns: tuple[PrincipalArn, ...] = ()
    """The backend's roles or users, of any account; the queue's policy lets them send jobs. Default: only their own
    policies decide; the stack creates one to attach (`backend_policy_arn`)."""
