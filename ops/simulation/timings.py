"""How long things take that AWS doesn't promise. Assumptions, each with its reason; `Timings` can be given others."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LogNormal:
    """Seconds with a long tail on the right: the median, and the 95th percentile."""

    median: float
    p95: float

    def draw(self, chance: random.Random) -> float:
        """One duration."""
        sigma = math.log(self.p95 / self.median) / 1.6449  # the normal distribution's 95th percentile
        return chance.lognormvariate(math.log(self.median), sigma)


@dataclass(frozen=True)
class Timings:
    """Seconds, each an assumption. All together a worker that is asked for takes jobs after about 40 s."""

    provision: LogNormal = LogNormal(22, 35)
    """Fargate finds capacity and attaches a network interface. Not billed."""
    pull: LogNormal = LogNormal(13, 22)
    """The image of some 200 MB is pulled from ECR and unpacked. Billing begins with it.
    https://aws.amazon.com/fargate/pricing/"""
    boot: LogNormal = LogNormal(2, 4)
    """The container starts, and Python: a third of a second on a fast machine, measured at 1 vCPU."""
    stop: float = 30.0
    """From the decision to stop an idle worker to its end: ECS finds it unprotected between two long polls of 20 s."""
    scaling: float = 3.0
    """From an alarm's action to the service's new desired count."""
    publication: Mapping[str, float] = field(
        default_factory=lambda: {
            "AWS/SQS": 45.0,
            "AWS/ECS": 45.0,
            "ECS/ContainerInsights": 60.0,
            "HospupVideo": 10.0,
        }
    )
    """From a period's end until CloudWatch shows its datapoint, by namespace. The worker's metrics wait for the log
    driver, which sends at least every 5 s, and for the embedded format to be read out of the log."""
    spot_interruptions: float = 0.005
    """Interruptions an hour for each worker on Spot: one in eight days."""
    minimum_billed: float = 60.0
    """A task is billed for a minute at least. https://aws.amazon.com/fargate/pricing/"""

    def publication_of(self, namespace: str) -> float:
        """Seconds from a period's end until its datapoint is seen."""
        return self.publication.get(namespace, 45.0)
