"""Whether two patterns of ARNs have an ARN in common."""

import re
from functools import cache

_TOKEN = re.compile(r"\$\{(\w+)\}|(.)", re.DOTALL)
_WITHOUT_SLASH = {"BucketName", "Partition", "Region", "Account"}
"""Variables of the reference that are one part of a path. All others, such as a log group's name, may contain `/`."""


@cache
def overlap(pattern: str, other: str) -> bool:
    """Whether some ARN matches both patterns.

    Params:
        pattern, other: ARNs with IAM's wildcards `*` and `?`, or with the reference's variables, such as
            `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    """
    one, two = _tokens(pattern), _tokens(other)

    @cache
    def meet(at: int, other_at: int) -> bool:
        left, right = one[at : at + 1], two[other_at : other_at + 1]
        if not left and not right:
            return True
        for token, counterpart, ended, consumed in (
            (left, right, (at + 1, other_at), (at, other_at + 1)),
            (right, left, (at, other_at + 1), (at + 1, other_at)),
        ):
            if token and token[0] in {"*", "part"}:
                takes = counterpart and not (token[0] == "part" and counterpart[0] in {"/", ":"})
                return meet(*ended) or (bool(takes) and meet(*consumed))
        same = left and right and (left == right or "?" in {left[0], right[0]})
        return bool(same) and meet(at + 1, other_at + 1)

    return meet(0, 0)


def _tokens(pattern: str) -> tuple[str, ...]:
    """Characters, and `*` for any text, `part` for any text without `/` and `:`."""
    return tuple(
        ("part" if variable in _WITHOUT_SLASH else "*") if variable else character
        for variable, character in _TOKEN.findall(pattern)
    )
