"""Prints the review in a terminal."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ops.review.cost_delta import CostDelta
from ops.review.escape import plain
from ops.review.guards import GUARDS
from ops.review.plan import Action
from ops.review.review import Review
from ops.review.rows import rows

_STYLES = {Action.DESTROY: "bold red", Action.REPLACE: "bold red", Action.UPDATE: "yellow", Action.CREATE: "green"}


_MOST_ADDRESSES = 8


def review_parts(review: Review) -> Iterator[RenderableType]:
    """Banner, table, cost and policy, in the order in which they are printed."""
    if review.plan.empty:
        yield f"{review.environment}: no changes."
        return
    yield Text.assemble((review.environment, "bold"), f": {_safe(review.summary)}")
    if review.verdict.refused:
        found = [
            f"{finding.guard}  {_safe(finding.address)}: {_safe(finding.sentence)}"
            for finding in review.verdict.refused
        ]
        ways = " ".join(
            f"--allow {name}" for name in GUARDS if any(item.guard == name for item in review.verdict.refused)
        )
        text = "\n".join([*found, "", f"If it is meant: {ways}"])
        yield Panel(Text(text), title="This plan is refused", style="bold red", title_align="left")
    for finding in review.verdict.allowed:
        yield Text.assemble(
            ("allowed", "yellow"), f" {finding.guard}  {_safe(finding.address)}: {_safe(finding.sentence)}"
        )
    yield _changes(review)
    for finding in review.verdict.unjudged:
        yield Text.assemble(("not judged", "yellow"), f" {_safe(finding.address)}: {_safe(finding.sentence)}")
    if review.plan.lost:
        yield Text.assemble(("not found in AWS", "yellow"), f" {_safe(', '.join(review.plan.lost))}")
    delta = review.cost_delta
    if isinstance(delta, CostDelta):
        yield f"Cost: ${delta.before:,.2f} -> ${delta.after:,.2f} a month ({delta.difference:+,.2f}), estimated."
        if delta.unpriced:
            yield f"Not priced: {_safe(', '.join(delta.unpriced))}."
    else:
        yield f"Cost: not told. {_safe(delta)}"
    if review.checks:
        yield f"Policy: {review.checks.passed} passed, {len(review.checks.failed)} failed."


def _changes(review: Review) -> Table:
    """One row for all changes that mean the same."""
    table = Table(show_lines=True)
    for heading in ("", "resource", "what it means"):
        table.add_column(heading, overflow="fold")
    for row in rows(review):
        addresses = [_safe(change.address) for change in row.changes[:_MOST_ADDRESSES]]
        addresses += [f"and {left} more"] if (left := len(row.changes) - _MOST_ADDRESSES) > 0 else []
        what = Text.assemble(_safe(row.subject), "\n", ("\n".join(addresses), "dim"))
        for line in row.values(plain):
            what.append(f"\n{_safe(line)}")
        table.add_row(str(row.action), what, _safe(row.sentence), style=_STYLES.get(row.action, ""))
    return table


def _safe(text: str) -> str:
    return plain(text, 1000)
