"""A number with its noun, in the singular or the plural."""


def count(number: float, one: str, many: str | None = None) -> str:
    """`1 job`, `27,200 jobs`, `0.5 days`; `many` is the plural where it isn't formed with an s."""
    shown = f"{number:g}" if isinstance(number, float) else f"{number:,}"
    return f"{shown} {one if number == 1 else many or f'{one}s'}"
