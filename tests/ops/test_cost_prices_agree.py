"""The dashboard's prices are those of `hospup-video cost` and of the simulator."""

import pytest

from modules.monitoring import prices as of_the_dashboard
from ops.cost import prices as price_table

ARCHITECTURES = {"ARM64": "arm", "X86_64": "x86"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_fargate_costs_the_same_everywhere(architecture: str) -> None:
    table = price_table.load().region("eu-west-1")
    name = ARCHITECTURES[architecture]
    vcpu, gigabyte = (table[f"fargate.{name}.{unit}_hour"].usd for unit in ("vcpu", "gb"))
    assert of_the_dashboard.VCPU_HOUR[architecture] == vcpu
    assert of_the_dashboard.GB_HOUR[architecture] == gigabyte
    spot = table[f"fargate_spot.{name}.vcpu_hour"].usd
    assert spot / vcpu == pytest.approx(of_the_dashboard.SPOT_SHARE, abs=0.03)
