"""A Terraform plan as a reviewer needs it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ops.cost.resources import Resources
from ops.review.differences import Difference
from ops.review.secrets import MASK


class Action(StrEnum):
    """What happens to a resource; the most dangerous first."""

    DESTROY = "destroy"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"
    MOVE = "move"
    NOTHING = "no-op"


@dataclass(frozen=True)
class Change:
    """One resource, and what becomes of it.

    Params:
        address: Terraform's.
        kind: the resource's type.
        action: what happens.
        before, after: its values; secrets are in them, so they are looked at and never shown.
        unknown: which values of `after` are known only once applied.
        differences: what differs, with secrets masked: this may be shown.
        create_first: a replacement that makes the new one before it destroys the old one.
        reason: Terraform's own word for why it is destroyed or replaced.
        replaced_for: the attributes that force a replacement.
        previous_address: where it stood in the code before, if it moves.
        sensitive: the attributes that hold a secret somewhere.
    """

    address: str
    kind: str
    action: Action
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    create_first: bool = False
    reason: str = ""
    replaced_for: tuple[str, ...] = ()
    previous_address: str = ""
    sensitive: frozenset[str] = frozenset()

    @property
    def removes(self) -> bool:
        """Whether what is there now is gone afterwards."""
        return self.action in {Action.DESTROY, Action.REPLACE}

    def say(self, attribute: str, words: str) -> str:
        """Words that were made of an attribute's values; a mask instead where it holds a secret."""
        return MASK if attribute in self.sensitive else words

    def changed(self, path: str) -> Difference | None:
        """The difference at a path, such as `visibility_timeout_seconds`; none if it stays."""
        return next((item for item in self.differences if item.path == path), None)


@dataclass(frozen=True)
class Plan:
    """A plan as a reviewer needs it.

    Params:
        changes: every resource that changes.
        unchanged: how many don't.
        outputs: names of outputs that change.
        drifted: addresses that were changed outside Terraform and that this plan changes too, with what was changed.
        before, after: what stands now, and what will.
        variables: what the plan was made with, and what the environment's files say.
    """

    changes: tuple[Change, ...]
    unchanged: int
    outputs: tuple[str, ...]
    drifted: Mapping[str, tuple[Difference, ...]]
    before: Resources
    after: Resources
    variables: Mapping[str, Any]
    defaults: Mapping[str, Any]

    @property
    def counts(self) -> dict[Action, int]:
        """How many resources each action is done to; only those done at all."""
        found = {action: sum(change.action is action for change in self.changes) for action in Action}
        return {action: number for action, number in found.items() if number}

    @property
    def digest(self) -> str:
        """Twelve digits that stand for what the plan does: two plans that do the same have the same, and no others."""
        told = [[item.address, item.action, [vars(value) for value in item.differences]] for item in self.changes]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def empty(self) -> bool:
        """Whether applying it would do nothing."""
        return not self.changes and not self.outputs
