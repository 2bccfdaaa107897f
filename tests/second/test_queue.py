"""What the worker and the command line need of SQS: receive, visibility, redrive, long poll, groups."""

import itertools
import threading
import time
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from ops.aws.dead_letters import DeadLetters, start_move, wait_for_move
from ops.aws.queues import describe_queue
from tests.second.conftest import TRIES, Queues
from tests.waiting import eventually
from worker.aws.queue import VISIBILITY_SECONDS_MAX, Message
from worker.errors import LeaseLostError

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def attributes(**texts: str) -> "dict[str, MessageAttributeValueTypeDef]":
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def receive(queues: Queues, lease_seconds: int = 30) -> Message:
    message = queues.jobs(lease_seconds).receive()
    assert message is not None
    return message


def test_a_message_arrives_with_all_that_is_known_of_it(queues: Queues) -> None:
    before = time.time()
    identity = queues.send('{"été": "☀️"}', MessageAttributes=attributes(traceparent=TRACE), MessageGroupId="21")
    message = receive(queues)
    assert (message.message_id, message.body, message.receives) == (identity, '{"été": "☀️"}', 1)
    assert message.attributes == {"traceparent": TRACE}
    assert message.group == "21"
    assert before - 5 < message.sent_at / 1000 < time.time() + 5


def test_a_received_message_is_hidden_and_returned_at_once(queues: Queues) -> None:
    queues.send()
    message = receive(queues)
    assert queues.receive_now() == []
    queues.jobs().return_message(message, 0)
    assert receive(queues).receives == 2


def test_a_lease_hides_a_message_for_longer_than_its_timeout(queues: Queues) -> None:
    queues.send()
    jobs = queues.jobs(lease_seconds=2)
    message = receive(queues, lease_seconds=2)
    with jobs.lease(message, lambda: None) as lease:
        assert queues.receive_now(WaitTimeSeconds=3) == []
        assert not lease.lost
    assert [each["MessageId"] for each in queues.receive_now(WaitTimeSeconds=5)] == [message.message_id]


def test_the_claim_decides_whether_a_lease_is_lost(queues: Queues) -> None:
    """Not the message: SQS renews nothing of one that is deleted."""
    queues.send()
    message = receive(queues)
    queues.jobs().acknowledge(message)
    renewals = itertools.count(1)

    def renew_claim() -> None:
        if next(renewals) > 3:
            raise LeaseLostError("another worker took the job over")

    with queues.jobs(lease_seconds=3).lease(message, renew_claim) as lease:
        eventually(lambda: lease.lost)
    assert next(renewals) > 4


def test_a_message_is_acknowledged_twice_without_harm(queues: Queues) -> None:
    queues.send()
    message = receive(queues)
    for _ in range(2):
        queues.jobs().acknowledge(message)
    assert describe_queue(queues.sqs, queues.url).total == 0


def test_a_long_poll_ends_with_the_first_message(queues: Queues) -> None:
    received: list[Message | None] = []
    poll = threading.Thread(target=lambda: received.append(queues.jobs().receive()))
    poll.start()
    identity = queues.send()
    poll.join(15)
    assert [message.message_id for message in received if message] == [identity]


def test_after_its_last_try_a_message_is_a_dead_letter(queues: Queues) -> None:
    identity = queues.send("{}", MessageAttributes=attributes(traceparent=TRACE), MessageGroupId="21")
    jobs = queues.jobs()
    jobs.read_redrive_policy()
    for receives in range(1, TRIES + 1):
        message = receive(queues)
        assert (message.receives, jobs.is_last_try(message)) == (receives, receives == TRIES)
        jobs.return_message(message, 0)
    eventually(lambda: queues.receive_now() == [] and bool(list(jobs.peek_dead_letters())))
    (dead,) = queues.receive_now(queues.dead_url)
    assert dead["MessageId"] == identity
    assert dead["MessageAttributes"]["traceparent"]["StringValue"] == TRACE
    assert dead["Attributes"]["MessageGroupId"] == "21"


