"""The bill's lines: what is counted, how much of it, and at which price."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.cost.fleet import Fleet, fleet
from ops.cost.prices import Price
from ops.cost.resources import Resources, block, blocks, number
from ops.cost.usage import HOURS_A_MONTH, Usage

_MB_A_GB = 1024
_KB_A_GB = 1024 * 1024
_POLL_SECONDS = 20
"""A worker without a job asks every so many seconds: SQS' longest poll, which the queue and the worker both set."""
_REQUESTS_PER_JOB = 3
"""Sent, received, deleted."""
_LEDGER_WRITES_PER_JOB = 3
"""Claim, end, webhook delivered; a renewal of the lease is one more each. An entry is below 1 KB."""
_ENTRY_KB = 1
_LEDGER_MONTHS = 1
"""Entries are gone after 30 days."""
_IMAGES_KEPT = 10
_ZONES = 2
_OURS = re.compile(r"^(?!AWS/|ECS/ContainerInsights)")


@dataclass(frozen=True)
class Item:
    """One line of a month's bill.

    Params:
        group: the service, as people call it.
        what: what is counted.
        quantity: how much of it in a month, in the price's unit.
        price: what a unit costs.
        why: where the quantity comes from.
    """

    group: str
    what: str
    quantity: float
    price: Price
    why: str

    @property
    def usd(self) -> float:
        """US dollars a month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True)
class Bill:
    """What the items are made from."""

    resources: Resources
    prices: Mapping[str, Price]
    usage: Usage
    workers: Fleet | None

    def item(self, group: str, price: str, quantity: float, why: str, what: str = "") -> Item:
        """A line at a price of the table."""
        return Item(group, what or self.prices[price].what, quantity, self.prices[price], why)

    @property
    def worker_hours(self) -> float:
        """Worker-hours in a month: the pool's and what comes on top."""
        return self._warm_hours + self.burst_hours

    @property
    def burst_hours(self) -> float:
        """Worker-hours above the pool: as assumed, and at least what renders take; none where none may run."""
        if self.workers is None or self.workers.max_workers <= min(self.workers.pools):
            return 0.0
        return max(self.usage.burst_worker_hours, self.usage.busy_worker_hours - self._warm_hours)

    @property
    def _warm_hours(self) -> float:
        return self.workers.warm_pool * HOURS_A_MONTH if self.workers else 0.0


def items(resources: Resources, prices: Mapping[str, Price], usage: Usage) -> list[Item]:
    """Every line of the month; those of which there is nothing are left out."""
    bill = Bill(resources, prices, usage, fleet(resources))
    parts: tuple[Callable[[Bill], Iterator[Item]], ...] = (
        _fargate,
        _addresses,
        _network,
        _logs,
        _metrics,
        _alarms,
        _queue,
        _ledger,
        _media,
        _registry,
        _keys,
    )
    return [item for part in parts for item in part(bill) if item.quantity > 0]


def _fargate(bill: Bill) -> Iterator[Item]:
    workers = bill.workers
    if workers is None:
        return
    size, split = workers.size, workers.split
    on_demand = workers.warm_on_demand * HOURS_A_MONTH + bill.burst_hours * split.on_demand_share
    spot = bill.worker_hours - on_demand
    for name, words, hours in (("fargate", "on demand", on_demand), ("fargate_spot", "Spot", spot)):
        group = f"Fargate {words}"
        yield bill.item(group, f"{name}.{size.architecture}.vcpu_hour", hours * size.vcpu, f"{hours:,.0f} worker-hours")
        yield bill.item(group, f"{name}.{size.architecture}.gb_hour", hours * size.gib, f"{hours:,.0f} worker-hours")
    yield bill.item(
        "Fargate storage",
        "fargate.storage_gb_hour",
        bill.worker_hours * size.paid_storage_gib,
        f"{size.storage_gib:g} GiB a worker, 20 of them free",
    )


def _addresses(bill: Bill) -> Iterator[Item]:
    if bill.workers and bill.workers.size.public_ip:
        yield bill.item("Public IPv4", "ipv4.hour", bill.worker_hours, "one for each worker")
    gateways = len(bill.resources.all("aws_eip"))
    yield bill.item("Public IPv4", "ipv4.hour", gateways * HOURS_A_MONTH, f"{gateways} of NAT gateways")


