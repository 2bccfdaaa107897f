"""`resources_left` lists every kind of resource that the stack creates, until it is deleted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import EmbeddedAws, credentials
from embedded.inventory import KINDS

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    log: Path = tmp_path_factory.mktemp("inventory") / "aws.log"
    with EmbeddedAws(log=log) as aws:
        yield aws


def create_one_of_each(aws: EmbeddedAws) -> None:
    scaled = {"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"}
    ecs, autoscaling, cloudwatch = (aws.client(name) for name in ("ecs", "application-autoscaling", "cloudwatch"))
    aws.client("sqs").create_queue(QueueName="q")
    aws.client("s3").create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": credentials.REGION})
    aws.client("dynamodb").create_table(
        TableName="ttt",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "w", "image": "w", "memory": 128}])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="f", desiredCount=1)
    autoscaling.register_scalable_target(**scaled, MinCapacity=1, MaxCapacity=2)
    autoscaling.put_scaling_policy(
        PolicyName="p", PolicyType="StepScaling", StepScalingPolicyConfiguration={}, **scaled
    )
    aws.client("ecr").create_repository(repositoryName="rr")
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    aws.client("iam").create_policy(PolicyName="p", PolicyDocument=POLICY)
    aws.client("logs").create_log_group(logGroupName="l")
    aws.client("logs").put_query_definition(name="q", queryString="fields @message")
    aws.client("logs").put_resource_policy(policyName="p", policyDocument=POLICY)
    aws.client("events").put_rule(Name="e", EventPattern='{"source": ["aws.ecs"]}')
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{}")
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        MetricName="m",
        Namespace="n",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    aws.client("sns").create_topic(Name="t")
    aws.client("secretsmanager").create_secret(Name="sec", SecretString="x")
    aws.client("ec2").create_security_group(GroupName="sg", Description="x")
    aws.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")


def destroy_one_of_each(aws: EmbeddedAws) -> None:
    scaled = {"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"}
    ecs, autoscaling, cloudwatch = (aws.client(name) for name in ("ecs", "application-autoscaling", "cloudwatch"))
    account = credentials.ACCOUNT
    sqs = aws.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"])
    aws.client("s3").delete_bucket(Bucket="bbb")
    aws.client("dynamodb").delete_table(TableName="ttt")
    autoscaling.delete_scaling_policy(PolicyName="p", **scaled)
    autoscaling.deregister_scalable_target(**scaled)
    ecs.delete_service(cluster="c", service="s", force=True)
    ecs.deregister_task_definition(taskDefinition="f:1")
    ecs.delete_cluster(cluster="c")
    aws.client("ecr").delete_repository(repositoryName="rr")
    aws.client("iam").delete_role(RoleName="r")
    aws.client("iam").delete_policy(PolicyArn=f"arn:aws:iam::{account}:policy/p")
    aws.client("logs").delete_log_group(logGroupName="l")
    aws.client("logs").delete_resource_policy(policyName="p")
    aws.client("events").delete_rule(Name="e")
    cloudwatch.delete_dashboards(DashboardNames=["d"])
    cloudwatch.delete_alarms(AlarmNames=["c"])
    cloudwatch.delete_alarms(AlarmNames=["a"])
    for query in aws.client("logs").describe_query_definitions()["queryDefinitions"]:
        aws.client("logs").delete_query_definition(queryDefinitionId=query["queryDefinitionId"])
    aws.client("sns").delete_topic(TopicArn=f"arn:aws:sns:{credentials.REGION}:{account}:t")
    aws.client("secretsmanager").delete_secret(SecretId="sec", RecoveryWindowInDays=7)
    ec2 = aws.client("ec2")
    ec2.delete_security_group(GroupName="sg")
    ec2.delete_vpc(VpcId=only_vpc_of(aws))


def only_vpc_of(aws: EmbeddedAws) -> str:
    (vpc,) = aws.resources_left()["vpcs"]
    return vpc


def test_every_kind_is_seen_and_seen_to_go(empty: EmbeddedAws) -> None:
    assert empty.resources_left() == {}
    create_one_of_each(empty)
    assert set(empty.resources_left()) == set(KINDS)
    assert "buckets" not in empty.resources_left(ignore=["bbb"])
    destroy_one_of_each(empty)
    assert empty.resources_left() == {}
