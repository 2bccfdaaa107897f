"""The consequence of a change, for waiting and running jobs, for users, and for the engineer on call."""

from ops.review import consequences_data as data
from ops.review import consequences_fleet as fleet
from ops.review.judgements import Judgement, Weight
from ops.review.live_counts import OFFLINE, LiveCounts
from ops.review.plan import Action, Change, Plan
from ops.review.rules import is_known, judgements

NEW = "New; running jobs don't notice."
SAME = "Harmless: the same in AWS, written in another way."
_MOST_SENTENCES = 6


def consequence(change: Change, plan: Plan, live: LiveCounts = OFFLINE) -> Judgement:
    """What a change means, in a few sentences, and how much it matters; the most serious sentence first."""
    if change.action is Action.FORGET:
        words = "Stays in AWS as it is; Terraform forgets it, and neither changes nor destroys it any more."
        return Judgement(words, Weight.EFFECT)
    if change.action is Action.MOVE:
        return Judgement("Only its address in the code changes; nothing happens in AWS.", Weight.HARMLESS)
    if change.action is Action.IMPORT:
        return Judgement("Is in AWS already; Terraform takes it over.", Weight.HARMLESS)
    if not is_known(change.kind) and change.kind not in data.HELD:
        return Judgement(f"Not judged: this review has no rules for {change.kind}.", Weight.UNJUDGED)
    found = [*_whole(change, plan, live), *(judgement for _, judgement in judgements(change, plan))]
    weight = min((judgement.weight for judgement in found), default=Weight.HARMLESS)
    # What is harmless is told only where nothing else is.
    told = [item for item in found if item.sentence and (item.weight < Weight.HARMLESS or weight is Weight.HARMLESS)]
    sentences = list(dict.fromkeys(item.sentence for item in sorted(told, key=lambda item: item.weight)))
    if not sentences:
        sentences = [SAME]
    rest = len(sentences) - _MOST_SENTENCES
    return Judgement(" ".join([*sentences[:_MOST_SENTENCES], *([f"And {rest} more."] if rest > 0 else [])]), weight)


def _whole(change: Change, plan: Plan, live: LiveCounts) -> list[Judgement]:
    """What it means that the resource is new, replaced, or gone."""
    if change.action is Action.CREATE:
        if change.address in plan.lost:
            return [Judgement("Was deleted outside Terraform, and is made anew.", Weight.HARM)]
        sentence = fleet.created(change)
        return [Judgement(sentence) if sentence else Judgement(NEW, Weight.HARMLESS)]
    if change.action is Action.UPDATE:
        return []
    return [data.removed(change, live) or fleet.removed(change)]
