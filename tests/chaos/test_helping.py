"""Workers that render parts of each other's jobs, and faults at every step: no job lost, none doubled, nothing left."""

import pytest

from tests.chaos.conftest import BrokenPromises
from tests.chaos.helping import helping_scenarios
from tests.chaos.scenarios import Scenario


@pytest.mark.parametrize(
    "scenario", [pytest.param(scenario, id=name) for name, scenario in helping_scenarios().items()]
)
def test_promises_hold(broken_promises: BrokenPromises, scenario: Scenario) -> None:
    found = broken_promises(scenario)
    assert not found, "\n".join(found)
    assert scenario.unmet == []
