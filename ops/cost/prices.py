"""The price table: what AWS charges, by region, each line with its source and date.

The table is data, `prices.json`. A line with `verified: false` could not be read from AWS' own price list when it was
written; its `note` says where the figure comes from. `hospup-video cost --refresh` writes the lines anew that AWS'
Price List API knows.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.cost.errors import CostError

TABLE = Path(__file__).with_name("prices.json")


class Price(BaseModel):
    """One line of the table.

    Params:
        usd: US dollars a unit.
        unit: what is counted, such as `vCPU-hour`.
        what: what is paid for, in words.
        source: page or price list that says so.
        date: when AWS published it, or when the page was read; ISO 8601.
        verified: read from AWS' own price list or page at that date; false: see `note`.
        service, usage: its service code and usage type in the Price List API, where it is there.
        note: what else must be known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd: float = Field(ge=0)
    unit: str
    what: str
    source: str
    date: str
    verified: bool
    service: str | None = None
    usage: str | None = None
    note: str | None = None


class PriceTable(BaseModel):
    """Every region's prices by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regions: dict[str, dict[str, Price]]

    def region(self, name: str) -> dict[str, Price]:
        """A region's prices. CostError where there are none."""
        if name not in self.regions:
            raise CostError(
                f"There are no prices of {name}, only of {', '.join(sorted(self.regions))}: "
                f"fetch them with hospup-video cost --refresh --region {name}."
            )
        return self.regions[name]


def load(path: Path = TABLE) -> PriceTable:
    """The table in a file. CostError where it can't be read."""
    try:
        return PriceTable.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CostError(f"The price table {path} can't be read: {error.strerror}.") from error
    except (ValueError, ValidationError) as error:
        raise CostError(f"The price table {path} is not one: {error}") from error


def save(table: PriceTable, path: Path = TABLE) -> None:
    """Write a table. CostError where that can't be."""
    text = json.dumps(table.model_dump(exclude_none=True), indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CostError(f"The price table {path} can't be written: {error.strerror}.") from error


def with_spot_discount(prices: Mapping[str, Price], percent: float) -> dict[str, Price]:
    """The prices with Spot at so many per cent below on demand."""
    found = dict(prices)
    for name, price in prices.items():
        if name.startswith("fargate_spot."):
            usd = prices[name.replace("fargate_spot.", "fargate.")].usd * (1 - percent / 100)
            note = f"{percent:g} % below on demand, as asked for"
            found[name] = price.model_copy(update={"usd": usd, "note": note})
    return found


def unverified(prices: Iterable[Price]) -> list[Price]:
    """Those whose figure is not from AWS' own price list."""
    return [price for price in prices if not price.verified]
