"""What a worker costs an hour, for the dashboard: Fargate on Linux in eu-west-1, May 2026, US dollars.

https://aws.amazon.com/fargate/pricing/; a public IPv4 address, https://aws.amazon.com/vpc/pricing/. Other regions
differ by some per cent; the bill is what counts, the dashboard shows the order of magnitude and its course.
"""

from modules.config import Fleet

VCPU_HOUR = {"ARM64": 0.03238, "X86_64": 0.04048}
GB_HOUR = {"ARM64": 0.00356, "X86_64": 0.004445}
ADDRESS_HOUR = 0.005

SPOT_SHARE = 0.33
"""Of the price on demand. AWS says "up to 70 % less"; the price moves with demand."""


def on_demand_hour(config: Fleet) -> float:
    """One worker on demand, an hour."""
    return config.cpu / 1024 * VCPU_HOUR[config.architecture] + config.memory / 1024 * GB_HOUR[config.architecture]


def spot_hour(config: Fleet) -> float:
    """One worker on Spot, an hour."""
    return on_demand_hour(config) * SPOT_SHARE
