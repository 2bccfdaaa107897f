"""The workers' lines: processor and memory, disk, addresses, the way out."""

from collections.abc import Iterator

from ops.cost.bill import MB_A_GB, Bill, Item
from ops.cost.usage import HOURS_A_MONTH

_ZONES = 2
"""Of an interface endpoint whose subnets aren't known yet."""


def fargate(bill: Bill) -> Iterator[Item]:
    """Processor, memory and disk."""
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


def addresses(bill: Bill) -> Iterator[Item]:
    """Public IPv4 addresses, of workers and of NAT gateways."""
    if bill.workers and bill.workers.size.public_ip:
        yield bill.item("Public IPv4", "ipv4.hour", bill.worker_hours, "one for each worker")
    gateways = len(bill.resources.all("aws_eip"))
    yield bill.item("Public IPv4", "ipv4.hour", gateways * HOURS_A_MONTH, f"{gateways} of NAT gateways")


def network(bill: Bill) -> Iterator[Item]:
    """NAT gateways and interface endpoints."""
    gigabytes = bill.usage.videos_per_month * bill.usage.internet_mb_per_video / MB_A_GB
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
