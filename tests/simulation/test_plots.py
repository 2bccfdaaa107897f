"""Plots: what is written beside the points."""

import dataclasses
from typing import Any

from ops.simulation.plots import against_cost
from ops.simulation.summary import Summary


def summary(usd: float, wait: float) -> Summary:
    nothing: dict[str, Any] = {each.name: 0 for each in dataclasses.fields(Summary)}
    return Summary(**nothing | {"policy": "one", "usd": usd, "wait_p99": wait})


def test_points_too_close_for_a_label_each_share_one() -> None:
    front = {"0": summary(13.2, 4.8), "10": summary(13.3, 4.0), "20": summary(20.0, 0.0), "50": summary(50.0, 0.0)}
    (axes,) = against_cost(front, front["10"], [summary(14.0, 1000.0)], "A day").axes
    written = [text.get_text() for text in axes.texts]
    assert written == ["today", "one", "0, 10", "20", "50"]
