"""The review in a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from ops.review.consequences import consequence, is_unremarkable
from ops.review.escape import plain
from ops.review.guards import GUARDS
from ops.review.headlines import headlines
from ops.review.kinds import noun
from ops.review.money import Money
from ops.review.plan import Action
from ops.review.review import Review

_STYLES = {Action.DESTROY: "bold red", Action.REPLACE: "bold red", Action.UPDATE: "yellow", Action.CREATE: "green"}


def print_review(console: Console, review: Review) -> None:
    """Banner, table, cost, policy."""
    if review.plan.empty:
        console.print(f"{escape(review.environment)}: no changes.")
        return
    console.print(f"[bold]{escape(review.environment)}[/]: {escape(review.summary)}")
    if review.verdict.refused:
        found = [
            f"{finding.guard}  {_safe(finding.address)}: {_safe(finding.sentence)}"
            for finding in review.verdict.refused
        ]
        ways = " ".join(
            f"--allow {name}" for name in GUARDS if any(item.guard == name for item in review.verdict.refused)
        )
        text = "\n".join([*found, "", f"If it is meant: {ways}"])
        console.print(Panel(text, title="This plan is refused", style="bold red", title_align="left"))
    for finding in review.verdict.allowed:
        console.print(f"[yellow]allowed[/] {finding.guard}  {_safe(finding.address)}: {_safe(finding.sentence)}")
    table = Table(show_lines=True)
    for heading in ("", "resource", "what it means"):
        table.add_column(heading, overflow="fold")
    new = [change for change in review.plan.changes if is_unremarkable(change)]
    for change in review.plan.changes:
        if change in new:
            continue
        style = _STYLES.get(change.action, "")
        where = [f"[dim]{_safe(change.address)}[/]", *(_safe(line) for line in headlines(change, plain))]
        what = "\n".join([_safe(noun(change)), *where])
        table.add_row(str(change.action), what, _safe(consequence(change, review.live)), style=style)
    if new:
        addresses = "\n".join(_safe(change.address) for change in new)
        table.add_row(
            "create", f"[dim]{addresses}[/]", f"{len(new)} more, new; running jobs don't notice.", style="green"
        )
    console.print(table)
    for finding in review.verdict.unjudged:
        console.print(f"[yellow]not judged[/] {_safe(finding.address)}: {finding.sentence}")
    money = review.money
    if isinstance(money, Money):
        console.print(
            f"Cost: ${money.before:,.2f} -> ${money.after:,.2f} a month ({money.difference:+,.2f}), estimated."
        )
    else:
        console.print(f"Cost: not told. {escape(money)}")
    if review.checks:
        console.print(f"Policy: {review.checks.passed} passed, {len(review.checks.failed)} failed.")


def _safe(text: str) -> str:
    return escape(plain(text, 400))
