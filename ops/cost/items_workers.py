"""The line items of the workers: processor and memory, disk, addresses, network."""

from collections.abc import Iterator

from ops.cost.line_items import MB_PER_GB, BillInputs, LineItem
from ops.cost.usage import HOURS_PER_MONTH
from ops.words import count

_ZONES = 2
"""Assumed number of zones of an interface endpoint whose subnets aren't known yet."""


def fargate(inputs: BillInputs) -> Iterator[LineItem]:
    """Processor, memory and disk."""
    fleet = inputs.fleet
    if fleet is None:
        return
    size, split = fleet.size, fleet.split
    on_demand = fleet.warm_on_demand * HOURS_PER_MONTH + inputs.burst_hours * split.on_demand_share
    spot = inputs.worker_hours - on_demand
    for name, words, hours in (("fargate", "on demand", on_demand), ("fargate_spot", "Spot", spot)):
        group = f"Fargate {words}"
        yield inputs.item(
            group, f"{name}.{size.architecture}.vcpu_hour", hours * size.vcpu, f"{hours:,.0f} worker-hours"
        )
        yield inputs.item(group, f"{name}.{size.architecture}.gb_hour", hours * size.gib, f"{hours:,.0f} worker-hours")
    yield inputs.item(
        "Fargate storage",
        "fargate.storage_gb_hour",
        inputs.worker_hours * size.paid_storage_gib,
        f"{size.storage_gib:g} GiB a worker, 20 of them free",
    )


def addresses(inputs: BillInputs) -> Iterator[LineItem]:
    """Public IPv4 addresses, of workers and of NAT gateways."""
    if inputs.fleet and inputs.fleet.size.public_ip:
        yield inputs.item("Public IPv4", "ipv4.hour", inputs.worker_hours, "one for each worker")
    gateways = len(inputs.resources.all("aws_eip"))
    yield inputs.item("Public IPv4", "ipv4.hour", gateways * HOURS_PER_MONTH, f"{gateways} of NAT gateways")


def network(inputs: BillInputs) -> Iterator[LineItem]:
    """NAT gateways and interface endpoints."""
    gigabytes = inputs.usage.videos_per_month * inputs.usage.internet_mb_per_video / MB_PER_GB
    gateways = len(inputs.resources.all("aws_nat_gateway"))
    if gateways:
        yield inputs.item("NAT", "nat.hour", gateways * HOURS_PER_MONTH, f"{gateways}, always on")
        yield inputs.item("NAT", "nat.gb", gigabytes, "S3 and DynamoDB go past it, through free endpoints")
    zones = [
        len(endpoint["subnet_ids"]) if isinstance(endpoint.get("subnet_ids"), list) else _ZONES
        for endpoint in inputs.resources.all("aws_vpc_endpoint")
        if endpoint.get("vpc_endpoint_type") == "Interface"
    ]
    if zones:
        why = f"{count(len(zones), 'endpoint')}, {sum(zones)} in all zones"
        yield inputs.item("Endpoints", "endpoint.hour", sum(zones) * HOURS_PER_MONTH, why)
        yield inputs.item("Endpoints", "endpoint.gb", gigabytes, "")
