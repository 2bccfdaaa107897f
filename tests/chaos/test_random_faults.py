"""Random mixtures of faults, against real worker processes.

`make chaos N=1000 SEED=1` runs more of them; `make chaos N=1 SEED=...` repeats a seed that failed.
"""

import pytest

from tests.chaos.conftest import BrokenPromises
from tests.chaos.scenarios import Scenario, random_scenario


@pytest.mark.parametrize("scenario", [pytest.param(random_scenario(seed), id=f"seed {seed}") for seed in range(1, 31)])
def test_promises_hold(broken_promises: BrokenPromises, scenario: Scenario) -> None:
    found = broken_promises(scenario)
    assert not found, "\n".join(found)
