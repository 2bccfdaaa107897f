"""The whole plan as text in the format of `diff`, one line per value. Secrets are masked already."""

from collections.abc import Iterator

from ops.review.differences import ABSENT
from ops.review.escape import plain
from ops.review.plan import Action, Change, Plan

_SIGNS = {
    Action.DESTROY: "-",
    Action.REPLACE: "-",
    Action.CREATE: "+",
    Action.UPDATE: "!",
    Action.FORGET: "-",
    Action.IMPORT: "+",
    Action.MOVE: " ",
}
_LONGEST_VALUE = 400


def lines(plan: Plan) -> Iterator[str]:
    """The lines of all changes."""
    for change in plan.changes:
        yield from _change(change)
    if plan.outputs:
        yield f"! outputs that change: {', '.join(plan.outputs)}"


def _change(change: Change) -> Iterator[str]:
    sign = _SIGNS.get(change.action, " ")
    why = f" ({change.reason.replace('_', ' ')})" if change.reason else ""
    yield f"{sign} {change.action}: {plain(change.address)}{why}"
    if change.action is Action.DESTROY:
        return
    for item in change.differences:
        if item.before == ABSENT and not item.known:
            continue  # AWS fills it in
        path, before, after = (plain(text, _LONGEST_VALUE) for text in (item.path, item.before, item.after))
        forces = "   # forces the replacement" if item.path in change.replaced_for else ""
        if item.before == ABSENT:
            yield f"+     {path} = {after}{forces}"
        elif item.after == ABSENT:
            yield f"-     {path} = {before}{forces}"
        else:
            yield f"-     {path} = {before}"
            yield f"+     {path} = {after}{forces}"