def _network(bill: Bill) -> Iterator[Item]:
    gigabytes = bill.usage.videos_per_month * bill.usage.internet_mb_per_video / _MB_A_GB
    gateways = len(bill.resources.all("aws_nat_gateway"))
    if gateways:
        yield bill.item("NAT", "nat.hour", gateways * HOURS_A_MONTH, f"{gateways}, always on")
        yield bill.item("NAT", "nat.gb", gigabytes, "S3 and DynamoDB go past it, through free endpoints")
    zones = [
        len(endpoint["subnet_ids"]) if isinstance(endpoint.get("subnet_ids"), list) else _ZONES
        for endpoint in bill.resources.all("aws_vpc_endpoint")
        if endpoint.get("vpc_endpoint_type") == "Interface"
    ]
    if zones:
        why = f"{len(zones)} endpoints, {sum(zones)} in all zones"
        yield bill.item("Endpoints", "endpoint.hour", sum(zones) * HOURS_A_MONTH, why)
        yield bill.item("Endpoints", "endpoint.gb", gigabytes, "")


def _logs(bill: Bill) -> Iterator[Item]:
    groups = bill.resources.all("aws_cloudwatch_log_group")
    if not groups:
        return
    gigabytes = bill.usage.videos_per_month * bill.usage.log_kb_per_video / _KB_A_GB
    kept = number(groups[0].get("retention_in_days"), 30) / 30
    yield bill.item("Logs", "logs.ingest_gb", gigabytes, "the workers' own")
    yield bill.item("Logs", "logs.storage_gb_month", gigabytes * kept, f"kept for {kept * 30:g} days")


def _metrics(bill: Bill) -> Iterator[Item]:
    named = len(custom_metrics(bill.resources))
    published = named if bill.usage.custom_metrics is None else bill.usage.custom_metrics
    yield bill.item("Metrics", "metrics.month", published, "published by the workers")
    clusters = [
        cluster
        for cluster in bill.resources.all("aws_ecs_cluster")
        if any(item.get("value") in {"enabled", "enhanced"} for item in blocks(cluster.get("setting")))
    ]
    if clusters:
        metrics = len(clusters) * bill.usage.insights_metrics
        yield bill.item("Container Insights", "metrics.month", metrics, "of cluster, service and task")
        gigabytes = bill.worker_hours * bill.usage.insights_kb_per_worker_hour / _KB_A_GB
        yield bill.item("Container Insights", "logs.ingest_gb", gigabytes, "its own log group")
    dashboards = len(bill.resources.all("aws_cloudwatch_dashboard"))
    yield bill.item("Dashboard", "dashboards.month", dashboards, "")


def _alarms(bill: Bill) -> Iterator[Item]:
    standard = fast = 0.0
    for alarm in bill.resources.all("aws_cloudwatch_metric_alarm"):
        queries = [query for query in blocks(alarm.get("metric_query")) if block(query.get("metric"))]
        periods = [number(block(query["metric"]).get("period"), 60) for query in queries]
        periods = periods or [number(alarm.get("period"), 60)]
        if min(periods) < 60:
            fast += len(periods)
        else:
            standard += len(periods)
    yield bill.item("Alarms", "alarms.month", standard, "metrics read by alarms of the stack")
    yield bill.item("Alarms", "alarms.high_resolution_month", fast, "metrics read by alarms of the stack")
    composite = len(bill.resources.all("aws_cloudwatch_composite_alarm"))
    yield bill.item("Alarms", "alarms.composite_month", composite, "")
    tracked = 0
    for policy in bill.resources.all("aws_appautoscaling_policy"):
        tracking = block(policy.get("target_tracking_scaling_policy_configuration"))
        if tracking:
            queries = blocks(block(tracking.get("customized_metric_specification")).get("metrics"))
            tracked += 2 * max(1, len([query for query in queries if block(query.get("metric_stat"))]))
    yield bill.item("Alarms", "alarms.month", tracked, "two made by each target tracking policy")


def _queue(bill: Bill) -> Iterator[Item]:
    queues = bill.resources.all("aws_sqs_queue")
    if not queues:
        return
    usage = bill.usage
    idle_hours = max(0.0, bill.worker_hours - usage.busy_worker_hours)
    yield bill.item("SQS", "sqs.request", idle_hours * 3600 / _POLL_SECONDS, "idle workers asking, every 20 s")
    requests = usage.videos_per_month * (_REQUESTS_PER_JOB + _renewals(bill))
    yield bill.item("SQS", "sqs.request", requests, "jobs: sent, received, lease renewed, deleted")


