"""The workers: their number, size, schedules and image."""

import zoneinfo
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from modules.config.base import Model
from modules.config.errors import comma_separated

# Memory sizes in MiB that Fargate accepts, by CPU units (1024 = 1 vCPU).
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

MOST_WORKERS = 1000
"""Largest number of workers. Fargate's default quotas limit a fleet well below it."""
Workers = Annotated[int, Field(ge=0, le=MOST_WORKERS)]
Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
ALL_DAYS: tuple[Day, ...] = get_args(Day)


class Schedule(Model):
    """Hours of certain days with another size of the warm pool: `{"days": ["FRI"], "from_hour": 16, …}`."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    """The schedule's name in plans and in the AWS console."""
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = ALL_DAYS
    """Days of the week."""
    from_hour: Annotated[int, Field(ge=0, le=22)]
    """First hour, in the fleet's `timezone`; 7 is 07:00."""
    to_hour: Annotated[int, Field(ge=1, le=23)]
    """The hour at whose beginning the schedule ends, on the same day."""
    warm_pool_size: Workers
    """Workers always on during the schedule."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to_hour <= self.from_hour:
            raise ValueError(
                f"to_hour ({self.to_hour}) is not after from_hour ({self.from_hour}): a schedule ends on the day "
                "that it begins; write a night as two"
            )
        if len(set(self.days)) != len(self.days):
            raise ValueError(f"days ({comma_separated(self.days)}) name a day twice: keep one of the two")
        return self

    def overlaps(self, other: "Schedule") -> bool:
        """Whether both schedules include an hour of the same day."""
        same_day = bool(set(self.days) & set(other.days))
        return same_day and self.from_hour < other.to_hour and other.from_hour < self.to_hour


class FleetConfig(Model):
    """The workers: their number, size, schedules and image."""

    warm_pool_size: Workers = 10
    """Workers always on: this many users at once wait 0 s."""
    max_workers: Annotated[Workers, Field(ge=1)] = 50
    """Largest number of workers, however long the queue."""
    on_demand_workers: Workers = 3
    """Workers of the warm pool on demand; all others on Spot, at about a third of the price, and interruptible."""
    schedules: tuple[Schedule, ...] = ()
    """Hours with another size of the warm pool, which is `warm_pool_size` outside of them."""
    timezone: str = "Europe/Paris"
    """IANA time zone of the schedules' hours, with its daylight saving time."""
    worker_image_tag: Annotated[str, Field(pattern=r"^$|^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")] = ""
    """Tag of the worker's image in the registry. Empty until an image is released; no worker runs then. Tags are
    immutable, so each release has a new one."""
    cpu: Annotated[int, Field(ge=256)] = 2048
    """CPU units per worker; 1024 are 1 vCPU. One job uses two vCPU fully."""
    memory: Annotated[int, Field(ge=512)] = 4096
    """Memory per worker, in MiB."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """Processor architecture. ARM64 costs a fifth less; the image must be built for it."""
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] | None = None
    """Scratch disk per worker, in GiB, 21 to 200; default: Fargate's 20, free of charge."""
    spare_workers: Annotated[int, Field(ge=0, le=100)] = 1
    """Workers that autoscaling adds to the most jobs at once within the last `scale_in_after_seconds`."""
    scale_in_after_seconds: Annotated[int, Field(ge=60, le=3600)] = 240
    """Seconds after a peak before the fleet scales in. A longer time changes the fleet less often and costs more."""
    helpers: bool = True
    """Let idle workers render parts of other workers' jobs. Adds the queue in which the parts are offered."""
    ecs_exec: bool = False
    """Let operators open a shell in a running worker. Its root file system is then writable, as ECS Exec needs."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The workers' log level. Metrics are written at every level."""

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
    def _schedules_agree(self) -> Self:
        # Empty if the machine has no time zone database; AWS then validates the name.
        known = zoneinfo.available_timezones()
        if known and self.timezone not in known:
            raise ValueError(f"timezone ({self.timezone!r}) is no IANA time zone: use one such as Europe/Paris or UTC")
        for index, one in enumerate(self.schedules):
            if one.warm_pool_size > self.max_workers:
                raise ValueError(
                    f"schedule {one.name}: warm_pool_size ({one.warm_pool_size}) is above max_workers "
                    f"({self.max_workers}): lower the one or raise the other"
                )
            for other in self.schedules[index + 1 :]:
                if one.name == other.name:
                    raise ValueError(f"schedules bear the name {one.name} twice: rename one")
                if one.overlaps(other):
                    raise ValueError(f"schedules {one.name} and {other.name} overlap: let each hour have one pool size")
        return self

    @model_validator(mode="after")
    def _fargate_accepts_the_size(self) -> Self:
        if self.cpu not in FARGATE_SIZES:
            raise ValueError(
                f"cpu ({self.cpu}) is no Fargate size: choose one of {comma_separated(FARGATE_SIZES)} CPU units"
            )
        if self.memory not in FARGATE_SIZES[self.cpu]:
            raise ValueError(
                f"memory ({self.memory}) does not go with cpu ({self.cpu}) on Fargate: "
                f"choose one of {comma_separated(FARGATE_SIZES[self.cpu])} MiB"
            )
        return self
