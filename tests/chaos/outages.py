"""Outages of AWS: services that can't be reached, or single operations that are throttled, for a while."""

import threading
import time
from collections.abc import Set
from dataclasses import dataclass, field

from embedded.proxy import Call, Fault, cut, refuse, slow
from tests.chaos.receiver import clip_message
from tests.chaos.scenarios import Scenario, When, always
from tests.chaos.world import Worker, World

SERVICES = ("sqs", "s3", "dynamodb")
THROTTLED = {"sqs": refuse(400, "ThrottlingException"), "dynamodb": refuse(400, "ThrottlingException")}
THROTTLED["s3"] = refuse(503, "SlowDown")


def three_jobs(world: World) -> None:
    for number in range(3):
        world.send(clip_message(f"job-{number}", world.source), f"job-{number}")


@dataclass
class Outage(Scenario):
    """From the first call of `begins_at` on, `services` can't be reached, or `operations` are throttled, for `lasts`
    seconds. No job may fail by it."""

    services: Set[str] = frozenset()
    operations: Set[str] = frozenset()
    begins_at: str = "ReceiveMessage"
    lasts: float = 20.0
    began: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, worker: Worker, call: Call) -> Fault | None:
        with self._lock:
            if self.began is None and call.operation == self.begins_at and worker.world.sent:
                self.began = time.monotonic()
        if self.began is not None and time.monotonic() - self.began < self.lasts:
            if call.service in self.services:
                return cut()
            if call.operation in self.operations:
                return THROTTLED[call.service]
        return super().plan(worker, call)

    def broken_promises(self, world: World) -> list[str]:
        """One sentence per job that the outage failed."""
        entries = {job_id: world.entry(job_id) for job_id in world.sent}
        return [
            f"{job_id} is {entry.get('status')} after an outage: {entry.get('error')}"
            for job_id, entry in entries.items()
            if entry.get("status") != "COMPLETE"
        ]


def outages(lasts: float = 20.0) -> dict[str, Outage]:
    """Outages of every service at every stage that calls it, and of each operation alone, by name."""
    found = {}
    for service, begins in (
        ("sqs", ("UpdateItem", "PutObject", "DeleteMessage")),
        ("s3", ("HeadObject", "PutObject", "CopyObject")),
        ("dynamodb", ("UpdateItem", "GetObject", "CopyObject")),
        ("all", ("UpdateItem", "GetObject", "CopyObject", "DeleteMessage")),
    ):
        services = frozenset(SERVICES if service == "all" else [service])
        for begin in begins:
            found[f"{service} cannot be reached from {begin} on"] = Outage(
                messages=three_jobs, services=services, begins_at=begin, lasts=lasts, seconds=lasts + 120
            )
    for operation in ("UpdateItem", "GetItem", "HeadObject", "GetObject", "PutObject", "CopyObject", "DeleteMessage"):
        found[f"{operation} is throttled"] = Outage(
            messages=three_jobs, operations={operation}, lasts=lasts, seconds=lasts + 120
        )
    found["ChangeMessageVisibility is throttled while a job is longer than a lease"] = Outage(
        [(When("GetObject", 1, 4), always(slow(25)))],
        operations={"ChangeMessageVisibility"},
        lasts=60.0,
        seconds=180,
        environment={"LEASE_SECONDS": "18"},
    )
    found["ChangeMessageVisibility hangs while a job is longer than a lease"] = Outage(
        [(When("GetObject", 1, 4), always(slow(25))), (When("ChangeMessageVisibility", 1, 99), always(slow(30)))],
        seconds=180,
        environment={"LEASE_SECONDS": "18"},
    )
    return found


def long_outages() -> dict[str, Outage]:
    """Outages of a quarter of an hour at production's own pace; all jobs end within two minutes afterwards."""
    minutes = 15 * 60.0
    found = {}
    for name, services in {**{service: {service} for service in SERVICES}, "all": set(SERVICES)}.items():
        for begin in ("UpdateItem", "CopyObject"):
            found[f"{name} cannot be reached from {begin} on"] = Outage(
                messages=three_jobs,
                services=services,
                begins_at=begin,
                lasts=minutes,
                seconds=minutes + 120,
                environment={"PRODUCTION_PACE": "1"},
            )
    return found
