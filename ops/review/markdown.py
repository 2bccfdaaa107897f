"""The review as a pull request's comment.

GitHub takes 65,536 characters. The collapsed plan is cut first, then the table's end, where the harmless changes stand.
"""

from ops.review.consequences import consequence, is_unremarkable
from ops.review.escape import code, fenced, plain, prose
from ops.review.finding import Finding
from ops.review.guards import LABEL_PREFIX
from ops.review.headlines import headlines
from ops.review.kinds import noun
from ops.review.money import Money
from ops.review.plan import Action, Change
from ops.review.review import Review
from ops.review.text import lines

LIMIT = 65_000
"""Bytes of UTF-8; GitHub counts characters, of which there are never more."""

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
    "public-access": "Something would be open to everybody",
    "iam-widening": "Somebody may do more",
}
_PLAN_RESERVE = 12_000
_MOST_FINDINGS = 40


def marker(environment: str) -> str:
    """What an environment's comment is found again by."""
    return f"<!-- hospup-video plan-review {environment} -->"


def markdown(review: Review, limit: int = LIMIT) -> str:
    """The comment, of at most so many bytes."""
    head = marker(review.environment)
    commit = f" at {code(review.commit)}" if review.commit else ""
    if review.plan.empty:
        return f"{head}\n**{code(review.environment)}**: no changes{commit}.\n"
    top = [head, f"### Plan for {code(review.environment)}: {prose(review.summary)}", *_banner(review), ""]
    bottom = [*_outputs(review), *_unjudged(review), *_drift(review), *_cost(review), *_checks(review)]
    planned = f"Planned{commit}, digest" if commit else "Digest"
    foot = ["", f"{review.plan.unchanged} resources stay as they are. {planned} `{review.plan.digest}`."]
    room = limit - _size([*top, *bottom, *foot])
    table = _table(review, room - _PLAN_RESERVE)
    collapsed = _collapsed(review, room - _size(table) - 200)
    return "\n".join([*top, *table, *bottom, *collapsed, *foot]) + "\n"


def _banner(review: Review) -> list[str]:
    refused, allowed = review.verdict.refused, review.verdict.allowed
    said: list[str] = []
    if refused:
        guards = list(dict.fromkeys(finding.guard for finding in refused))
        said += ["", "> [!CAUTION]", "> **This plan is refused.**"]
        for guard in guards:
            said += [">", f"> **{_TITLES[guard]}** (`{guard}`)"]
            found = [finding for finding in refused if finding.guard == guard]
            said += [f"> - {_finding(review, finding)}" for finding in found[:_MOST_FINDINGS]]
            said += [f"> - and {len(found) - _MOST_FINDINGS} more"] if len(found) > _MOST_FINDINGS else []
        labels = ", ".join(f"`{LABEL_PREFIX}{guard}`" for guard in guards)
        said += [">", f"> If it is meant: add the label {labels} to the pull request, and it is planned again."]
    if allowed:
        guards = list(dict.fromkeys(finding.guard for finding in allowed))
        said += ["", "> [!WARNING]", f"> Allowed by label: {', '.join(f'`{guard}`' for guard in guards)}."]
        said += [f"> - {_finding(review, finding)}" for finding in allowed[:_MOST_FINDINGS]]
    return said


def _finding(review: Review, finding: Finding) -> str:
    counted = review.live.counts.get(finding.address)
    now = "" if counted is None else f" There are {counted:,} now."
    return f"{code(finding.address)}: {prose(finding.sentence)}{now}"


def _table(review: Review, room: int) -> list[str]:
    # The words come before the addresses: those can't be broken, and would leave them a narrow column.
    rows = ["| | what it means | where, from, to |", "|---|---|---|"]
    told = [change for change in review.plan.changes if not is_unremarkable(change)]
    size = _size(rows)
    for index, change in enumerate(told):
        row = _row(review, change)
        size += len(row.encode()) + 1
        if size > room:
            left = len(review.plan.changes) - index
            return [*rows, "", f"**{left} further changes are not in this table**: it would be too long for a comment."]
        rows.append(row)
    new = [change for change in review.plan.changes if is_unremarkable(change)]
    if new:
        rows.append(_new(new))
    return rows if review.plan.changes else []


def _new(changes: list[Change]) -> str:
    """One row for all that is new and unremarkable."""
    names = ", ".join(code(change.address) for change in changes[:_MOST_FINDINGS])
    more = f" and {len(changes) - _MOST_FINDINGS} more" if len(changes) > _MOST_FINDINGS else ""
    return f"| {_MARKS[Action.CREATE]} | {len(changes)} more, new; running jobs don't notice. | {names}{more} |"


def _row(review: Review, change: Change) -> str:
    where = [code(change.address), *headlines(change, code)]
    if change.address in review.plan.drifted:
        where.append("changed outside Terraform")
    said = f"**{prose(noun(change))}**: {prose(consequence(change, review.live))}"
    return f"| {_MARKS[change.action]} | {said} | {'<br>'.join(filter(None, where))} |"


def _outputs(review: Review) -> list[str]:
    """What whoever reads the outputs must be told; at a first deployment everything is new anyway."""
    if not review.plan.outputs or not review.plan.before.by_type:
        return []
    return ["", f"**Outputs** that change: {', '.join(code(name) for name in review.plan.outputs)}."]


def _unjudged(review: Review) -> list[str]:
    if not review.verdict.unjudged:
        return []
    addresses = ", ".join(code(finding.address) for finding in review.verdict.unjudged[:_MOST_FINDINGS])
    return [
        "",
        f"**Not judged**: the policies of {addresses} are known only once applied, since they name what is made anew. "
        "Compare them after the deployment.",
    ]


def _drift(review: Review) -> list[str]:
    told = []
    for address, differences in list(review.plan.drifted.items())[:_MOST_FINDINGS]:
        values = "; ".join(
            f"{code(item.path, 60)} {code(item.before, 60)} → {code(item.after, 60)}" for item in differences
        )
        told.append(f"- {code(address)}: {values}")
    return ["", "**Changed outside Terraform**, and put back by this plan:", *told] if told else []


def _cost(review: Review) -> list[str]:
    money = review.money
    if not isinstance(money, Money):
        return ["", f"**Cost**: not told. {prose(money)}"]
    if abs(money.difference) < 0.005:
        said = f"**Cost**: ${money.after:,.2f} a month, as before."
    else:
        sign = "+" if money.difference > 0 else "-"
        said = (
            f"**Cost**: ${money.before:,.2f} → ${money.after:,.2f} a month "
            f"(**{sign}${abs(money.difference):,.2f}**), estimated."
        )
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
        return ["", f"The full plan is too long for a comment: {len(every)} lines. It is in the run's artefact."]
    title = f"<details><summary>Full plan{note}</summary>"
    return ["", title, "", fenced("\n".join(kept), "diff"), "", "</details>"]


def _size(parts: list[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def title(review: Review) -> str:
    """One line, for an issue's title."""
    return plain(f"{review.environment}: {review.summary}")
