"""`jobs`: which jobs each filter finds, by which index, in which order, page by page."""

import inspect
import io
import os
import re
import subprocess
import sys
import termios
import time
from typing import Any

import pytest
from rich.console import Console

from embedded.proxy import Call, Fault, FaultProxy, refuse
from ops.aws import ledger
from ops.aws.job_index import STATUSES, JobFilter, find_jobs
from ops.aws.ledger import parse_entry
from ops.commands._job_filter import JobStatus
from ops.commands._watch import jobs_table
from ops.console import output
from tests.ops.conftest import Operator, Ran, Site
from tests.ops.scripted import Answers, Scripted
from worker.aws.ledger import Status


def ids(done: Ran) -> list[str]:
    assert done.code == 0, done.err
    return [job["job_id"] for job in done.json["jobs"]]


@pytest.fixture
def several(site: Site) -> Site:
    """Jobs of two properties, the newest last."""
    now = time.time()
    site.enter("done", created_at=now - 9000, status="COMPLETE", webhook_state="DELIVERED", video_id="pool")
    site.fail("missing", "No such clip.", "MEDIA_MISSING", created_at=now - 8000, property_id="21")
    site.enter("refused", created_at=now - 600, status="COMPLETE", webhook_state="REFUSED", property_id="21")
    site.fail("broken", "FFmpeg failed.", created_at=now - 500, video_id="pool", webhook_state="NONE")
    site.enter("waiting", created_at=now - 40, status="QUEUED", video_id="pool", property_id="21")
    site.enter("running", created_at=now - 30)
    site.aws.client("dynamodb").put_item(  # what orders the generations of a video is no job
        TableName=site.table, Item={"job_id": {"S": "video/generated-videos/7/été.mp4"}, "newest": {"S": "done"}}
    )
    return site


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "running waiting broken refused missing done"),
    ({"property_id": "21"}, "waiting refused missing"),
    ({"video_id": "pool"}, "waiting broken done"),
    ({"video_id": "pool", "property_id": "21"}, "waiting"),
    ({"statuses": ["RENDERING", "QUEUED"]}, "running waiting"),
    ({"statuses": ["COMPLETE"]}, "refused done"),
    ({"code": "MEDIA_MISSING"}, "missing"),
    ({"code": "MEDIA_MISSING", "property_id": "16"}, ""),
    ({"code": "MEDIA_MISSING", "statuses": ["RENDERING"]}, ""),
    ({"webhooks": ["REFUSED"]}, "refused"),
    ({"webhooks": ["DELIVERED"], "property_id": "21"}, "missing"),
    ({"webhooks": ["REFUSED"], "statuses": ["ERROR"]}, ""),
    ({"since": 3600}, "running waiting broken refused"),
    ({"property_id": "22"}, ""),
]


def test_filters(several: Site) -> None:
    dynamodb, now = several.aws.client("dynamodb"), time.time()
    for fields, ids_found in FILTERS:
        wanted = JobFilter(**fields | {"since": now - fields["since"] if "since" in fields else 0.0})
        found = [job.job_id for job in find_jobs(dynamodb, several.table, wanted)]
        assert found == ids_found.split(), fields


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--property 21 --video pool", "waiting"),
        ("--failed --since 2h --webhook not_notified", "broken"),
        ("--code media_missing --status ERROR --status queued", "missing"),
    ],
)
def test_options(several: Site, options: str, found: str) -> None:
    assert ids(several.run("jobs", "--json", *options.split())) == found.split()


def keys(name: str, number: int, seconds: float = 1) -> list[dict[str, Any]]:
    """Keys of so many jobs, of which one began in so many seconds."""
    now = time.time()
    return [
        {"job_id": {"S": f"{name}-{each}"}, "created_at": {"N": str(now - each * seconds)}} for each in range(number)
    ]


@pytest.mark.parametrize(
    ("failed", "of_the_property", "asked", "read"),
    [
        ((249, 1), (250, 9000), ["by-status"], "failed"),
        ((250, 60), (30, 1), ["by-status", "by-property"], "of-the-property"),
        ((250, 1), (250, 60), ["by-status", "by-property"], "of-the-property"),
        ((250, 60), (250, 1), ["by-status", "by-property"], "failed"),
    ],
)
def test_the_index_with_the_fewest_of_the_jobs_is_read(
    operator: Operator, failed: Any, of_the_property: Any, asked: list[str], read: str
) -> None:
    """One that ends within a page, else the one whose first page reaches furthest back."""
    pages = {"by-status": keys("failed", *failed), "by-property": keys("of-the-property", *of_the_property)}
    script: dict[str, Answers] = {
        "Query": lambda request: {"Items": pages[request["IndexName"]]},
        "BatchGetItem": [{"Responses": {}, "UnprocessedKeys": {}}],
    }
    with Scripted(script) as dynamodb:
        options = ("--failed", "--property", "21", "--json")
        assert ids(operator.run("jobs", *options, JOBS_TABLE="t", **dynamodb.variables("DYNAMODB"))) == []
    assert [request["IndexName"] for request in dynamodb.requests("Query")] == asked
    found = [key for request in dynamodb.requests("BatchGetItem") for key in request["RequestItems"]["t"]["Keys"]]
    assert {key["job_id"]["S"].rpartition("-")[0] for key in found} == {read}
    assert len(found) == {"failed": failed, "of-the-property": of_the_property}[read][0]


