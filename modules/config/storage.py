"""What holds something: the media bucket, the registry, the queue."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modules.config.base import BucketName, HostName, HttpsUrl, Model, Origin, Prefix, PrincipalArn


class Expiry(Model):
    """Objects that go away by themselves."""

    prefix: Prefix
    """Where they lie: `intermediate/`."""
    days: Annotated[int, Field(ge=1, le=3650)]
    """Days after their making."""


class Media(Model):
    """The bucket of sources and videos, and what else workers may read."""

    bucket: BucketName | None = None
    """Name of the bucket; none: `hospup-files`, with the environment's suffix."""
    create: bool = True
    """False adopts an existing bucket by name and changes nothing about it."""
    versioning: bool = False
    """Keep overwritten and deleted objects for 30 days."""
    expire: tuple[Expiry, ...] = (Expiry(prefix="intermediate/", days=7),)
    """Prefixes whose objects go away: what was needed on the way to a video and no longer."""
    cors_origins: tuple[Origin, ...] = ()
    """Front ends that may read the bucket from a browser: `https://app.example.com`. None: no CORS."""
    cors_methods: tuple[Literal["GET", "HEAD", "PUT", "POST"], ...] = ("GET", "HEAD")
    """What they may do, with presigned URLs."""
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


class Registry(Model):
    """The images."""

    images_kept: Annotated[int, Field(ge=2, le=1000)] = 10
    """Images kept; older ones go. Two at least: the running one and the one to go back to."""


class Queue(Model):
    """The job queue."""

    visibility_timeout_seconds: Annotated[int, Field(ge=30, le=43200)] = 90
    """Seconds for which a received message stays hidden. A short lease that the worker renews at a third: a crashed
    worker's job comes back this soon."""
    max_receive_count: Annotated[int, Field(ge=1, le=100)] = 3
    """Tries before a message goes to the dead-letter queue."""
    retention_days: Annotated[int, Field(ge=1, le=13)] = 4
    """Days that an unread job waits. Below the dead-letter queue's 14, which count from the first sending."""
    sender_arns: tuple[PrincipalArn, ...] = ()
    """The backend's roles or users, of whatever account: the queue's own policy lets them send. None: who may send is a
    matter of their own policies alone; the stack makes one to attach (`backend_policy_arn`)."""
