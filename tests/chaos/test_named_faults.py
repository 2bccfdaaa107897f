"""Each fault at each stage, against real worker processes: the promises hold, and the fault was really injected."""

import pytest

from tests.chaos.conftest import BrokenPromises
from tests.chaos.scenarios import Scenario, named_scenarios


@pytest.mark.parametrize("scenario", [pytest.param(scenario, id=name) for name, scenario in named_scenarios().items()])
def test_promises_hold(broken_promises: BrokenPromises, scenario: Scenario) -> None:
    found = broken_promises(scenario)
    assert not found, "\n".join(found)
    assert scenario.unmet == []