def test_keys_that_dynamodb_left_unread_are_asked_for_again(operator: Operator) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    entries = {
        key["job_id"]["S"]: key | {"status": {"S": "RENDERING"}, "kept_message": {"B": "YQ=="}}
        for key in keys("job", 2)
    }
    some: list[dict[str, Any]] = [{"Responses": {"t": [entry]}, "UnprocessedKeys": {}} for entry in entries.values()]
    some[0] |= {"UnprocessedKeys": {"t": {"Keys": [{"job_id": {"S": "job-1"}}]}}}
    with Scripted({"Query": [{"Items": keys("job", 2)}], "BatchGetItem": some}) as dynamodb:
        options = ("--status", "rendering", "--json")
        assert ids(operator.run("jobs", *options, JOBS_TABLE="t", **dynamodb.variables("DYNAMODB"))) == list(entries)
    first, again = (request["RequestItems"]["t"] for request in dynamodb.requests("BatchGetItem"))
    assert again["Keys"] == [{"job_id": {"S": "job-1"}}]
    assert "kept_message" not in first["ExpressionAttributeNames"].values()


def test_a_list_asks_for_all_that_an_entry_is_read_for() -> None:
    """What a worker writes, a list shows: an attribute that isn't asked for would look like one of an old release."""
    source = inspect.getsource(ledger._parse)
    assert set(re.findall(r'values\.get\("(\w+)"', source)) == set(ledger._ATTRIBUTES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"progress": "half"},
        {"payload": '{"warnings": ["late"]}', "status": "COMPLETE"},
        {"outputs": "video.mp4"},
        {"sent_at": "yesterday"},
    ],
)
def test_an_entry_that_no_worker_wrote_holds_up_no_list(several: Site, wrong: dict[str, Any]) -> None:
    several.enter("strange", **wrong)
    assert ids(several.run("jobs", "--json"))[0] == "strange"
    shown = several.run("jobs", "--limit", "1")
    assert "UNREADABLE" in shown.out
    assert "no worker wrote this entry" in shown.out
    assert several.run("status", "strange").code == 0


def test_an_entry_of_an_older_release_has_its_defaults(site: Site) -> None:
    item = {"job_id": {"S": "old"}, "status": {"S": "COMPLETE"}, "created_at": {"N": "1"}}
    site.aws.client("dynamodb").put_item(TableName=site.table, Item=item)
    (job,) = site.run("jobs", "--json").json["jobs"]
    assert (job["job_id"], job["webhook"], job["sent_at"]) == ("old", "", None)
    assert site.run("status", "old").code == 0


def test_throttling_is_said_in_one_sentence(site: Site) -> None:
    def refuse_queries(call: Call) -> Fault | None:
        return refuse(400, "ProvisionedThroughputExceededException") if call.operation == "Query" else None

    with FaultProxy(site.aws.endpoint, refuse_queries) as proxy:
        done = site.run("jobs", "--json", AWS_ENDPOINT_URL=proxy.endpoint)
    assert (done.code, done.out) == (3, "")
    assert done.err.strip() == "Query was refused: too many requests at once. Try again in a minute."


def test_every_status_of_the_ledger_is_looked_through() -> None:
    assert set(STATUSES) == set(Status) == {each.name for each in JobStatus}


def test_pages_hold_every_job_once_also_those_of_the_same_moment(site: Site) -> None:
    now = time.time()
    for number in range(7):
        status = ("COMPLETE", "RENDERING", "ERROR")[number % 3]
        site.enter(f"job-{number}", status=status, created_at=round(now - 100 * (number > 4), 3))
    pages: list[list[str]] = []
    after: tuple[str, ...] = ()
    while len(pages) < 9:
        done = site.run("jobs", "--limit", "2", "--json", *after)
        pages.append(ids(done))
        if done.json["next"] is None:
            break
        after = ("--after", done.json["next"])
    assert pages == [["job-0", "job-1"], ["job-2", "job-3"], ["job-4", "job-5"], ["job-6"]]
    shown = site.run("jobs", "--limit", "2").out.splitlines()
    assert shown[-1] == "2 jobs, and more: --after job-1 goes on"
    assert site.run("jobs", "--limit", "7").out.splitlines()[-1] == "7 jobs"


