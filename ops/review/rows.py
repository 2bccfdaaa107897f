"""The rows of the review's table: changes that mean the same share one, and the most serious come first."""

from collections.abc import Callable
from dataclasses import dataclass

from ops.review.consequences import consequence
from ops.review.headlines import headlines
from ops.review.judgements import Weight
from ops.review.plan import Action, Change
from ops.review.resource_names import DATA_HELD, display_name
from ops.review.review import Review

_MOST_VALUES = 4


@dataclass(frozen=True)
class Row:
    """Changes that mean the same.

    Params:
        action: what happens.
        weight: how much it matters.
        sentence: what it means.
        changes: the resources.
    """

    action: Action
    weight: Weight
    sentence: str
    changes: tuple[Change, ...]

    @property
    def subject(self) -> str:
        """`job queue`; `alarm, 12 times`; `40 resources`."""
        nouns = {display_name(change) for change in self.changes}
        if len(self.changes) == 1:
            return next(iter(nouns))
        return (
            f"{next(iter(nouns))}, {len(self.changes)} times" if len(nouns) == 1 else f"{len(self.changes)} resources"
        )

    def values(self, quote: Callable[[str], str]) -> list[str]:
        """The values that change; for several resources, each value once."""
        found = list(dict.fromkeys(value for change in self.changes for value in headlines(change, quote)))
        if len(self.changes) == 1 or len(found) <= _MOST_VALUES:
            return found
        return [] if self.action is Action.CREATE else [*found[:_MOST_VALUES], f"and {len(found) - _MOST_VALUES} more"]


def rows(review: Review) -> list[Row]:
    """All rows, the most serious first."""
    found: dict[tuple[Action, Weight, str], list[Change]] = {}
    refused = {finding.address for finding in (*review.verdict.refused, *review.verdict.allowed)}
    for change in review.plan.changes:
        judged = consequence(change, review.plan, review.live)
        weight = Weight.REFUSED if change.address in refused else judged.weight
        found.setdefault((change.action, weight, judged.sentence), []).append(change)
    table = [Row(action, weight, sentence, tuple(changes)) for (action, weight, sentence), changes in found.items()]
    return sorted(table, key=_order)


def _order(row: Row) -> tuple[int, int, bool, str]:
    return (
        row.weight,
        list(Action).index(row.action),
        not any(change.kind in DATA_HELD for change in row.changes),
        row.changes[0].address,
    )
