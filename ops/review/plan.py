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
    """One resource, and what happens to it.

    Params:
        address: Terraform's.
        kind: the resource's type.
        action: what happens.
        before, after: its values; they contain secrets, so they are never shown.
        unknown: which values of `after` are known only once applied.
        differences: what differs, with secrets masked, so it may be shown.
        create_first: whether a replacement creates the new resource before it destroys the old one.
        reason: Terraform's reason for destroying or replacing it.
        replaced_for: the attributes that force a replacement.
        previous_address: its address before, if it moves.
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
        """Whether the existing resource is destroyed."""
        return self.action in {Action.DESTROY, Action.REPLACE}

    def show(self, attribute: str, words: str) -> str:
        """`words`, which quote an attribute's value; a mask instead where it holds a secret."""
        return MASK if attribute in self.sensitive else words

    def changed(self, path: str) -> Difference | None:
        """The difference at a path, such as `visibility_timeout_seconds`; None if it stays."""
        return next((item for item in self.differences if item.path == path), None)


@dataclass(frozen=True)
class Plan:
    """A plan as a reviewer needs it.

    Params:
        changes: every resource that changes.
        unchanged: number of resources that don't change.
        outputs: names of outputs that change.
        drifted: addresses that were changed outside Terraform and that this plan changes too, with what was changed.
        lost: by its address, what is in the state and was not found in AWS: deleted outside Terraform, or looked for in
            another region or account.
        before, after: the resources before and after.
        variables: values of the variables in the plan.
        defaults: the variables' defaults, from the environment's file.
        environment: the name that the workspace's guard or the tags give; empty where neither does.
    """

    changes: tuple[Change, ...]
    unchanged: int
    outputs: tuple[str, ...]
    drifted: Mapping[str, tuple[Difference, ...]]
    lost: Mapping[str, Change]
    before: Resources
    after: Resources
    variables: Mapping[str, Any]
    defaults: Mapping[str, Any]
    environment: str = ""

    @property
    def counts(self) -> dict[Action, int]:
        """Number of resources per action, without zeros."""
        found = {action: sum(change.action is action for change in self.changes) for action in Action}
        return {action: number for action, number in found.items() if number}

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that identify what the plan does: equal for plans that do the same."""
        content = [[item.address, item.action, [vars(value) for value in item.differences]] for item in self.changes]
        content += [[address] for address in sorted(self.lost)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def empty(self) -> bool:
        """Whether applying it would do nothing."""
        return not self.changes and not self.outputs and not self.lost
