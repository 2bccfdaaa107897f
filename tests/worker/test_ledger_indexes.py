"""The ledger with its indexes: what DynamoDB refuses of an index's keys, and which writes leave the indexes alone."""

from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from ops.aws.job_index import INDEXES
from tests.ledger_table import create_ledger
from worker.aws.ledger import Claim, Ledger, Status, WebhookState
from worker.errors import ReusedIdError
from worker.job import JobIdentity


@pytest.fixture(scope="module")
def table(aws: EmbeddedAws) -> str:
    create_ledger(aws.client("dynamodb"), "indexed")
    return "indexed"


def claimed(ledger: Ledger, job_id: str, video_id: str = "v") -> Claim:
    claim = ledger.claim(JobIdentity(job_id, video_id, "21"), "digest", "m1", 1)
    assert isinstance(claim, Claim)
    return claim


def test_a_message_without_a_video_is_claimed_and_refused_as_any_other(aws: EmbeddedAws, table: str) -> None:
    """A key of an index can't be empty, so the entry has no video."""
    ledger = Ledger(aws.client("dynamodb"), table, "worker", 90)
    ledger.finish(claimed(ledger, "none", ""), Status.ERROR, {"status": "ERROR"}, WebhookState.PENDING)
    assert ledger.find_finished("none", "digest") is not None
    with pytest.raises(ReusedIdError) as reused:
        ledger.find_finished("none", "another digest")
    assert reused.value.video_id == ""


def test_a_renewal_changes_no_key_of_an_index(aws: EmbeddedAws, table: str) -> None:
    dynamodb, now = aws.client("dynamodb"), 1_000_000.0
    ledger = Ledger(dynamodb, table, "worker", 90, clock=lambda: now)

    def entry() -> dict[str, Any]:
        return dict(dynamodb.get_item(TableName=table, Key={"job_id": {"S": "long"}})["Item"])

    claim = claimed(ledger, "long")
    before, now = entry(), 1_000_030.0
    ledger.renew(claim, "rendering", 40)
    after = entry()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"lease_expires_at", "stage", "progress", "updated_at"}
    assert not changed & {*INDEXES, "created_at"}
