"""What counting usage needs of DynamoDB: sums, sets and conditions in one write, and an index of no jobs."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.property_usage import KEPT_DAYS, DayOfProperty, Usage, read_usage, usage_key
from worker.aws.ledger import Ledger
from worker.aws.outages import Outages
from worker.aws.usage import EXPIRY_DAYS, NOTHING, Made, Try, UsageCounter, Used
from worker.job import JobIdentity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    Table = tuple[DynamoDBClient, str]

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
DAY = NOON.date()
USED, MADE = Used(2.5, 1.25, 1000), Made(1, 15.004, 500)


@pytest.fixture
def counter(table: "Table") -> UsageCounter:
    return UsageCounter(*table, Outages(lambda _seconds: False))


def a_try(name: str, property_id: str = "21", *, days: int = 0) -> Try:
    return Try(name, property_id, (NOON + datetime.timedelta(days)).timestamp())


def usage(table: "Table", property_id: str = "") -> list[DayOfProperty]:
    found = read_usage(*table, DAY, DAY + datetime.timedelta(9), property_id)
    return sorted(found, key=lambda each: (each.property_id, each.day))


def item(table: "Table", key: str) -> dict[str, Any]:
    client, name = table
    return dict(client.get_item(TableName=name, Key={"job_id": {"S": key}})["Item"])


def test_a_write_that_is_repeated_counts_once(table: "Table", counter: UsageCounter) -> None:
    one = a_try("job/1")
    for _ in range(3):
        counter.add_used(one, USED)
    assert item(table, one.item)["open_tries"] == {"SS": ["job/1"]}
    for _ in range(3):
        counter.add_made(one, MADE)
    assert usage(table) == [DayOfProperty("21", DAY, Usage(1, 1, 15.004, 2.5, 1.25, 1000, 500))]
    assert "open_tries" not in item(table, one.item)


def test_only_a_try_that_was_counted_can_have_made_something(table: "Table", counter: UsageCounter) -> None:
    counter.add_made(a_try("job/1"), MADE)
    assert usage(table) == []
    counter.add_used(a_try("job/2"), USED)
    counter.add_made(a_try("job/1"), MADE)
    assert [(each.usage.tries, each.usage.videos) for each in usage(table)] == [(1, 0)]


def test_tries_of_many_workers_add_up(table: "Table", counter: UsageCounter) -> None:
    def count(number: int) -> None:
        one = a_try(f"job-{number}/1")
        counter.add_used(one, USED)
        counter.add_made(one, MADE if number % 2 else NOTHING)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(20)))
    (found,) = usage(table)
    assert (found.usage.tries, found.usage.videos) == (20, 10)
    assert found.usage.cpu_seconds == pytest.approx(50)
    assert found.usage.video_seconds == pytest.approx(150.04)


def test_each_property_and_day_has_an_item(table: "Table", counter: UsageCounter) -> None:
    for name, property_id, days in (("a/1", "21", 0), ("a/2", "21", 0), ("b/1", "21", 1), ("c/1", "été", 1)):
        counter.add_used(a_try(name, property_id, days=days), USED)
    counter.add_used(a_try("old/1", days=-1), USED)
    counter.add_used(a_try("future/1", days=10), USED)
    next_day = DAY + datetime.timedelta(1)
    shown = [(each.property_id, each.day, each.usage.tries) for each in usage(table)]
    assert shown == [("21", DAY, 2), ("21", next_day, 1), ("été", next_day, 1)]
    assert [(each.day, each.usage.tries) for each in usage(table, "21")] == [(DAY, 2), (next_day, 1)]
    assert usage(table, "22") == []


def test_the_last_moment_of_a_day_belongs_to_it() -> None:
    midnight = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC).timestamp()
    assert Try("job/1", "21", midnight - 0.001).item == usage_key("21", DAY)
    assert Try("job/1", "21", midnight).item == usage_key("21", DAY + datetime.timedelta(1))


def test_usage_is_kept_for_more_than_a_year(table: "Table", counter: UsageCounter) -> None:
    one = a_try("job/1")
    counter.add_used(one, USED)
    kept = int(item(table, one.item)["expires_at"]["N"]) - NOON.timestamp()
    assert EXPIRY_DAYS == KEPT_DAYS
    assert kept / 86_400 == pytest.approx(KEPT_DAYS, abs=1)


def test_usage_is_no_job(table: "Table", counter: UsageCounter) -> None:
    counter.add_used(a_try("job/1"), USED)
    for property_id in ("", "21"):
        assert list(find_jobs(*table, JobFilter(property_id=property_id))) == []
    ledger = Ledger(*table, owner="one", lease_seconds=90)
    ledger.claim(JobIdentity("job", "video", "21"), "digest", "m", 1)
    assert [job.job_id for job in find_jobs(*table, JobFilter())] == ["job"]
