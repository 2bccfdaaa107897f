"""Queue attributes as the Terraform provider reads them back, and message moves."""

import json

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws

TLS_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*"}]})
BY_QUEUE = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:eu-west-1:1:jobs"]})


def attributes(aws: EmbeddedAws, url: str) -> dict[str, str]:
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(answer["Attributes"])


def test_redrive_allow_policy_given_at_creation_is_kept(aws: EmbeddedAws) -> None:
    url = aws.client("sqs").create_queue(QueueName="allow-inline", Attributes={"RedriveAllowPolicy": BY_QUEUE})[
        "QueueUrl"
    ]
    assert attributes(aws, url)["RedriveAllowPolicy"] == BY_QUEUE


def test_redrive_allow_policy_can_be_read_by_name_and_removed(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="allow-later")["QueueUrl"]
    assert "RedriveAllowPolicy" not in attributes(aws, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": BY_QUEUE})
    named = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])["Attributes"]
    assert named == {"RedriveAllowPolicy": BY_QUEUE}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""})
    assert "RedriveAllowPolicy" not in attributes(aws, url)


def test_the_policy_survives_a_change_of_another_attribute_and_can_be_removed(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="policy")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": TLS_ONLY})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90"})
    assert json.loads(attributes(aws, url)["Policy"]) == json.loads(TLS_ONLY)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in attributes(aws, url)


def test_the_redrive_policy_is_printed_as_aws_does(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    dead = attributes(aws, sqs.create_queue(QueueName="redrive-dlq")["QueueUrl"])["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}, separators=(",", ":"))
    url = sqs.create_queue(QueueName="redrive", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    assert attributes(aws, url)["RedrivePolicy"] == policy


def test_a_message_that_is_received_too_often_moves_to_the_dead_letter_queue(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    dead_url = sqs.create_queue(QueueName="poison-dlq")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": attributes(aws, dead_url)["QueueArn"], "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="poison", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})[
        "QueueUrl"
    ]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead_url)["Messages"][0]["Body"] == "poison"


def test_all_dead_letters_are_moved_back(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    dead_url = sqs.create_queue(QueueName="moved-dlq")["QueueUrl"]
    dead = attributes(aws, dead_url)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="moved", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    colour = {"colour": {"DataType": "String", "StringValue": "bleu"}}
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=dead_url, MessageBody=body, MessageAttributes=colour, MessageGroupId="21")
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=attributes(aws, url)["QueueArn"])
    (move,) = sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    assert (move["Status"], move["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert "Messages" not in sqs.receive_message(QueueUrl=dead_url)
    moved = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["MessageGroupId"],
    )["Messages"]
    assert {message["Body"] for message in moved} == {"one", "two"}
    assert {message["MessageAttributes"]["colour"]["StringValue"] for message in moved} == {"bleu"}
    assert {message["Attributes"]["MessageGroupId"] for message in moved} == {"21"}


def test_a_queue_that_is_no_dead_letter_queue_is_not_moved(aws: EmbeddedAws) -> None:
    sqs = aws.client("sqs")
    plain = attributes(aws, sqs.create_queue(QueueName="not-dead")["QueueUrl"])["QueueArn"]
    with pytest.raises(ClientError, match="Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=plain)


@pytest.mark.parametrize("group", ["chambre 21", "été", "x" * 129])
def test_a_malformed_message_group_is_refused(aws: EmbeddedAws, group: str) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="groups")["QueueUrl"]
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId=group)
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "{}", "MessageGroupId": group}])
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="~" * 128)
