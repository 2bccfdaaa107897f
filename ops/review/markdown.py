"""The review as a pull request's comment.

GitHub's limit is 65,536 characters. The collapsed plan is cut first, then the end of the table with the harmless
changes.
"""

from ops.review.cost_delta import CostDelta
from ops.review.escape import code, fenced, plain, prose
from ops.review.guards import LABEL_PREFIX
from ops.review.plan import Action
from ops.review.plan_text import lines
from ops.review.review import Review
from ops.review.rows import Row, rows
from ops.review.verdict import ReviewFinding
from ops.words import count

LIMIT = 65_000
"""Longest comment, in bytes of UTF-8; GitHub counts characters, which are never more."""

_MARKS = {
    Action.DESTROY: "🟥&nbsp;destroy",
    Action.REPLACE: "🟧&nbsp;replace",
    Action.FORGET: "⬜&nbsp;forget",
    Action.UPDATE: "🟨&nbsp;change",
    Action.CREATE: "🟩&nbsp;create",
    Action.IMPORT: "🟩&nbsp;import",
    Action.MOVE: "⬜&nbsp;move",
}
_TITLES = {
    "data-loss": "Data would be lost",
    "fleet-to-zero": "No worker would be ready",
    "pool-below-minimum": "The pool would be too small",
    "fleet-survival": "Workers would lose jobs, or not work at all",
    "worker-isolation": "Workers would be less isolated",
    "alarms-silenced": "Nobody would be called",
    "public-access": "Something would be open to everybody",
    "iam-widening": "Somebody may do more",
}
_PLAN_RESERVE = 12_000
_MOST_FINDINGS = 40


def marker(environment: str) -> str:
    """The HTML comment by which an environment's comment is found again."""
    return f"<!-- hospup-video plan-review {environment} -->"


def markdown(review: Review, limit: int = LIMIT) -> str:
    """The comment, of at most `limit` bytes."""
    head = marker(review.environment)
    commit = f" at {code(review.commit)}" if review.commit else ""
    if review.plan.empty:
        return f"{head}\n**{code(review.environment)}**: no changes{commit}.\n"
    top = [head, f"### Plan for {code(review.environment)}: {prose(review.summary)}", *_banner(review), ""]
    bottom = [*_outputs(review), *_unjudged(review), *_lost(review), *_drift(review), *_cost(review), *_checks(review)]
    planned = f"Planned{commit}, digest" if commit else "Digest"
    foot = ["", f"Unchanged: {count(review.plan.unchanged, 'resource')}. {planned} `{review.plan.digest}`."]
    room = limit - _size([*top, *bottom, *foot])
    table = _table(review, room - _PLAN_RESERVE)
    collapsed = _collapsed(review, room - _size(table) - 200)
    return "\n".join([*top, *table, *bottom, *collapsed, *foot]) + "\n"


def _banner(review: Review) -> list[str]:
    refused, allowed = review.verdict.refused, review.verdict.allowed
    parts: list[str] = []
    if refused:
        guards = list(dict.fromkeys(finding.guard for finding in refused))
        parts += ["", "> [!CAUTION]", "> **This plan is refused.**"]
        for guard in guards:
            parts += [">", f"> **{_TITLES[guard]}** (`{guard}`)"]
            found = [finding for finding in refused if finding.guard == guard]
            parts += [f"> - {_finding(review, finding)}" for finding in found[:_MOST_FINDINGS]]
            parts += [f"> - and {len(found) - _MOST_FINDINGS} more"] if len(found) > _MOST_FINDINGS else []
        labels = ", ".join(f"`{LABEL_PREFIX}{guard}`" for guard in guards)
        parts += [">", f"> If it is meant: add the label {labels} to the pull request, and it is planned again."]
    if allowed:
        guards = list(dict.fromkeys(finding.guard for finding in allowed))
        parts += ["", "> [!WARNING]", f"> Allowed by label: {', '.join(f'`{guard}`' for guard in guards)}."]
        parts += [f"> - {_finding(review, finding)}" for finding in allowed[:_MOST_FINDINGS]]
    return parts


def _finding(review: Review, finding: ReviewFinding) -> str:
    counted = review.live.counts.get(finding.address)
    now = "" if counted is None else f" There are {counted:,} now."
    return f"{code(finding.address)}: {prose(finding.sentence)}{now}"


def _table(review: Review, room: int) -> list[str]:
    # The sentences come before the addresses: addresses don't wrap, and would leave them a narrow column.
    lines_of_table = ["| | what it means | where, from, to |", "|---|---|---|"]
    size, left = _size(lines_of_table), len(review.plan.changes)
    for row in rows(review):
        text = _row(review, row)
        size += len(text.encode()) + 1
        if size > room:
            note = f"**{left} further changes are not in this table**: it would be too long for a comment."
            return [*lines_of_table, "", note]
        lines_of_table.append(text)
        left -= len(row.changes)
    return lines_of_table if review.plan.changes else []


