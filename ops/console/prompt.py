"""The question before something is lost."""

from ops.console.output import ask
from ops.errors import DeclinedError, UsageError


def confirm(question: str, *, yes: bool) -> None:
    """Return only if the person answers yes, or passed `--yes`.

    Raises `DeclinedError` on a no, `UsageError` if standard input is closed.
    """
    if yes:
        return
    answer = ask(f"{question} [y/N] ")
    if not answer:
        raise UsageError("Nobody answered, so nothing was done: give --yes where no person is asked.")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("Nothing was done.")
