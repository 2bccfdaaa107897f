"""The bill's lines, in the order of what is configured."""

from collections.abc import Callable, Iterator, Mapping

from ops.cost import items_data, items_watching, items_workers
from ops.cost.bill import Bill, Item
from ops.cost.fleet import fleet
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import Usage

_PARTS: tuple[Callable[[Bill], Iterator[Item]], ...] = (
    items_workers.fargate,
    items_workers.addresses,
    items_workers.network,
    items_watching.logs,
    items_watching.metrics,
    items_watching.alarms,
    items_data.queue,
    items_data.ledger,
    items_data.media,
    items_data.registry,
    items_data.keys,
)


def items(resources: Resources, prices: Mapping[str, Price], usage: Usage) -> list[Item]:
    """Every line of the month; those of which there is nothing are left out."""
    bill = Bill(resources, prices, usage, fleet(resources))
    return [item for part in _PARTS for item in part(bill) if item.quantity > 0]
