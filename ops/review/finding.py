"""Something dangerous that a guard found in a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """Something dangerous.

    Params:
        guard: which guard found it; what allows it.
        address: the resource.
        sentence: what is dangerous.
    """

    guard: str
    address: str
    sentence: str
