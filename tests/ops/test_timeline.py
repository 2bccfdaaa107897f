"""A job's timeline, from its entry in the ledger, and as `status` draws it."""

import json
import time
from typing import Any

import pytest

from ops.aws.job_parts import HelpersPart
from ops.aws.job_timeline import Period, timeline
from ops.aws.ledger import JobState
from ops.commands._timeline import bars
from tests.ops.conftest import Site
from worker.aws.parts_ledger import Attempt, PartsLedger

SENT = 1_000_000.0
STAGES = {"fetch": 2.0, "render": 20.0, "publish": 1.0}


def job(status: str = "COMPLETE", **values: Any) -> JobState:
    times = {"sent_at": SENT, "created_at": SENT + 10, "claimed_at": SENT + 10, "attempt": 1}
    return JobState("j", status, **times | values)


@pytest.mark.parametrize(
    ("entry", "periods"),
    [
        (
            job(ended_at=SENT + 33, updated_at=SENT + 34, stages=STAGES, webhook="DELIVERED"),
            [("waiting", 0, 10), ("fetch", 10, 2), ("render", 12, 20), ("publish", 32, 1), ("notify", 33, 1)],
        ),
        (
            job(attempt=2, claimed_at=SENT + 100, ended_at=SENT + 120, stages={"fetch": 20.0}, webhook="OFF"),
            [("waiting", 0, 10), ("earlier attempts", 10, 90), ("fetch", 100, 20)],
        ),
        (job("RENDERING", stage="rendering"), [("waiting", 0, 10), ("rendering", 10, 190)]),
        (job("QUEUED", updated_at=SENT + 50), [("waiting", 0, 10), ("back in the queue", 50, 150)]),
        (
            job(ended_at=SENT + 33, updated_at=SENT + 33, webhook="PENDING"),
            [("waiting", 0, 10), ("notify", 33, 167)],
        ),
        # SQS's clock is ahead of the worker's.
        (job("RENDERING", stage="claimed", sent_at=SENT + 15), [("waiting", 15, 0), ("claimed", 10, 190)]),
        # Earlier releases recorded neither the attempt's begin nor its end.
        (JobState("j", "COMPLETE", created_at=SENT, attempt=2, webhook="DELIVERED"), []),
    ],
    ids=["delivered", "second attempt", "renders", "handed back", "webhook pending", "clocks differ", "old entry"],
)
def test_periods(entry: JobState, periods: list[tuple[str, float, float]]) -> None:
    found = timeline(entry, (), SENT + 200)
    assert [(each.name, each.began_at - SENT, each.seconds) for each in found] == periods
    assert [each.is_over for each in found if not each.is_over] == ([] if entry.is_settled else [False])


def test_parts_of_helpers_are_between_the_stages_and_the_webhook() -> None:
    parts = [HelpersPart(2, "a", 100, SENT + 13, SENT + 20), HelpersPart(0, "b", 40, SENT + 14, 0)]
    rendering = timeline(job("RENDERING", stage="encode"), parts, SENT + 20)
    assert [(each.name, each.began_at - SENT, each.seconds, each.is_over) for each in rendering[1:]] == [
        ("encode", 10, 10, False),
        ("part 3", 13, 7, True),
        ("part 1", 14, 6, False),
    ]
    ended = timeline(job(ended_at=SENT + 33, stages=STAGES, webhook="PENDING"), parts[:1], SENT + 34)
    assert [each.name for each in ended[-3:]] == ["publish", "part 3", "notify"]


def test_bars_are_to_scale_and_within_a_terminal() -> None:
    lines = list(bars([Period("waiting", 100, 10), Period("render", 110, 29.9), Period("notify", 139.9, 0.1, False)]))
    shown = [line[20:57].rstrip() for line in lines]
    assert shown == ["█" * 9, " " * 9 + "█" * 27, " " * 35 + "█▶"]
    assert [line.split()[-2:] for line in lines] == [["10.0", "s"], ["29.9", "s"], ["0.1", "s"]]
    assert max(map(len, lines)) <= 78


def test_status_draws_what_the_ledger_has(site: Site) -> None:
    now = time.time()
    site.enter(
        "done",
        status="COMPLETE",
        webhook_state="DELIVERED",
        sent_at=int((now - 30) * 1000),
        created_at=now - 25,
        claimed_at=now - 25,
        ended_at=now - 5,
        stages=json.dumps({"fetch": 2.5, "render": 17.0}),
    )
    names = ["waiting", "fetch", "render", "notify"]
    assert [period["name"] for period in site.run("status", "done", "--json").json["timeline"]] == names
    drawn = [line.split()[0] for line in site.run("status", "done").out.splitlines() if "█" in line]
    assert drawn == names


def test_status_names_the_helpers(site: Site) -> None:
    """Not the worker of the job, for its own parts; and once the job has ended not who lost a part."""
    site.enter("helped", owner="own", attempt=2)
    attempt = Attempt("helped", 2, "plan")
    own, one, two = (PartsLedger(site.aws.client("dynamodb"), site.table, owner) for owner in ("own", "one", "two"))
    own.open(attempt)
    assert all(ledger.claim(attempt, part) for ledger, part in ((own, 0), (one, 1), (two, 2)))
    assert one.finish(attempt, 1, 5.0)
    assert two.report(attempt, 2, 40)
    helpers = site.run("status", "helped", "--json").json["helpers"]
    assert [(part["number"], part["owner"], part["progress"]) for part in helpers] == [(1, "one", 100), (2, "two", 40)]
    assert "helpers   one, two" in site.run("status", "helped").out
    site.enter("helped", owner="own", attempt=2, status="COMPLETE")
    assert [part["owner"] for part in site.run("status", "helped", "--json").json["helpers"]] == ["one"]
