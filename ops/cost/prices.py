"""The price table: what AWS charges, by region, each line with its source and date.

The table is in `prices.json`. A line with `verified: false` could not be read from AWS's price list when it was
written; its `note` says where the price comes from. `hospup-video cost --refresh` updates the lines that
AWS's Price List API knows.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.errors import CostError

TABLE = Path(__file__).with_name("prices.json")


class Price(BaseModel):
    """One line of the table.

    Params:
        usd: US dollars per unit.
        unit: the unit, such as `vCPU-hour`.
        what: what is billed, in words.
        source: page or price list that says so.
        date: when AWS published it, or when the page was read; ISO 8601.
        verified: whether the price was read from AWS's price list or page at that date; if not, see `note`.
        service, usage: service code and usage type in the Price List API, if it has this price.
        note: remarks.
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
        """A region's prices. Raises `CostError` where there are none."""
        if name not in self.regions:
            raise CostError(
                f"There are no prices of {name}, only of {', '.join(sorted(self.regions))}: "
                f"fetch them with hospup-video cost --refresh --region {name}."
            )
        return self.regions[name]


def load(path: Path = TABLE) -> PriceTable:
    """Read the table in a file. Raises `CostError` where it can't be read."""
    try:
        return PriceTable.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CostError(f"The price table {path} can't be read: {error.strerror}.") from error
    except (ValueError, ValidationError) as error:
        raise CostError(f"The price table {path} is not one: {error}") from error


def save(table: PriceTable, path: Path = TABLE) -> None:
    """Write a table. Raises `CostError` where it can't be written."""
    text = json.dumps(table.model_dump(exclude_none=True), indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CostError(f"The price table {path} can't be written: {error.strerror}.") from error


def with_spot_discount(prices: Mapping[str, Price], percent: float) -> dict[str, Price]:
    """The prices, with Spot `percent` below on demand."""
    found = dict(prices)
    for name, price in prices.items():
        if name.startswith("fargate_spot."):
            usd = prices[name.replace("fargate_spot.", "fargate.")].usd * (1 - percent / 100)
            note = f"{percent:g} % below on demand, as asked for"
            found[name] = price.model_copy(update={"usd": usd, "note": note})
    return found


def unverified(prices: Iterable[Price]) -> list[Price]:
    """The prices that are not from AWS's price list."""
    return [price for price in prices if not price.verified]
