"""What a helper does with an offer that reaches it when its worker has a job."""

from types import SimpleNamespace
from typing import Any, cast

from worker.helpers.helper import Helper


class Offers:
    """A queue with one offer, which notes what becomes of it; the worker gets a job while the helper polls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.helper: Helper | None = None

    def receive(self) -> tuple[str, str]:
        assert self.helper
        self.helper.drop()
        return "an order", "a receipt"

    def pass_on(self, order: str, receipt_handle: str) -> None:
        self.calls.append(("pass on", order, receipt_handle))

    def delete(self, receipt_handle: str) -> None:
        self.calls.append(("delete", receipt_handle))


def test_a_worker_that_has_just_got_a_job_passes_an_offer_on() -> None:
    """A long poll can't be ended, and the coordinator's own has as good a chance of an offer as any."""
    offers = Offers()
    offers.helper = Helper(cast("Any", SimpleNamespace(queue=offers)), cast("Any", None), lambda: False)
    offers.helper.allow()
    offers.helper._poll_once()
    assert offers.calls == [("pass on", "an order", "a receipt")]
