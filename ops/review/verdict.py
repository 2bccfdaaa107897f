"""What the guards found in a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class ReviewFinding:
    """Something dangerous in a plan.

    Params:
        guard: name of the guard that found it, by which it can be allowed.
        address: Terraform's address of the resource.
        sentence: what is dangerous.
    """

    guard: str
    address: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The findings of all guards.

    Params:
        refused: findings that are not allowed.
        allowed: findings that are allowed.
        unjudged: what no guard can judge; their `guard` is empty.
    """

    refused: tuple[ReviewFinding, ...]
    allowed: tuple[ReviewFinding, ...]
    unjudged: tuple[ReviewFinding, ...]
