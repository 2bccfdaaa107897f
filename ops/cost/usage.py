"""Assumptions about usage: everything that costs depend on and the configuration doesn't say."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.errors import CostError

HOURS_PER_MONTH = 730.0
"""Hours per month: 365 days of 24 hours, divided by 12, as in AWS's calculator."""

RENDER_SECONDS = 8.0
RENDER_SOURCE = (
    "7 s of make bench-render (a 15 s video, five clips, two texts, two x86-64 cores), 1 s to fetch, publish and tell"
)


class Usage(BaseModel):
    """Usage per month. Each value can be set: `--assume videos_per_month=50000`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    videos_per_month: float = Field(30_000, ge=0, description="Videos made in a month.")
    render_seconds: float = Field(RENDER_SECONDS, gt=0, description=f"Seconds a worker has a job. {RENDER_SOURCE}.")
    burst_worker_hours: float = Field(100, ge=0, description="Worker-hours in a month above the warm pool.")
    worker_starts: float = Field(2_000, ge=0, description="Workers started in a month; each fetches the signing key.")
    parts_per_video: float = Field(
        4, ge=0, description="With helpers: parts of a video that are offered to idle workers, and rendered by them."
    )
    s3_reads_per_video: float = Field(10, ge=0, description="GET requests: five sources, two ranges of each.")
    s3_writes_per_video: float = Field(2, ge=0, description="PUT requests: video and thumbnail.")
    video_mb: float = Field(8, ge=0, description="MB stored for each video.")
    months_stored: float = Field(1, ge=0, description="Months of videos in the bucket.")
    image_mb: float = Field(150, ge=0, description="MB of a worker image, compressed.")
    log_kb_per_video: float = Field(5, ge=0, description="KB of worker logs for each video.")
    internet_mb_per_video: float = Field(0.1, ge=0, description="MB through NAT or endpoints: queue, logs, webhook.")
    custom_metrics: float | None = Field(
        None, ge=0, description="Metrics that workers publish; none: those that alarms, dashboard and policies name."
    )
    spot_discount: float | None = Field(
        None, ge=0, lt=100, description="Per cent that Spot is below on demand; none: as the price table has it."
    )
    insights_metrics: float = Field(
        25, ge=0, description="Metrics of Container Insights: 8 a cluster, 11 a service, 6 a task family."
    )
    insights_kb_per_worker_hour: float = Field(
        120, ge=0, description="KB that Container Insights logs for each hour of a worker: two lines a minute."
    )

    @property
    def busy_worker_hours(self) -> float:
        """Worker-hours per month that renders take."""
        return self.videos_per_month * self.render_seconds / 3600


def parse_usage(assumptions: Sequence[str], **given: float | None) -> Usage:
    """The usage of `NAME=VALUE` assumptions and given values. Raises `CostError` that names a wrong one."""
    values: dict[str, str | float] = {name: value for name, value in given.items() if value is not None}
    for assumption in assumptions:
        name, separator, value = assumption.partition("=")
        if not separator or name not in Usage.model_fields:
            raise CostError(
                f"{assumption!r} is no assumption: give NAME=VALUE, NAME of {', '.join(Usage.model_fields)}."
            )
        values[name] = value
    try:
        return Usage.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise CostError(f"{first['loc'][0]}: {first['msg'].lower()}, and not {first['input']!r}.") from error
