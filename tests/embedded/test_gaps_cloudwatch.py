"""Composite alarms: created, and returned by type. Alarms: evaluated when they are described."""

import json
import time
from datetime import UTC, datetime

from embedded.aws import EmbeddedAws

RULE = "ALARM(one) OR ALARM(two)"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
TAG = {"Key": "Project", "Value": "hospup-video"}


def test_a_composite_alarm_is_kept_changed_and_deleted(aws: EmbeddedAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule=RULE, AlarmActions=[TOPIC], OKActions=[TOPIC], AlarmDescription="why", Tags=[TAG]
    )
    answer = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])
    assert not answer["MetricAlarms"]
    (alarm,) = answer["CompositeAlarms"]
    assert (alarm["AlarmRule"], alarm["AlarmDescription"]) == (RULE, "why")
    assert (alarm["AlarmActions"], alarm["OKActions"], alarm["ActionsEnabled"]) == ([TOPIC], [TOPIC], True)
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [TAG]
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(one)")
    (changed,) = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert changed["AlarmRule"] == "ALARM(one)"
    cloudwatch.delete_alarms(AlarmNames=["both"])
    assert not cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]


def test_without_a_type_only_metric_alarms_are_returned(aws: EmbeddedAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName="unasked", AlarmRule=RULE)
    assert not cloudwatch.describe_alarms(AlarmNames=["unasked"])["CompositeAlarms"]
    cloudwatch.delete_alarms(AlarmNames=["unasked"])


def test_an_alarm_rings_when_its_metric_is_put_and_notifies_its_topic(aws: EmbeddedAws) -> None:
    cloudwatch, sns, sqs = aws.client("cloudwatch"), aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="rings")["TopicArn"]
    queue = sqs.create_queue(QueueName="rings")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    cloudwatch.put_metric_alarm(
        AlarmName="rings",
        Namespace="Test",
        MetricName="Faults",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    cloudwatch.put_composite_alarm(AlarmName="told", AlarmRule="ALARM(rings)", AlarmActions=[topic], OKActions=[topic])

    def states() -> list[str]:
        answer = cloudwatch.describe_alarms(AlarmNames=["rings", "told"], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return [one["StateValue"] for one in (*answer["MetricAlarms"], *answer["CompositeAlarms"])]

    assert states() == ["INSUFFICIENT_DATA", "OK"]  # nobody has put the metric
    minute_ago = datetime.fromtimestamp(time.time() // 60 * 60 - 1, UTC)
    cloudwatch.put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": "Faults", "Value": 3, "Timestamp": minute_ago}]
    )
    assert states() == ["ALARM", "ALARM"]
    assert states() == ["ALARM", "ALARM"]
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    told = [json.loads(message["Body"]) for message in messages]
    assert told == [{"AlarmName": "told", "NewStateValue": "ALARM"}]
