"""Outages of AWS that last for several leases, against real worker processes: they cost waiting, never a job."""

import pytest

from tests.chaos.conftest import BrokenPromises
from tests.chaos.outages import Outage, outages


@pytest.mark.parametrize("scenario", [pytest.param(outage, id=name) for name, outage in outages().items()])
def test_no_job_fails(broken_promises: BrokenPromises, scenario: Outage) -> None:
    found = broken_promises(scenario)
    assert not found, "\n".join(found)
    assert scenario.began is not None
