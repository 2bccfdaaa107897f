"""Entries of the ledger that no worker wrote: read, or refused by one error."""

import contextlib
import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.aws.ledger import Claim, Finished, Ledger
from worker.errors import BusyError, LedgerEntryError, ReusedIdError, SupersededError
from worker.job import JobIdentity

COMPLETE: dict[str, Any] = {
    "job_id": {"S": "j"},
    "status": {"S": "COMPLETE"},
    "fingerprint": {"S": "digest"},
    "video_id": {"S": "v"},
    "message_id": {"S": "m"},
    "sent_at": {"N": "5"},
    "payload": {"S": '{"status": "COMPLETE"}'},
    "webhook_state": {"S": "PENDING"},
}
DESCRIPTION = {"video": "v.mp4", "thumbnail": "v.jpg", "duration": 1.5, "extras": {}}
VIDEO: dict[str, Any] = {
    "job_id": {"S": "video/v"},
    "newest": {"S": "k"},
    "sent_at": {"N": "9"},
    "description": {"S": json.dumps(DESCRIPTION)},
}

JSON = st.sampled_from(
    ["", "{", "null", "[]", "{}", '{"status": 1}', '{"video": null}', "[" * 5_000, "\u0000", "1e999"]
)
VALUES = st.one_of(
    JSON.map(lambda text: {"S": text}),
    st.sampled_from(["COMPLETE", "ERROR", "RENDERING", "NONE", "LOST", "digest"]).map(lambda text: {"S": text}),
    st.sampled_from(["-1", "1E+125", "0.5"]).map(lambda number: {"N": number}),
    st.sampled_from([{"NULL": True}, {"BOOL": False}, {"L": []}, {"M": {}}, {"B": b"x"}, {"SS": ["a"]}]),
)


def changed(item: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An item, some of whose attributes are missing or something else; its key never is."""
    names = [name for name in item if name != "job_id"]
    changes = st.dictionaries(st.sampled_from(names), st.none() | VALUES, max_size=3)
    return changes.map(lambda new: {name: value for name, value in (item | new).items() if value is not None})


class Table:
    """A table with these two items, in which every condition fails."""

    def __init__(self, job: dict[str, Any], video: dict[str, Any] = VIDEO) -> None:
        self.items = {"j": job, "video/v": video}

    def get_item(self, **request: Any) -> dict[str, Any]:
        return {"Item": self.items[request["Key"]["job_id"]["S"]]}

    def update_item(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")


def ledger(job: dict[str, Any], video: dict[str, Any] = VIDEO) -> Ledger:
    return Ledger(cast("Any", Table(job, video)), "table", "worker", 90)


def test_a_workers_own_entries() -> None:
    end = ledger(COMPLETE).find_finished("j", "digest")
    assert isinstance(end, Finished)
    assert end.payload == {"status": "COMPLETE"}
    assert ledger(COMPLETE).is_superseded("j", "v")
    with pytest.raises(SupersededError) as superseded:
        ledger(COMPLETE).acquire_video(Claim("j", 1, 5), "v", {})
    assert superseded.value.newer == DESCRIPTION


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(job=changed(COMPLETE), video=changed(VIDEO))
def test_only_our_own_errors_leave_an_entry(job: dict[str, Any], video: dict[str, Any]) -> None:
    entries = ledger(job, video)
    identity = JobIdentity("j", "v", "1")
    for read in (
        lambda: entries.find_finished("j", "digest"),
        lambda: entries.recorded_end("j"),
        lambda: entries.claim(identity, "digest", "m", 1),
        lambda: entries.is_superseded("j", "v"),
        lambda: entries.acquire_video(Claim("j", 1, 5), "v", {}),
    ):
        with contextlib.suppress(BusyError, LedgerEntryError, ReusedIdError, SupersededError):
            end = cast("Any", read)()
            assert not isinstance(end, Finished) or end.payload["status"]
