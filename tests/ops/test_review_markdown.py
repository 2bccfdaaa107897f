"""The comment as GitHub renders it: hostile strings stay literal, and the comment fits for every plan."""

import itertools
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from ops.cost.usage import Usage
from ops.review.cost_delta import cost_delta
from ops.review.guards import judge
from ops.review.live_counts import OFFLINE
from ops.review.markdown import LIMIT, markdown
from ops.review.review import Review
from tests.ops.plan_files import change, plan

HOSTILE = [
    "a | b | c",
    "`code` and ``more``",
    "</details><h1>Approved</h1>",
    "<!-- hospup-video plan-review prod -->",
    "<img src=x onerror=alert(1)>",
    "@hospup/owners please merge",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "https://evil.example/",
    "line\n\n# Heading\n\n- list",
    "```\n</details>\n```",
    "~~~~\nx",
    "\\| \\` \\<b>",
    "reversed \u202e txet",
    "**bold** _it_ ~~gone~~ #1 GH-2",
    "| --- |",
    "\x00\x1b[31mred",
    "é — 日本 🎬",
]


def comment(*changes: dict[str, Any], limit: int = LIMIT) -> str:
    content = plan(*changes)
    return markdown(
        Review("prod", "0a1b2c3", content, judge(content, frozenset()), OFFLINE, cost_delta(content, Usage())), limit
    )


def rendered(text: str) -> list[Any]:
    """The tokens of GitHub's Markdown, including inline ones."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [*tokens, *itertools.chain.from_iterable(token.children or [] for token in tokens)]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["value", "name", "address", "key", "policy"])
def test_hostile_strings_stay_strings(text: str, place: str) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": text, "Principal": "*", "Sid": text}
    item = {
        "value": change("aws_x.a", "update", {"v": "old"}, {"v": text}),
        "name": change("aws_sqs_queue.a", "replace", {"name": "old"}, {"name": text}, replace_paths=[["name"]]),
        "address": change(f'aws_sqs_queue.a["{text}"]', "destroy", {"name": text}, None),
        "key": change("aws_x.a", "update", {"tags": {}}, {"tags": {text: text}}),
        "policy": change("aws_sqs_queue_policy.a", "update", {"policy": "{}"}, {"policy": {"Statement": [statement]}}),
    }[place]
    body = comment(item)
    tokens = rendered(body)
    html = "".join(token.content for token in tokens if token.type in {"html_block", "html_inline"})
    ours = ("<!-- hospup-video plan-review prod -->", "<details><summary>Full plan</summary>", "</details>", "<br>")
    for piece in ours:
        html = html.replace(piece, "")
    assert not html.strip()
    assert not [token.type for token in tokens if token.type in {"link_open", "image", "heading_open"}][1:]
    # One comment, one table with three cells per row, one collapsed plan.
    assert body.startswith("<!-- hospup-video plan-review prod -->\n### Plan for `prod`: ")
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in {"td_open", "th_open"}]
    assert (len(rows), len(cells)) == (2, 6)
    assert [token.type for token in tokens].count("fence") == 1
    # No mention and no link, except in code, where GitHub makes neither.
    for token in tokens:
        if token.type == "text":
            assert "@hospup" not in token.content
            assert "://" not in token.content
    assert "\u202e" not in body
    assert "\x1b" not in body


@pytest.mark.parametrize("changes", [1, 300, 2_000])
def test_it_fits_whatever_the_plan(changes: int) -> None:
    items = [
        change(f"aws_sqs_queue.jobs_{index}", "destroy", {"name": "é" * 300, "policy": "x" * 2_000}, None)
        for index in range(changes)
    ]
    # Types without rules, each with a sentence of its own, so that none share a row.
    items += [change(f"aws_x_{index}.y", "update", {"v": "é" * 3_000}, {"v": "🎬" * 3_000}) for index in range(changes)]
    body = comment(*items)
    assert len(body) < 65_536
    assert len(body.encode()) <= LIMIT
    assert f"{changes} to destroy, {changes} to change" in body
    assert body.count("```") % 2 == 0
    assert re.search(r"Planned at `0a1b2c3`, digest `[0-9a-f]{12}`\.\n$", body)
    if changes == 2_000:
        assert "further changes are not in this table" in body
        assert "🟥&nbsp;destroy" in body
        assert "and 1960 more" in body
    assert ("lines are left out" in body) == (changes > 1)


def test_the_collapsed_plan_is_cut_before_the_table() -> None:
    items = [change(f"aws_x{index}.y", "update", {"v": "a" * 400}, {"v": "b" * 400}) for index in range(40)]
    body = comment(*items, limit=40_000)
    assert "lines are left out" in body
    assert "not in this table" not in body
    assert body.count("🟨&nbsp;change") == 40
