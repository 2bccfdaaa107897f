"""Judgements of a changed attribute: what it means, how much it matters, and the guard that refuses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from ops.cost.resources import number
from ops.review.differences import ABSENT, Difference
from ops.review.plan import Change, Plan

SURVIVAL = "fleet-survival"
ISOLATION = "worker-isolation"
SILENCED = "alarms-silenced"
DATA_LOSS = "data-loss"


class Weight(IntEnum):
    """How much a change matters; the most serious first."""

    REFUSED = 0
    HARM = 1
    UNJUDGED = 2
    EFFECT = 3
    HARMLESS = 4


@dataclass(frozen=True)
class Judgement:
    """What a change means.

    Params:
        sentence: the consequence, for jobs, users, or the engineer on call.
        weight: how much it matters.
        guard: name of the guard that refuses it; empty where none does.
    """

    sentence: str
    weight: Weight = Weight.EFFECT
    guard: str = ""


@dataclass(frozen=True)
class Changed:
    """An attribute that changes.

    Params:
        change: the change of its resource.
        item: its values before and after.
        plan: the plan, for what depends on other resources.
    """

    change: Change
    item: Difference
    plan: Plan


@dataclass(frozen=True)
class Rule:
    """How an attribute's changes are judged.

    Params:
        judge: the judgement of one change.
        guards: whether a guard may refuse it, so that a value that isn't known yet has to be reported.
    """

    judge: Callable[[Changed], Judgement]
    guards: bool = False


Table = Mapping[str, Mapping[str, Rule]]
"""The rules by resource type and attribute. `a.b` is the attribute `b` in the block or document `a`."""

Test = Callable[[Difference], bool]


def each(attributes: str, rule: Rule) -> dict[str, Rule]:
    """One rule for several attributes, separated by spaces."""
    return dict.fromkeys(attributes.split(), rule)


def harmless(because: str) -> Rule:
    """Nobody notices, for this reason."""
    return Rule(lambda _: Judgement(f"Harmless: {because}.", Weight.HARMLESS))


def tells(sentence: str, weight: Weight = Weight.EFFECT) -> Rule:
    """A sentence, in which {before} and {after} are the values."""
    return Rule(lambda changed: Judgement(filled(sentence, changed.item), weight))


def harms(sentence: str) -> Rule:
    """A sentence about something that hurts jobs, users, or the engineer on call, and that may be meant."""
    return tells(sentence, Weight.HARM)


def refuses(guard: str, when: Test, sentence: str, otherwise: Rule) -> Rule:
    """A guard refuses the change where `when` holds; `otherwise` judges all others."""

    def judge(changed: Changed) -> Judgement:
        if changed.item.known and when(changed.item):
            return Judgement(filled(sentence, changed.item), Weight.REFUSED, guard)
        return otherwise.judge(changed)

    return Rule(judge, guards=True)


def harms_if(when: Test, sentence: str, otherwise: Rule) -> Rule:
    """The change hurts where `when` holds; `otherwise` judges all others."""

    def judge(changed: Changed) -> Judgement:
        return (harms(sentence) if when(changed.item) else otherwise).judge(changed)

    return Rule(judge)


def filled(sentence: str, item: Difference) -> str:
    """The sentence with the values in place of {before} and {after}."""
    return sentence.replace("{before}", item.before).replace("{after}", item.after)


def off(item: Difference) -> bool:
    """Whether a switch is off afterwards."""
    return item.after in {"false", ABSENT}


def on(item: Difference) -> bool:
    """Whether a switch is on afterwards."""
    return item.after == "true"


def gone(item: Difference) -> bool:
    """Whether there is no value afterwards."""
    return item.after == ABSENT


def less(item: Difference) -> bool:
    """Whether a number falls."""
    return number(item.after) < number(item.before)


def sooner(item: Difference) -> bool:
    """Whether a time after which something is deleted gets shorter; 0 and no value are never."""
    after = number(item.after)
    return after > 0 and not 0 < number(item.before) <= after


def below(least: float) -> Test:
    """Whether a number is smaller than `least` afterwards."""
    return lambda item: number(item.after) < least


def at_most(most: float) -> Test:
    """Whether a number is `most` or less afterwards."""
    return lambda item: number(item.after) <= most


def becomes(*values: str) -> Test:
    """Whether the value is one of these afterwards."""
    return lambda item: item.after in values
