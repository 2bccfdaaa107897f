"""The pause of the fleet: one item of the ledger's table, which every worker reads, and autoscaling that adds none."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PAUSE_ITEM = "fleet/pause"
"""The item's key: a name that no job has, since job ids hold no slash. It has no status, so that no list of jobs shows
it, and no expiry."""

_KEY: "dict[str, AttributeValueTypeDef]" = {"job_id": {"S": PAUSE_ITEM}}


@dataclass(frozen=True)
class Pause:
    """When the fleet was paused, in Unix seconds, and why."""

    paused_at: float
    reason: str = ""


def read_pause(dynamodb: "DynamoDBClient", table: str) -> Pause | None:
    """The pause of the fleet; None while it takes jobs. Raises botocore's errors."""
    item = dynamodb.get_item(TableName=table, Key=_KEY, ConsistentRead=True).get("Item")
    if item is None:
        return None
    return Pause(float(item.get("paused_at", {}).get("N", 0)), item.get("reason", {}).get("S", ""))


def begin_pause(dynamodb: "DynamoDBClient", table: str, reason: str) -> Pause:
    """Pause the fleet: its workers finish what they have, and within a minute none takes another job.

    A pause that exists keeps its beginning, and its reason unless there is another. Raises botocore's errors.
    """
    values: dict[str, AttributeValueTypeDef] = {":now": {"N": f"{time.time():.3f}"}}
    if reason:
        values[":reason"] = {"S": reason}
    item = dynamodb.update_item(
        TableName=table,
        Key=_KEY,
        UpdateExpression="SET paused_at = if_not_exists(paused_at, :now)" + (", reason = :reason" if reason else ""),
        ExpressionAttributeValues=values,
        ReturnValues="ALL_NEW",
    )["Attributes"]
    return Pause(float(item["paused_at"]["N"]), item.get("reason", {}).get("S", ""))


def end_pause(dynamodb: "DynamoDBClient", table: str) -> bool:
    """End the pause: workers take jobs again. Returns whether there was one. Raises botocore's errors."""
    return "Attributes" in dynamodb.delete_item(TableName=table, Key=_KEY, ReturnValues="ALL_OLD")


def let_scale_out(scaling: "ApplicationAutoScalingClient", cluster: str, service: str, *, allowed: bool) -> None:
    """Allow or forbid autoscaling to add workers; it goes on to remove them, and its bounds stay.

    Terraform leaves this as it is: `suspended_state` is computed.
    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
    Nothing happens where the service has no autoscaling. Raises botocore's errors.
    """
    name = f"service/{cluster}/{service}"
    targets = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[name], ScalableDimension="ecs:service:DesiredCount"
    )["ScalableTargets"]
    if targets:
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=name,
            ScalableDimension="ecs:service:DesiredCount",
            SuspendedState={"DynamicScalingOutSuspended": not allowed},
        )
