"""AWS' Price List API on loopback: GetProducts, with responses in AWS' format."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


def product(service: str, usage: str, sku: str, tiers: Mapping[str, str]) -> str:
    """A product as the API writes it: JSON in a string; `tiers` gives dollars by the tier's beginning."""
    dimensions = {
        f"{sku}.JRTCKXETXF.{index}": {
            "unit": "Hours",
            "beginRange": begin,
            "endRange": "Inf",
            "description": f"${usd} of {usage}",
            "appliesTo": [],
            "rateCode": f"{sku}.JRTCKXETXF.{index}",
            "pricePerUnit": {"USD": usd},
        }
        for index, (begin, usd) in enumerate(tiers.items())
    }
    return json.dumps(
        {
            "product": {"sku": sku, "attributes": {"usagetype": usage, "servicecode": service}},
            "serviceCode": service,
            "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": {"sku": sku, "priceDimensions": dimensions}}},
            "version": "20261104120000",
            "publicationDate": "2026-11-04T12:00:00Z",
        }
    )


@contextmanager
def price_list(products: Mapping[tuple[str, str], list[str]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The API's address, and its requests. Products by service code and usage type, one per page."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["X-Amz-Target"] == "AWSPriceListService.GetProducts"
            asked.append(request)
            fields = {item["Field"]: item["Value"] for item in request["Filters"]}
            found = products.get((request["ServiceCode"], fields["usagetype"]), [])
            page = int(request.get("NextToken", 0))
            answer: dict[str, Any] = {"FormatVersion": "aws_v1", "PriceList": found[page : page + 1]}
            if page + 1 < len(found):
                answer["NextToken"] = str(page + 1)
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
