"""The environment's alarms in CloudWatch: their states, since when, and their sections of the runbook."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.stack.alarm_rules import named_alarms

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

OUTPUTS = ("queue_url", "dlq_url", "cluster_name", "service_name")
"""Terraform's outputs that name what the alarms measure."""


@dataclass(frozen=True)
class Alarm:
    """One alarm: `state` is OK, ALARM or INSUFFICIENT_DATA, `changed_at` when it got it, in Unix seconds."""

    name: str
    state: str
    changed_at: float
    meaning: str
    runbook: str
    """Address of its section of the runbook; empty where the description has none."""
    scales: bool
    """Whether it only calls scaling policies: then it is in ALARM while it works."""
    notifies: bool
    """Whether it notifies people itself, as opposed to an alarm that is a cause of others."""

    @property
    def rings(self) -> bool:
        """Whether it is in ALARM and means that something is wrong."""
        return self.state == "ALARM" and not self.scales


def read_alarms(cloudwatch: "CloudWatchClient", resources: Collection[str]) -> list[Alarm]:
    """The alarms on these resources, and the composite alarms on those, since other environments share the account.

    Those that ring come first, and of them those that notify. `resources` are names of queues, a cluster and a service.
    Raises botocore's errors.
    """
    metric: list[Mapping[str, Any]] = []
    composite: list[Mapping[str, Any]] = []
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for page in pages:
        metric.extend(page.get("MetricAlarms", []))
        composite.extend(page.get("CompositeAlarms", []))
    found = [_alarm(raw) for raw in _ours(metric, composite, resources)]
    return sorted(found, key=lambda alarm: (not alarm.rings, not alarm.notifies, alarm.name))


def _ours(
    metric: Sequence[Mapping[str, Any]], composite: Sequence[Mapping[str, Any]], resources: Collection[str]
) -> list[Mapping[str, Any]]:
    ours = [alarm for alarm in metric if _dimensions(alarm) & set(resources)]
    names = {alarm["AlarmName"] for alarm in ours}
    return [*(alarm for alarm in composite if names & named_alarms(alarm["AlarmRule"])), *ours]


def _dimensions(alarm: Mapping[str, Any]) -> set[str]:
    """The values of the dimensions of an alarm's metrics."""
    metrics = [alarm, *(query.get("MetricStat", {}).get("Metric", {}) for query in alarm.get("Metrics", []))]
    return {dimension["Value"] for metric in metrics for dimension in metric.get("Dimensions", [])}


def _alarm(raw: Mapping[str, Any]) -> Alarm:
    actions = raw.get("AlarmActions", [])
    # A description ends with the address of its section (modules/monitoring/runbook.py).
    meaning, _, address = str(raw.get("AlarmDescription", "")).rpartition(" ")
    has_address = "#" in address
    moment = raw.get("StateTransitionedTimestamp") or raw.get("StateUpdatedTimestamp")
    return Alarm(
        name=str(raw["AlarmName"]),
        state=str(raw.get("StateValue", "INSUFFICIENT_DATA")),
        changed_at=moment.timestamp() if moment else 0.0,
        meaning=meaning if has_address else f"{meaning} {address}".strip(),
        runbook=address if has_address else "",
        scales=bool(actions) and all(":autoscaling:" in action for action in actions),
        notifies=bool(actions) and any(":sns:" in action for action in actions) and raw.get("ActionsEnabled", True),
    )