def test_a_message_that_is_no_job_is_set_aside_with_the_reason(queues: Queues) -> None:
    queues.send("no JSON", MessageGroupId="21")
    assert queues.jobs().move_to_dead_letters(receive(queues), "not JSON")
    (dead,) = queues.receive_now(queues.dead_url)
    assert (dead["Body"], dead["MessageAttributes"]["reason"]["StringValue"]) == ("no JSON", "not JSON")
    assert dead["Attributes"]["MessageGroupId"] == "21"
    assert describe_queue(queues.sqs, queues.url).total == 0


def test_all_dead_letters_are_seen_and_stay(queues: Queues) -> None:
    for number in range(23):
        queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody=str(number))
    seen = [message.body for message in queues.jobs().peek_dead_letters()]
    assert set(map(int, seen)) == set(range(23))
    eventually(lambda: describe_queue(queues.sqs, queues.dead_url).visible == 23)


def test_dead_letters_are_hidden_while_an_operator_reads_them(queues: Queues) -> None:
    for number in range(12):
        queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody=str(number))
    with DeadLetters(queues.sqs, queues.dead_url).receive(100) as letters:
        assert len(letters) == 12
        assert queues.receive_now(queues.dead_url) == []
    assert describe_queue(queues.sqs, queues.dead_url).visible == 12


def test_a_dead_letter_is_redriven_with_its_attributes_and_group(queues: Queues) -> None:
    queues.sqs.send_message(
        QueueUrl=queues.dead_url,
        MessageBody="{}",
        MessageAttributes=attributes(traceparent=TRACE, reason="not JSON"),
        MessageGroupId="21",
    )
    letters = DeadLetters(queues.sqs, queues.dead_url)
    with letters.receive(10) as received:
        letters.redrive(received[0], queues.url)
        received.clear()
    message = receive(queues)
    assert (message.group, set(message.attributes), message.receives) == ("21", {"traceparent"}, 1)
    assert describe_queue(queues.sqs, queues.dead_url).total == 0


def test_sqs_moves_all_dead_letters_itself(queues: Queues) -> None:
    for number in range(3):
        queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody=str(number), MessageGroupId="21")
    dead, jobs = describe_queue(queues.sqs, queues.dead_url), describe_queue(queues.sqs, queues.url)
    start_move(queues.sqs, dead, jobs)
    move = wait_for_move(queues.sqs, dead)
    assert (move.status, move.moved) == ("COMPLETED", 3)
    assert sorted(message["Body"] for message in queues.receive_now()) == ["0", "1", "2"]


def test_moved_dead_letters_keep_their_group(queues: Queues) -> None:
    queues.sqs.send_message(QueueUrl=queues.dead_url, MessageBody="{}", MessageGroupId="21")
    dead = describe_queue(queues.sqs, queues.dead_url)
    start_move(queues.sqs, dead, describe_queue(queues.sqs, queues.url))
    assert wait_for_move(queues.sqs, dead).status == "COMPLETED"
    assert receive(queues).group == "21"


def test_the_longest_visibility_is_accepted(queues: Queues) -> None:
    queues.send()
    queues.jobs().return_message(receive(queues), 10 * VISIBILITY_SECONDS_MAX)
    assert describe_queue(queues.sqs, queues.url).in_flight == 1


def test_a_longer_visibility_than_twelve_hours_is_refused(queues: Queues) -> None:
    queues.send()
    handle = receive(queues).receipt_handle
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queues.sqs.change_message_visibility(QueueUrl=queues.url, ReceiptHandle=handle, VisibilityTimeout=43_201)


@pytest.mark.parametrize("group", ["chambre 21", "été", "x" * 129])
def test_a_malformed_group_is_refused(queues: Queues, group: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        queues.send(MessageGroupId=group)


def test_a_queue_without_dead_letter_queue_keeps_what_is_no_job(queues: Queues) -> None:
    lonely = queues.sqs.create_queue(QueueName=f"{queues.url.rpartition('/')[2]}-lonely")["QueueUrl"]
    alone = Queues(queues.sqs, lonely, "")
    alone.send("no JSON")
    assert not alone.jobs().move_to_dead_letters(receive(alone), "not JSON")
    assert describe_queue(queues.sqs, lonely).in_flight == 1
