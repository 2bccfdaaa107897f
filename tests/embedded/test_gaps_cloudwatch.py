"""Composite alarms: kept, and told by type."""

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


def test_who_names_no_type_is_told_of_metric_alarms_alone(aws: EmbeddedAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName="unasked", AlarmRule=RULE)
    assert not cloudwatch.describe_alarms(AlarmNames=["unasked"])["CompositeAlarms"]
    cloudwatch.delete_alarms(AlarmNames=["unasked"])
