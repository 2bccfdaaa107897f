"""Fargate's prices on Linux in eu-west-1, May 2026, in US dollars per hour, for the dashboard.

https://aws.amazon.com/fargate/pricing/. Other regions differ by a few percent. The dashboard shows the order of
magnitude and the trend; the bill has the exact cost.
"""

from modules.config import FleetConfig

VCPU_HOUR = {"ARM64": 0.03238, "X86_64": 0.04048}
GB_HOUR = {"ARM64": 0.00356, "X86_64": 0.004445}

SPOT_SHARE = 0.33
"""Price of Spot, as a share of the price on demand. AWS states "up to 70 % less"; the price follows demand."""


def on_demand_hour(config: FleetConfig) -> float:
    """Price of one worker on demand per hour."""
    return config.cpu / 1024 * VCPU_HOUR[config.architecture] + config.memory / 1024 * GB_HOUR[config.architecture]


def spot_hour(config: FleetConfig) -> float:
    """Price of one worker on Spot per hour."""
    return on_demand_hour(config) * SPOT_SHARE
