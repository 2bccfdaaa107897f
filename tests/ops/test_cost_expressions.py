"""Terraform's expressions, as the cost of a fleet depends on them."""

from typing import Any

import pytest

from ops.stack.expressions import UNKNOWN, evaluate

VARIABLES = {"pool": 10, "most": 50, "tag": "v1", "none": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${var.pool}", 10),
        ('${var.tag == "" ? 0 : var.pool}', 10),
        ('${var.none == "" ? 0 : var.pool}', 0),
        ("${max(var.most, 80)}", 80),
        ("${min(var.most, var.pool) + 2 * 3}", 16),
        ("${(var.pool + 2) * 3}", 36),
        ("${var.pool >= 10 && !(var.most < 50) ? 1 : 2}", 1),
        ("${var.pool - 1 - 2}", 7),
        ("${floor(var.most / 4)}", 12),
        ("${ceil(var.most / 4)}", 13),
        ('${var.tag != "" || var.pool == 0 ? "yes" : "no"}', "yes"),
        ('${var.tag != "" ? var.pool : aws_sqs_queue.jobs.arn}', 10),
        ("${min(var.pool)}", 10),
        ("no expression", "no expression"),
        ("${var.pool} workers", "${var.pool} workers"),
        (4096, 4096),
    ],
)
def test_values(text: Any, value: Any) -> None:
    assert evaluate(text, VARIABLES) == value


@pytest.mark.parametrize(
    "text",
    [
        "${aws_sqs_queue.jobs.arn}",
        "${var.missing}",
        '${jsonencode({a = "b"})}',
        "${var.pool +}",
        "${var.pool / 0}",
        "${}",
        "${var.pool var.pool}",
        "${max(1, 2}",
        '${"open}',
    ],
)
def test_what_cannot_be_known_is_unknown(text: str) -> None:
    assert evaluate(text, VARIABLES) is UNKNOWN


def test_nested_values() -> None:
    body = {"strategy": [{"base": "${var.pool}", "provider": "FARGATE"}]}
    assert evaluate(body, VARIABLES) == {"strategy": [{"base": 10, "provider": "FARGATE"}]}
