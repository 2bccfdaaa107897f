"""Prices from AWS' Price List API, for the table.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
Any credentials do that may call `pricing:GetProducts`. What the API doesn't know (Spot, dashboards) keeps its figure
and mark.
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.cost.errors import CostError
from ops.cost.prices import Price, PriceTable

API_REGION = "us-east-1"
"""One of the few regions where the API is; it tells of all."""

BASE = "eu-west-1"
"""The region whose usage types the table spells out."""

_BASE_PREFIX = "EU-"
# What usage types begin with, by region: https://docs.aws.amazon.com/cur/latest/userguide/cur-usagetypes.html
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
    """The table with a region's prices as the API tells them now, and what it didn't tell, in words.

    Params:
        client: boto3's of the service `pricing`.
        table: what is refreshed.
        region: of which.

    A region that isn't in the table yet is made from eu-west-1's lines. CostError for a region whose usage types aren't
    known here. Raises botocore's errors.
    """
    if region not in _PREFIXES:
        raise CostError(f"How AWS names usage in {region} isn't known here: {', '.join(sorted(_PREFIXES))} are.")
    known = region in table.regions
    lines = table.regions[region] if known else table.region(BASE)
    prices: dict[str, Price] = {}
    problems: list[str] = []
    for name, line in lines.items():
        usage = line.usage if known else _translated(line.usage, region)
        found = _ask(client, line.service, usage, region) if line.service and usage else None
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


def _ask(client: Any, service: str, usage: str, region: str) -> dict[str, Any] | str:
    """What changes in a line, or why nothing does."""
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
    """US dollars of the first tier that costs something; none where nothing does."""
    tiers = sorted(
        (float(dimension["beginRange"]), float(dimension["pricePerUnit"].get("USD", 0)))
        for term in product.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
    )
    return next((usd for _, usd in tiers if usd > 0), None)
