"""What the ledger needs of DynamoDB: conditions, expressions, consistent reads, one winner of many."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from worker.aws.ledger import Claim, Finished, Ledger, Status, WebhookState
from worker.errors import BusyError, LeaseLostError, ReusedIdError, SupersededError, UnknownJobError
from worker.job import JobIdentity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    Table = tuple[DynamoDBClient, str]

IDENTITY = JobIdentity("job été", "video", "21")


class Clock:
    """A clock that tests move."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def worker(table: "Table", clock: Clock, name: str = "one") -> Ledger:
    return Ledger(*table, owner=name, lease_seconds=90, clock=clock)


def claimed(
    ledger: Ledger, message: str = "m1", *, receives: int = 1, sent_at: int = 5, abandoned: Decimal | None = None
) -> Claim:
    claim = ledger.claim(IDENTITY, "digest", message, receives, sent_at, abandoned=abandoned)
    assert isinstance(claim, Claim)
    return claim


def test_one_of_many_claims_wins(table: "Table", clock: Clock) -> None:
    def attempt(number: int) -> bool:
        try:
            claimed(worker(table, clock, f"worker-{number}"), f"message-{number}")
        except BusyError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 1


def test_a_claim_is_fenced_off_by_the_next(table: "Table", clock: Clock) -> None:
    one, two = worker(table, clock), worker(table, clock, "two")
    first = claimed(one)
    one.renew(first, "rendering", 40)
    with pytest.raises(BusyError) as busy:
        claimed(two, receives=2)  # SQS delivers the message again, and its owner has just renewed the claim
    second = claimed(two, receives=2, abandoned=busy.value.lease_expires_at)
    assert (first.attempt, second.attempt, second.sent_at) == (1, 2, 5)
    with pytest.raises(LeaseLostError):
        one.renew(first, "rendering", 50)
    with pytest.raises(LeaseLostError):
        one.release(first)
    with pytest.raises(LeaseLostError):
        one.finish(first, Status.COMPLETE, {}, WebhookState.PENDING)


def test_a_recorded_end_is_returned_whole(table: "Table", clock: Clock) -> None:
    ledger = worker(table, clock)
    payload = {"status": "COMPLETE", "progress": 100, "error": "", "warnings": [{"message": "été"}]}
    ledger.finish(claimed(ledger), Status.COMPLETE, payload, WebhookState.PENDING, {"video": "a.mp4"})
    end = ledger.claim(IDENTITY, "digest", "m2", 1)
    assert isinstance(end, Finished)
    assert (end.payload, end.webhook_state) == (payload, WebhookState.PENDING)
    with pytest.raises(ReusedIdError):
        ledger.claim(IDENTITY, "another digest", "m3", 1)


def test_an_expired_lease_and_a_released_claim_can_be_claimed(table: "Table", clock: Clock) -> None:
    one, two = worker(table, clock), worker(table, clock, "two")
    claimed(one)
    with pytest.raises(BusyError):
        claimed(two, "m2")
    clock.now += 90.5
    second = claimed(two, "m2")
    two.release(second)
    assert claimed(one, "m1").attempt == 3


def test_a_retryable_failure_can_be_claimed_again(table: "Table", clock: Clock) -> None:
    ledger = worker(table, clock)
    ledger.finish(claimed(ledger), Status.ERROR, {"retryable": True, "error": "e"}, WebhookState.PENDING)
    assert claimed(ledger, "m2").attempt == 2
    assert ledger.find_finished(IDENTITY.job_id, "digest") is None


def test_a_new_job_is_not_claimed_where_none_may_be(table: "Table", clock: Clock) -> None:
    with pytest.raises(UnknownJobError):
        worker(table, clock).claim(IDENTITY, "digest", "m", 1, only_unfinished=True)


def test_a_webhook_is_delivered_again_by_one_worker(table: "Table", clock: Clock) -> None:
    ledger = worker(table, clock)
    ledger.finish(claimed(ledger), Status.COMPLETE, {}, WebhookState.PENDING)
    clock.now += 100
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: ledger.acquire_redelivery(IDENTITY.job_id, 60), range(16))) == 1
    ledger.record_webhook_state(IDENTITY.job_id, WebhookState.DELIVERED)
    clock.now += 100
    assert not ledger.acquire_redelivery(IDENTITY.job_id, 60)


def test_the_job_that_was_sent_last_publishes(table: "Table", clock: Clock) -> None:
    ledger = worker(table, clock)
    old, new = Claim("old", 1, sent_at=5), Claim("new", 1, sent_at=6)
    published = {"video": "v.mp4", "thumbnail": "v.jpg", "duration": 2.0, "extras": {}}
    ledger.acquire_video(old, "v.mp4", published | {"duration": 1.0})
    with pytest.raises(BusyError):
        ledger.acquire_video(new, "v.mp4", published)
    ledger.release_video(old, "v.mp4")
    ledger.acquire_video(new, "v.mp4", published)
    with pytest.raises(SupersededError) as superseded:
        ledger.acquire_video(old, "v.mp4", published | {"duration": 1.0})
    assert superseded.value.newer == published


def test_of_two_that_report_a_dead_job_one_does(table: "Table", clock: Clock) -> None:
    claimed(worker(table, clock, "killed"))
    clock.now += 100
    first, second = worker(table, clock, "first"), worker(table, clock, "second")
    claim = first.claim(IDENTITY, "digest", "m1", 4, only_unfinished=True)
    assert isinstance(claim, Claim)
    first.finish(claim, Status.ERROR, {"status": "ERROR", "retryable": True}, WebhookState.PENDING)
    assert isinstance(second.claim(IDENTITY, "digest", "m1", 4, only_unfinished=True), Finished)
    assert claimed(second).attempt == 3  # a redriven message is tried again
