"""The line items of monitoring: logs, metrics, dashboard, alarms."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.line_items import KB_PER_GB, BillInputs, LineItem
from ops.cost.resources import Resources, block, blocks, number

_OWN_NAMESPACE = re.compile(r"^(?!AWS/|ECS/ContainerInsights)")


def logs(inputs: BillInputs) -> Iterator[LineItem]:
    """The workers' log group."""
    groups = inputs.resources.all("aws_cloudwatch_log_group")
    if not groups:
        return
    gigabytes = inputs.usage.videos_per_month * inputs.usage.log_kb_per_video / KB_PER_GB
    kept = number(groups[0].get("retention_in_days"), 30) / 30
    yield inputs.item("Logs", "logs.ingest_gb", gigabytes, "the workers' own")
    yield inputs.item("Logs", "logs.storage_gb_month", gigabytes * kept, f"kept for {kept * 30:g} days")


def metrics(inputs: BillInputs) -> Iterator[LineItem]:
    """The workers' metrics, Container Insights, the dashboard."""
    named = len(custom_metrics(inputs.resources))
    published = named if inputs.usage.custom_metrics is None else inputs.usage.custom_metrics
    yield inputs.item("Metrics", "metrics.month", published, "published by the workers")
    clusters = [
        cluster
        for cluster in inputs.resources.all("aws_ecs_cluster")
        if any(item.get("value") in {"enabled", "enhanced"} for item in blocks(cluster.get("setting")))
    ]
    if clusters:
        metrics = len(clusters) * inputs.usage.insights_metrics
        yield inputs.item("Container Insights", "metrics.month", metrics, "of cluster, service and task")
        gigabytes = inputs.worker_hours * inputs.usage.insights_kb_per_worker_hour / KB_PER_GB
        yield inputs.item("Container Insights", "logs.ingest_gb", gigabytes, "its own log group")
    dashboards = len(inputs.resources.all("aws_cloudwatch_dashboard"))
    yield inputs.item("Dashboard", "dashboards.month", dashboards, "")


def alarms(inputs: BillInputs) -> Iterator[LineItem]:
    """Alarms of the stack, and those that target tracking creates."""
    standard = fast = 0.0
    for alarm in inputs.resources.all("aws_cloudwatch_metric_alarm"):
        queries = [query for query in blocks(alarm.get("metric_query")) if block(query.get("metric"))]
        periods = [number(block(query["metric"]).get("period"), 60) for query in queries]
        periods = periods or [number(alarm.get("period"), 60)]
        if min(periods) < 60:
            fast += len(periods)
        else:
            standard += len(periods)
    yield inputs.item("Alarms", "alarms.month", standard, "metrics read by alarms of the stack")
    yield inputs.item("Alarms", "alarms.high_resolution_month", fast, "metrics read by alarms of the stack")
    composite = len(inputs.resources.all("aws_cloudwatch_composite_alarm"))
    yield inputs.item("Alarms", "alarms.composite_month", composite, "")
    tracked = 0
    for policy in inputs.resources.all("aws_appautoscaling_policy"):
        tracking = block(policy.get("target_tracking_scaling_policy_configuration"))
        if tracking:
            queries = blocks(block(tracking.get("customized_metric_specification")).get("metrics"))
            tracked += 2 * max(1, len([query for query in queries if block(query.get("metric_stat"))]))
    yield inputs.item("Alarms", "alarms.month", tracked, "two made by each target tracking policy")


def custom_metrics(resources: Resources) -> set[tuple[str, str]]:
    """Namespace and name of every custom metric that an alarm, the dashboard or a scaling policy names."""
    found: set[tuple[str, str]] = set()
    for kind in ("aws_cloudwatch_metric_alarm", "aws_appautoscaling_policy"):
        for resource in resources.all(kind):
            found |= set(_named_metrics(resource))
    for dashboard in resources.all("aws_cloudwatch_dashboard"):
        found |= set(_graphed_metrics(str(dashboard.get("dashboard_body", ""))))
    return {(namespace, name) for namespace, name in found if namespace and _OWN_NAMESPACE.match(namespace)}


def _named_metrics(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("namespace"), str) and isinstance(value.get("metric_name"), str):
            yield value["namespace"], value["metric_name"]
        for item in value.values():
            yield from _named_metrics(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named_metrics(item)


def _graphed_metrics(body: str) -> Iterator[tuple[str, str]]:
    try:
        widgets = json.loads(body).get("widgets", [])
    except (ValueError, AttributeError):
        return
    for widget in widgets:
        previous: tuple[str, str] | None = None
        for metric in widget.get("properties", {}).get("metrics", []):
            if len(metric) < 2 or not isinstance(metric[0], str):
                continue  # an expression
            # "." repeats the value of the row above.
            namespace = previous[0] if metric[0] in {".", "..."} and previous else metric[0]
            name = previous[1] if metric[1] in {".", "..."} and previous else str(metric[1])
            previous = (namespace, name)
            yield previous
