"""Durations that AWS doesn't document: assumptions, each with its reason."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.simulation.parts import PartTimings


@dataclass(frozen=True)
class LogNormal:
    """A log-normal distribution of seconds, by its median and its 95th percentile."""

    median: float
    p95: float

    def draw(self, rng: random.Random) -> float:
        """One duration."""
        sigma = math.log(self.p95 / self.median) / 1.6449  # the normal distribution's 95th percentile
        return rng.lognormvariate(math.log(self.median), sigma)


@dataclass(frozen=True)
class Timings:
    """The durations, in seconds. In all, a worker takes jobs about 40 s after it is requested."""

    provision: LogNormal = LogNormal(22, 35)
    """Fargate finds capacity and attaches a network interface. Not billed."""
    pull: LogNormal = LogNormal(13, 22)
    """The image of some 200 MB is pulled from ECR and unpacked. Billing begins with it.
    https://aws.amazon.com/fargate/pricing/"""
    boot: LogNormal = LogNormal(2, 4)
    """The container starts, and Python: a third of a second on a fast machine, measured at 1 vCPU."""
    stop: float = 30.0
    """Time until a stopped idle worker has ended: its long poll of up to 20 s ends first."""
    scaling: float = 3.0
    """Time from an alarm's action to the service's new desired count."""
    publication: Mapping[str, float] = field(
        default_factory=lambda: {
            "AWS/SQS": 45.0,
            "AWS/ECS": 45.0,
            "ECS/ContainerInsights": 60.0,
            "HospupVideo": 10.0,
        }
    )
    """Time from a period's end until its datapoint is shown, by namespace; for the workers' metrics, from the line's
    arrival in the log until CloudWatch has read the embedded format from it."""
    log_batch: float = 5.0
    """Longest time that a worker's line waits in its log driver, which sends at least every 5 s. Each worker's sends by
    itself, so that a period's lines are shown one after the other.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    spot_interruptions: float = 0.005
    """Interruptions per hour and Spot worker: one in eight days."""
    minimum_billed: float = 60.0
    """Fargate bills at least one minute per task. https://aws.amazon.com/fargate/pricing/"""
    parts: PartTimings = field(default_factory=PartTimings)
    """What idle workers that help cost and save."""

    def publication_of(self, namespace: str) -> float:
        """Time from a period's end until CloudWatch shows its datapoint, in seconds."""
        return self.publication.get(namespace, 45.0)
