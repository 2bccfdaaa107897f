"""Policies that require TLS, and the simulation of policies."""

import json

import pytest
from botocore.exceptions import ClientError

from embedded.aws import EmbeddedAws


def test_a_bucket_that_insists_on_tls_takes_objects(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket="tls-only", Key="été.mp4", Body=b"x")
    assert s3.get_object(Bucket="tls-only", Key="été.mp4")["Body"].read() == b"x"


def test_what_a_principal_may_do_is_simulated(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = iam.create_role(RoleName="simulated", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    queue = "arn:aws:sqs:eu-west-1:123456789012:jobs"
    statement = [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": queue},
        {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName="simulated", PolicyName="p", PolicyDocument=policy)

    def decisions(resource: str) -> dict[str, str]:
        actions = ["sqs:SendMessage", "sqs:PurgeQueue"]
        answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, ResourceArns=[resource])
        return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}

    assert decisions(queue) == {"sqs:SendMessage": "allowed", "sqs:PurgeQueue": "explicitDeny"}
    assert decisions(f"{queue}-dlq") == {"sqs:SendMessage": "implicitDeny", "sqs:PurgeQueue": "explicitDeny"}


@pytest.mark.parametrize("principal", ["user/unknown", "role/unknown"])
def test_a_principal_that_does_not_exist_is_not_simulated(aws: EmbeddedAws, principal: str) -> None:
    arn = f"arn:aws:iam::123456789012:{principal}"
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.client("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sqs:SendMessage"])