def _renewals(bill: Bill) -> int:
    """How often a job's lease is renewed: at a third of the visibility timeout."""
    timeouts = [number(queue.get("visibility_timeout_seconds")) for queue in bill.resources.all("aws_sqs_queue")]
    lease = max(timeouts, default=0) or 30
    return int(bill.usage.render_seconds // (lease / 3))


def _ledger(bill: Bill) -> Iterator[Item]:
    table = bill.resources.first("aws_dynamodb_table")
    if table is None:
        return
    videos = bill.usage.videos_per_month
    writes = videos * (_LEDGER_WRITES_PER_JOB + _renewals(bill))
    yield bill.item("DynamoDB", "dynamodb.write", writes, "claim, renewals, end, webhook of each job")
    yield bill.item("DynamoDB", "dynamodb.read", videos, "one look at each job")
    gigabytes = videos * _LEDGER_MONTHS * _ENTRY_KB / _KB_A_GB
    yield bill.item("DynamoDB", "dynamodb.storage_gb_month", gigabytes, "entries of 30 days")
    if block(table.get("point_in_time_recovery")).get("enabled") is True:
        yield bill.item("DynamoDB", "dynamodb.backup_gb_month", gigabytes, "entries of 30 days")


def _media(bill: Bill) -> Iterator[Item]:
    if bill.workers is None:
        return
    usage = bill.usage
    yield bill.item("S3", "s3.put", usage.videos_per_month * usage.s3_writes_per_video, "videos and thumbnails")
    yield bill.item("S3", "s3.get", usage.videos_per_month * usage.s3_reads_per_video, "sources, read in part")
    stored = usage.videos_per_month * usage.video_mb * usage.months_stored / _MB_A_GB
    yield bill.item(
        "S3",
        "s3.storage_gb_month",
        stored,
        f"videos of {usage.months_stored:g} month{'' if usage.months_stored == 1 else 's'}",
    )


def _registry(bill: Bill) -> Iterator[Item]:
    kept = _images_kept(bill.resources) * len(bill.resources.all("aws_ecr_repository"))
    yield bill.item("ECR", "ecr.gb_month", kept * bill.usage.image_mb / _MB_A_GB, f"{kept:g} images")


def _images_kept(resources: Resources) -> float:
    """The count of the lifecycle policy's rule."""
    policy = resources.first("aws_ecr_lifecycle_policy") or {}
    try:
        rules = json.loads(policy["policy"])["rules"]
        return max(number(rule["selection"]["countNumber"]) for rule in rules)
    except (KeyError, TypeError, ValueError):
        return _IMAGES_KEPT


def _keys(bill: Bill) -> Iterator[Item]:
    keys, secrets = len(bill.resources.all("aws_kms_key")), len(bill.resources.all("aws_secretsmanager_secret"))
    yield bill.item("KMS", "kms.key_month", keys, "of the alarm topic")
    yield bill.item("Secrets Manager", "secrets.month", secrets, "the webhook signing key")
    if secrets:
        yield bill.item("Secrets Manager", "secrets.request", bill.usage.worker_starts, "once a worker's start")


def custom_metrics(resources: Resources) -> set[tuple[str, str]]:
    """Namespace and name of every metric of our own that an alarm, the dashboard or a scaling policy names."""
    found: set[tuple[str, str]] = set()
    for kind in ("aws_cloudwatch_metric_alarm", "aws_appautoscaling_policy"):
        for resource in resources.all(kind):
            found |= set(_named_metrics(resource))
    for dashboard in resources.all("aws_cloudwatch_dashboard"):
        found |= set(_graphed_metrics(str(dashboard.get("dashboard_body", ""))))
    return {(namespace, name) for namespace, name in found if namespace and _OURS.match(namespace)}


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
            # "." means: as in the row above.
            namespace = previous[0] if metric[0] in {".", "..."} and previous else metric[0]
            name = previous[1] if metric[1] in {".", "..."} and previous else str(metric[1])
            previous = (namespace, name)
            yield previous
