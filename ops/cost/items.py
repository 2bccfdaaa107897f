"""All line items of the monthly bill."""

from collections.abc import Callable, Iterator, Mapping

from ops.cost import items_data, items_monitoring, items_workers
from ops.cost.billed_fleet import billed_fleet
from ops.cost.line_items import BillInputs, LineItem
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import Usage

_PARTS: tuple[Callable[[BillInputs], Iterator[LineItem]], ...] = (
    items_workers.fargate,
    items_workers.addresses,
    items_workers.network,
    items_monitoring.logs,
    items_monitoring.metrics,
    items_monitoring.alarms,
    items_data.queue,
    items_data.ledger,
    items_data.media,
    items_data.registry,
    items_data.keys,
)


def items(resources: Resources, prices: Mapping[str, Price], usage: Usage) -> list[LineItem]:
    """Every line item with a quantity above 0."""
    inputs = BillInputs(resources, prices, usage, billed_fleet(resources))
    return [item for part in _PARTS for item in part(inputs) if item.quantity > 0]