def test_what_the_index_says_is_judged_by_the_entry(site: Site) -> None:
    """An index may be a second behind: here it still says PENDING."""
    site.enter("late", status="COMPLETE", webhook_state="DELIVERED")
    behind = {"job_id": {"S": "late"}, "created_at": {"N": "1"}, "webhook_state": {"S": "PENDING"}}
    gone = {"job_id": {"S": "gone"}, "created_at": {"N": "1"}, "webhook_state": {"S": "PENDING"}}
    entry = site.aws.client("dynamodb").get_item(TableName=site.table, Key={"job_id": {"S": "late"}})["Item"]
    with Scripted(
        {
            "Query": [{"Items": [behind, gone], "Count": 2}],
            "BatchGetItem": [{"Responses": {site.table: [entry]}, "UnprocessedKeys": {}}],
        }
    ) as dynamodb:
        assert ids(site.run("jobs", "--webhook", "pending", "--json", **dynamodb.variables("DYNAMODB"))) == []


def test_a_list_for_people(several: Site) -> None:
    done = several.run("jobs")
    order = [done.out.index(name) for name in ("running", "waiting", "FFmpeg failed.", "refused", "No such clip.")]
    assert order == sorted(order)
    assert done.out.splitlines()[-1] == "6 jobs"
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_ledger_without_indexes_is_named_and_what_to_do(site: Site) -> None:
    site.aws.client("dynamodb").create_table(
        TableName=f"{site.table}-old",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
    )
    done = site.run("jobs", "--jobs-table", f"{site.table}-old")
    assert done.code == 2
    assert "has no index by-status to look in yet: deploy this release" in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--since yesterday", "--since yesterday is no length of time"),
        (
            "--code MEDIA_MISING",
            "--code MEDIA_MISING is no error code of the job contract: give one such as MEDIA_M",
        ),
        ("--failed --status queued", "--failed is --status error: give one of the two."),
        ("--watch --json", "--watch shows the newest jobs on a terminal: leave --json and --after out."),
        ("--watch", "--watch needs a terminal: leave it out, or give --json."),
        ("--after usage/21/2026-11-30", "No job has the id usage/21/2026-11-30: an id has 1 to 128 characters"),
        ("--property a/b", "No property has the id a/b: an id has 1 to 128 characters"),
        ("--video \udcff", r"No video has the id \udcff: an id has 1 to 128 characters"),
        ("--property=", "--property is empty: name one, or leave the option out."),
        ("--video=", "--video is empty: name one, or leave the option out."),
    ],
)
def test_what_can_t_be_meant_is_refused(operator: Operator, arguments: str, sentence: str) -> None:
    done = operator.run("jobs", *arguments.split(), JOBS_TABLE="none")
    assert (done.code, sentence in " ".join(done.err.split())) == (2, True), done.err


def test_going_on_after_a_job_that_is_gone(site: Site) -> None:
    done = site.run("jobs", "--after", "gone")
    assert (done.code, done.err.strip()) == (
        1,
        "There is no job gone in the ledger: go on after another, or leave out --after.",
    )


def test_no_jobs(site: Site) -> None:
    assert site.run("jobs", "--property", "21").out == "0 jobs of property 21\n"


def test_the_watched_table_obeys_no_markup_and_names_what_needs_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    running = parse_entry(
        {
            "job_id": {"S": "[red]one"},
            "status": {"S": "RENDERING"},
            "progress": {"N": "40"},
            "attempt": {"N": "2"},
            "created_at": {"N": str(now - 300)},
            "lease_expires_at": {"N": str(now - 120)},
        }
    )
    screen = io.StringIO()
    Console(width=100, file=screen).print(jobs_table([running]))
    for words in ("[red]one", "rendering", "worker gone 2 min ago", "5 min ago", "1 job at"):
        assert words in screen.getvalue()
    assert "40 %" not in screen.getvalue()  # a bar
    monkeypatch.setattr(output.console, "no_color", True)
    Console(width=100, file=screen).print(jobs_table([running]))
    assert "40 %" in screen.getvalue()


def test_the_watched_table_fits_on_the_terminal_and_reads_no_more_than_it_shows(site: Site) -> None:
    for number in range(20):
        site.enter(f"job-{number}")
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (14, 100))
    command = [sys.executable, "-m", "ops", "jobs", "--watch"]
    environment = site.aws.environment(os.environ) | site.variables
    with subprocess.Popen(command, env=environment, cwd=site.root, stdin=slave, stdout=slave) as process:
        os.close(slave)
        screen = b""
        while b"Ctrl-C ends" not in screen and len(screen) < 10_000:
            screen += os.read(master, 65_536)
        process.terminate()
    os.close(master)
    assert b"9 jobs at" in screen
