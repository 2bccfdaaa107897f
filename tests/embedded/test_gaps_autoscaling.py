"""Tags of scalable targets, and the identity of a changed policy."""

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws


def register(aws: EmbeddedAws, cluster: str, tags: dict[str, str]) -> str:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=cluster)
    ecs.create_service(cluster=cluster, serviceName="workers", desiredCount=1)
    answer = aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{cluster}/workers",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=5,
        Tags=tags,
    )
    return str(answer["ScalableTargetARN"])


def tags(aws: EmbeddedAws, arn: str) -> dict[str, str]:
    return dict(aws.client("application-autoscaling").list_tags_for_resource(ResourceARN=arn)["Tags"])


def test_tags_given_at_registration_are_kept(aws: EmbeddedAws) -> None:
    assert tags(aws, register(aws, "tagged", {"Project": "hospup"})) == {"Project": "hospup"}


def test_a_target_without_tags_lists_none(aws: EmbeddedAws) -> None:
    assert tags(aws, register(aws, "untagged", {})) == {}


def test_tags_can_be_added_and_removed(aws: EmbeddedAws) -> None:
    arn = register(aws, "retagged", {"Project": "hospup"})
    autoscaling = aws.client("application-autoscaling")
    autoscaling.tag_resource(ResourceARN=arn, Tags={"Component": "autoscaling"})
    autoscaling.untag_resource(ResourceARN=arn, TagKeys=["Project", "NeverThere"])
    assert tags(aws, arn) == {"Component": "autoscaling"}


def test_an_unknown_target_is_an_error_of_the_client(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="No scalable target found"):
        tags(aws, "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/none")


def test_a_changed_policy_keeps_its_arn_and_its_alarms(aws: EmbeddedAws) -> None:
    register(aws, "tracked", {})
    autoscaling = aws.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/tracked/workers",
        "ScalableDimension": "ecs:service:DesiredCount",
    }

    def put(value: float) -> tuple[str, list[str]]:
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        answer = autoscaling.put_scaling_policy(
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": value, "PredefinedMetricSpecification": metric},
            **target,
        )
        return answer["PolicyARN"], sorted(alarm["AlarmName"] for alarm in answer["Alarms"])

    def existing_alarms() -> list[str]:
        alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return sorted(alarm["AlarmName"] for alarm in alarms if "service/tracked/" in alarm["AlarmName"])

    created = put(50)
    assert put(60) == created
    assert existing_alarms() == created[1]
    (policy,) = autoscaling.describe_scaling_policies(**target)["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60
    autoscaling.delete_scaling_policy(PolicyName="cpu", **target)
    assert existing_alarms() == []
