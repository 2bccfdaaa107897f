"""What SQS keeps and prints, as the Terraform provider reads it back."""

import json

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