def _row(review: Review, row: Row) -> str:
    addresses = [code(change.address) for change in row.changes[:_MOST_FINDINGS]]
    more = f" and {len(row.changes) - _MOST_FINDINGS} more" if len(row.changes) > _MOST_FINDINGS else ""
    where = [", ".join(addresses) + more, *row.values(code)]
    if any(change.address in review.plan.drifted for change in row.changes):
        where.append("changed outside Terraform")
    said = f"**{prose(row.subject)}**: {prose(row.sentence)}"
    return f"| {_MARKS[row.action]} | {said} | {'<br>'.join(filter(None, where))} |"


def _outputs(review: Review) -> list[str]:
    """Changed outputs, for their readers; none at a first deployment, where all are new."""
    if not review.plan.outputs or not review.plan.before.by_type:
        return []
    return ["", f"**Outputs** that change: {', '.join(code(name) for name in review.plan.outputs)}."]


def _unjudged(review: Review) -> list[str]:
    """What no guard could judge; equal sentences share a line."""
    found: dict[str, list[str]] = {}
    for finding in review.verdict.unjudged:
        found.setdefault(finding.sentence, []).append(finding.address)
    if not found:
        return []
    said = [
        f"- {_several(addresses)}: {prose(sentence)}" for sentence, addresses in list(found.items())[:_MOST_FINDINGS]
    ]
    return ["", "**Not judged**: look at these yourself, or compare them after the deployment.", "", *said]


def _lost(review: Review) -> list[str]:
    lost = list(review.plan.lost)
    if not lost:
        return []
    return ["", f"**Not found in AWS**, though the state has them ({len(lost)}): {_several(lost)}."]


def _several(addresses: list[str]) -> str:
    shown = ", ".join(code(address) for address in addresses[:_MOST_FINDINGS])
    return f"{shown} and {len(addresses) - _MOST_FINDINGS} more" if len(addresses) > _MOST_FINDINGS else shown


def _drift(review: Review) -> list[str]:
    rows = []
    for address, differences in list(review.plan.drifted.items())[:_MOST_FINDINGS]:
        values = "; ".join(
            f"{code(item.path, 60)} {code(item.before, 60)} → {code(item.after, 60)}" for item in differences
        )
        rows.append(f"- {code(address)}: {values}")
    return ["", "**Changed outside Terraform**, and put back by this plan:", *rows] if rows else []


def _cost(review: Review) -> list[str]:
    money = review.cost_delta
    if not isinstance(money, CostDelta):
        return ["", f"**Cost**: not told. {prose(money)}"]
    if abs(money.difference) < 0.005:
        said = f"**Cost**: ${money.after:,.2f} a month, as before."
    else:
        sign = "+" if money.difference > 0 else "-"
        said = (
            f"**Cost**: ${money.before:,.2f} → ${money.after:,.2f} a month "
            f"(**{sign}${abs(money.difference):,.2f}**), estimated."
        )
    if money.unpriced:
        said += f" Not priced: {_several(list(money.unpriced))}."
    parts = [f"{name} ${old:,.2f} → ${new:,.2f}" for name, (old, new) in list(money.groups.items())[:5]]
    if money.before and len(parts) > 1:
        said += f" {'; '.join(parts)}."
    if money.released is not None:
        said += f" No worker runs before an image is released; then it is about ${money.released:,.2f}."
    return ["", said]


def _checks(review: Review) -> list[str]:
    checks = review.checks
    if checks is None:
        return []
    said = f"**Policy** (checkov): {checks.passed} passed, {len(checks.failed)} failed"
    said += f", {len(checks.accepted)} accepted in the code with a reason." if checks.accepted else "."
    failed = [
        f"- {code(check.address)}: {prose(check.name)} ({code(check.identifier)})"
        for check in checks.failed[:_MOST_FINDINGS]
    ]
    return ["", said, *failed]


def _collapsed(review: Review, room: int) -> list[str]:
    every = list(lines(review.plan))
    kept, size = [], 0
    for line in every:
        size += len(line.encode()) + 1
        if size > room - 200:
            break
        kept.append(line)
    cut = len(every) - len(kept)
    note = f" (cut: {cut} of {len(every)} lines are left out, as a comment takes no more)" if cut else ""
    if not kept:
        return [
            "",
            f"The full plan is too long for a comment: {count(len(every), 'line')}. It is in the run's artefact.",
        ]
    title = f"<details><summary>Full plan{note}</summary>"
    return ["", title, "", fenced("\n".join(kept), "diff"), "", "</details>"]


def _size(parts: list[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def title(review: Review) -> str:
    """One line, for an issue's title."""
    return plain(f"{review.environment}: {review.summary}")
