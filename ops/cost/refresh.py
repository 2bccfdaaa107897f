"""Updates the price table from AWS's Price List API.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
It takes credentials with `pricing:GetProducts`. A price that the API doesn't know (Spot, dashboards) stays as it is.
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.cost.prices import Price, PriceTable
from ops.errors import CostError

API_REGION = "us-east-1"
"""One of the few regions with the API; it knows the prices of all regions."""

BASE = "eu-west-1"
"""The region whose usage types the table spells out."""

_BASE_PREFIX = "EU-"
# Prefixes of usage types, by region: https://docs.aws.amazon.com/cur/latest/userguide/cur-usagetypes.html
_PREFIXES = {
    "eu-west-1": "EU-",
    "eu-west-2": "EUW2-",
    "eu-west-3": "EUW3-",
    "eu-central-1": "EUC1-",
    "eu-north-1": "EUN1-",
    "eu-south-1": "EUS1-",
    "us-east-1": "USE1-",
    "us-east-2": "USE2-",
    "us-west-2": "USW2-",
}


def refresh(client: Any, table: PriceTable, region: str) -> tuple[PriceTable, list[str]]:
    """The table with a region's current prices, and in words which prices the API doesn't have.

    Params:
        client: a boto3 client of the service `pricing`.
        table: the table to update.
        region: the region to update.

    A region that isn't in the table yet gets eu-west-1's lines. Raises `CostError` for a region whose usage types
    aren't known here, and botocore's errors.
    """
    if region not in _PREFIXES:
        raise CostError(f"How AWS names usage in {region} isn't known here: {', '.join(sorted(_PREFIXES))} are.")
    known = region in table.regions
    lines = table.regions[region] if known else table.region(BASE)
    prices: dict[str, Price] = {}
    problems: list[str] = []
    for name, line in lines.items():
        usage = line.usage if known else _translated(line.usage, region)
        found = _current_price(client, line.service, usage, region) if line.service and usage else None
        if isinstance(found, dict):
            prices[name] = line.model_copy(update={**found, "usage": usage, "verified": True, "note": None})
            continue
        if found:
            problems.append(f"{name}: {found}")
        doubt = line.note or "the figure could not be refreshed"
        update = {} if known else {"usage": usage, "verified": False, "note": f"of {BASE}; {doubt}"}
        prices[name] = line.model_copy(update=update)
    return table.model_copy(update={"regions": {**table.regions, region: prices}}), problems


def _translated(usage: str | None, region: str) -> str | None:
    if usage is None:
        return None
    if usage.startswith(_BASE_PREFIX):
        return _PREFIXES[region] + usage.removeprefix(_BASE_PREFIX)
    return usage.replace(BASE, region)


def _current_price(client: Any, service: str, usage: str, region: str) -> dict[str, Any] | str:
    """The fields of a line to update, or why there is no price."""
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=service,
        FormatVersion="aws_v1",
        Filters=[
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
            {"Type": "TERM_MATCH", "Field": "usagetype", "Value": usage},
        ],
    )
    products = [json.loads(text) for page in pages for text in page["PriceList"]]
    prices = {usd: product for product in products if (usd := _first_price(product)) is not None}
    if not prices:
        return f"the API knows no price of {service} {usage} in {region}"
    if len(prices) > 1:
        return (
            f"the API has {len(prices)} prices of {service} {usage} in {region}: {', '.join(map(str, sorted(prices)))}"
        )
    ((usd, product),) = prices.items()
    sku = product.get("product", {}).get("sku", "")
    return {"usd": usd, "source": f"Price List API, {service}, SKU {sku}", "date": product["publicationDate"][:10]}


def _first_price(product: Mapping[str, Any]) -> float | None:
    """US dollars of the first tier that isn't free; None where all are."""
    tiers = sorted(
        (float(dimension["beginRange"]), float(dimension["pricePerUnit"].get("USD", 0)))
        for term in product.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
    )
    return next((usd for _, usd in tiers if usd > 0), None)
