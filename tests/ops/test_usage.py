"""`usage`: what is summed, by what, in which format, and at which price."""

import csv
import datetime
import io
from typing import Any

import pytest

from ops.cost import prices
from ops.cost.worker_price import worker_price
from tests.ops.conftest import Operator, Site
from tests.ops.deployed import Deployed

FIGURES = {
    "tries": 2,
    "videos": 1,
    "video_seconds": 15.5,
    "cpu_seconds": 30,
    "worker_seconds": 3600,
    "bytes_fetched": 45_000_000,
    "bytes_published": 8_000_000,
}


def day_before(days: int) -> datetime.date:
    """The day that was so many days ago, in UTC."""
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days)


def count(site: Operator, table: str, property_id: str, days_ago: int = 0, **values: Any) -> None:
    """Put what workers have counted into the ledger."""
    day = day_before(days_ago)
    midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp()
    numbers = FIGURES | values | {"created_at": midnight}
    site.aws.client("dynamodb").put_item(
        TableName=table,
        Item={
            "job_id": {"S": f"usage/{property_id}/{day}"},
            "status": {"S": "USAGE"},
            **{name: {"N": str(value)} for name, value in numbers.items()},
        },
    )


@pytest.fixture
def used(site: Site) -> Site:
    """Usage of three properties on several days, and jobs beside it."""
    count(site, site.table, "21")
    count(site, site.table, "21", 1, worker_seconds=400)
    count(site, site.table, "=2+3", 1, worker_seconds=5000)
    count(site, site.table, "été", 29, worker_seconds=1, videos=0)
    count(site, site.table, "21", 40, worker_seconds=9000)
    site.enter("job", property_id="21")
    return site


def rows(site: Operator, *arguments: str) -> list[dict[str, Any]]:
    done = site.run("usage", "--json", *arguments)
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = done.json["rows"]
    return found


def test_properties_are_summed_over_days(used: Site) -> None:
    done = used.run("usage", "--by", "property", "--since", "30d", "--json")
    assert [(row["property"], row["worker_seconds"]) for row in done.json["rows"]] == [
        ("=2+3", 5000),
        ("21", 4000),
        ("été", 1),
    ]
    (hotel,) = [row for row in done.json["rows"] if row["property"] == "21"]
    assert hotel == {name: 2 * value for name, value in FIGURES.items()} | {
        "property": "21",
        "worker_seconds": 4000,
        "usd": None,
    }
    assert done.json["total"]["worker_seconds"] == 9001
    assert (done.json["since"], done.json["until"]) == (str(day_before(30)), str(day_before(0)))
    assert "Dollars are unknown: the workers' cluster and service are not named" in " ".join(done.err.split())


def test_days_and_one_property(used: Site) -> None:
    today, yesterday = str(day_before(0)), str(day_before(1))
    assert [(row["day"], row["worker_seconds"]) for row in rows(used, "--by", "day", "--since", "1d")] == [
        (yesterday, 5400),
        (today, 3600),
    ]
    found = rows(used, "--by", "property-day", "--property", "21", "--since", "400d")
    assert [(row["property"], row["day"]) for row in found][1:] == [("21", yesterday), ("21", today)]
    assert len(found) == 3
    assert rows(used, "--property", "22") == []


def test_csv_for_a_spreadsheet(used: Site) -> None:
    done = used.run("usage", "--csv")
    found = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["property"] for row in found] == ["'=2+3", "21", "été"]
    assert {name: float(found[1][name]) for name in FIGURES} == {name: 2 * value for name, value in FIGURES.items()} | {
        "worker_seconds": 4000
    }


def test_a_table_for_people(used: Site) -> None:
    lines = used.run("usage").out.splitlines()
    assert lines[0].split()[:4] == ["property", "tries", "videos", "video"]
    assert lines[2].split() == ["21", "4", "2", "31", "60", "4,000", "90", "16", "unknown"]
    assert lines[-2].split()[0] == "total"
    assert max(map(len, lines)) <= 80


def test_dollars_are_the_workers_time_at_the_pools_price(deployed: Deployed, operator: Operator) -> None:
    """A pool of two, one of them on Spot, of 2 vCPU and 4 GiB on x86-64, with public addresses."""
    count(operator, deployed.outputs["jobs_table"], "21", worker_seconds=7200)
    done = operator.run("usage", "--json", "-e", "staging")
    assert done.code == 0, done.err
    table = prices.load().region("eu-west-1")
    on_demand = 2 * table["fargate.x86.vcpu_hour"].usd + 4 * table["fargate.x86.gb_hour"].usd
    spot = 2 * table["fargate_spot.x86.vcpu_hour"].usd + 4 * table["fargate_spot.x86.gb_hour"].usd
    hour = (on_demand + spot) / 2 + table["ipv4.hour"].usd
    assert done.json["usd_per_worker_hour"] == pytest.approx(hour, abs=1e-6)
    assert done.json["rows"][0]["usd"] == pytest.approx(2 * hour, abs=1e-5)
    assert done.err == ""


@pytest.mark.parametrize(("on_demand", "pool", "share"), [(None, 10, 1.0), (3, 10, 0.3), (0, 10, 0.0), (3, 0, 1.0)])
def test_the_price_is_mixed_as_the_pool_is(on_demand: int | None, pool: int, share: float) -> None:
    definition = {"cpu": "1024", "memory": "2048", "runtimePlatform": {"cpuArchitecture": "ARM64"}}
    price = worker_price(
        definition, prices.load().region("eu-west-1"), public_address=False, pool=pool, on_demand=on_demand
    )
    assert price.on_demand_share == share
    assert price.on_demand_hour == pytest.approx(0.03238 + 2 * 0.00356)
    assert price.hour == pytest.approx(share * price.on_demand_hour + (1 - share) * price.spot_hour)
    assert price.usd(1800) == pytest.approx(price.hour / 2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--csv --json", "--csv and --json are two formats: give one of them."),
        ("--since yesterday", "--since yesterday is no length of time"),
        ("--by hotel", "Invalid value for '--by'"),
    ],
)
def test_what_can_t_be_meant_is_refused(operator: Operator, arguments: str, sentence: str) -> None:
    done = operator.run("usage", *arguments.split())
    assert done.code == 2
    assert sentence in " ".join(done.err.split())
