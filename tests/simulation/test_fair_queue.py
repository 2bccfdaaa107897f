"""The fair queue by hand: who is noisy, and whose message is next."""

from collections.abc import Callable
from functools import partial

import pytest

from ops.simulation.fair_queue import FairJobQueue
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.simulator import run_simulation
from tests.simulation.models import EXACT, model

QUIET_WHEN_SILENT = partial(FairJobQueue, is_quiet_when_silent=True)


def send(queue: JobQueue, tenant: str, count: int = 1, *, at: float = 0.0) -> None:
    for _ in range(count):
        queue.send(Job(at, 20.0, tenant))


def receive(queue: JobQueue, count: int = 1, *, at: float = 0.0) -> list[Job]:
    jobs = [queue.receive(at) for _ in range(count)]
    assert None not in jobs
    return [job for job in jobs if job]


def tenants(jobs: list[Job]) -> str:
    return "".join(job.tenant for job in jobs)


def test_while_all_are_quiet_the_oldest_is_first() -> None:
    queue = FairJobQueue(3)
    for at, tenant in enumerate("ABACB"):
        send(queue, tenant, at=at)
    assert tenants(receive(queue, 5, at=4.0)) == "ABACB"
    assert queue.receive(4.0) is None


def test_with_thirty_in_flight_a_tenant_is_noisy() -> None:
    queue = FairJobQueue(3)
    send(queue, "A", 40)
    send(queue, "B", at=0.1)
    assert tenants(receive(queue, 32)) == "A" * 30 + "BA"


def test_thirty_in_flight_are_not_noise_where_many_are() -> None:
    """30 of 300 are a tenth, and noise is more than a tenth."""
    queue = FairJobQueue(3)
    for number in range(270):
        send(queue, str(number))
    receive(queue, 270)
    send(queue, "A", 32)
    send(queue, "B", at=0.1)
    assert tenants(receive(queue, 33)) == "A" * 31 + "BA"


def test_more_than_a_tenth_of_the_processing_time_is_noise() -> None:
    queue = FairJobQueue(3)
    send(queue, "A", 2)
    receive(queue)
    send(queue, "B", at=99.0)
    assert tenants(receive(queue, 2, at=100.0)) == "BA"


@pytest.mark.parametrize(("done_at", "order"), [(100.0, "BA"), (1.0, "AB")])
def test_processing_time_is_noise_while_it_is_recent(done_at: float, order: str) -> None:
    """Long after a tenant's last job, others' jobs have nine tenths of the recent processing time."""
    queue = FairJobQueue(3)
    send(queue, "A")
    (done,) = receive(queue)
    for number in range(20):
        send(queue, str(number))
    others = receive(queue, 20)
    queue.delete(done, done_at)
    for job in others:
        queue.delete(job, 20.0)
    send(queue, "A", at=149.0)
    send(queue, "B", at=150.0)
    assert tenants(receive(queue, 2, at=150.0)) == order


def test_among_noisy_tenants_the_fewest_in_flight_are_first() -> None:
    queue = FairJobQueue(3)
    send(queue, "A", 40)
    send(queue, "B", 40, at=0.1)
    assert tenants(receive(queue, 64)) == "A" * 30 + "B" * 30 + "ABAB"


def test_a_tenant_stays_noisy_until_none_of_its_messages_waits() -> None:
    queue = FairJobQueue(3)
    send(queue, "A", 32)
    for job in receive(queue, 31):
        queue.delete(job, 0.0)
    send(queue, "B", at=0.1)
    assert tenants(receive(queue, 2)) == "BA"
    send(queue, "A", at=0.2)
    send(queue, "B", at=0.3)
    assert tenants(receive(queue, 2)) == "AB"


@pytest.mark.parametrize(
    ("make_queue", "at", "order"),
    [(FairJobQueue, 301.0, "BA"), (QUIET_WHEN_SILENT, 299.0, "BA"), (QUIET_WHEN_SILENT, 301.0, "AB")],
)
def test_five_silent_minutes_in_either_reading(make_queue: Callable[[int], JobQueue], at: float, order: str) -> None:
    queue = make_queue(3)
    send(queue, "A", 32)
    receive(queue, 31)
    send(queue, "B", at=at)
    assert tenants(receive(queue, 2, at=at)) == order


def test_a_returned_job_is_the_first_of_its_tenant_and_not_in_flight() -> None:
    queue = FairJobQueue(2)
    send(queue, "A", 31)
    first, *_ = receive(queue, 30)
    assert queue.make_visible(first, 0.0)
    send(queue, "B", at=0.1)
    assert receive(queue) == [first]
    assert not queue.make_visible(first, 0.0)
    assert (queue.lost, len(queue)) == ([first], 2)


def test_fairness_changes_the_order_and_not_the_work() -> None:
    """Ten workers, a hundred jobs of 20 s at once, then one of another hotel, which is due within one render."""
    trace = [(0.0, 20.0)] * 100 + [(30.0, 20.0)]
    names = ["large"] * 100 + ["small"]
    waits = {}
    for make_queue in (JobQueue, FairJobQueue):
        result = run_simulation(model(10), trace, hours=0.1, timings=EXACT, tenants=names, make_queue=make_queue)
        waits[make_queue] = {job.tenant: job.waited for job in result.jobs}
        assert max(job.started for job in result.jobs) == 200.0
    assert waits[JobQueue]["small"] == 170.0
    assert waits[FairJobQueue]["small"] == 10.0
