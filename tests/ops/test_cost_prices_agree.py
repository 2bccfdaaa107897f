"""One price for one thing: the simulator and the dashboard count with what `hospup-video cost` does."""

import pytest

from modules import prices as of_the_dashboard
from ops.cost import prices as price_table
from ops.simulation import prices as of_the_simulator

ARCHITECTURES = {"ARM64": "arm", "X86_64": "x86"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_fargate_costs_the_same_everywhere(architecture: str) -> None:
    table = price_table.load().region("eu-west-1")
    name = ARCHITECTURES[architecture]
    vcpu, gigabyte = (table[f"fargate.{name}.{unit}_hour"].usd for unit in ("vcpu", "gb"))
    for other in (of_the_dashboard, of_the_simulator):
        assert other.VCPU_HOUR[architecture] == vcpu
        assert other.GB_HOUR[architecture] == gigabyte
