"""Asking before something is lost."""

import sys

from ops.errors import FindingError, UsageError
from ops.show import problems


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if the person says so, or said `--yes`. Raises `FindingError` on a no, `UsageError` where nobody
    answers.

    The question goes to standard error: standard output is for what the command finds.
    """
    if yes:
        return
    problems.print(f"{question} [y/N] ", end="", soft_wrap=True)
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("Nobody answered, so nothing was done: give --yes where no person is asked.")
    if answer.strip().lower() not in {"y", "yes"}:
        raise FindingError("Nothing was done.")
