"""Draws a job's timeline as bars."""

from collections.abc import Iterator, Sequence

from ops.aws.job_timeline import Period

_COLUMNS = 36
"""Length of the whole timeline."""
_NAME_COLUMNS = 18


def bars(periods: Sequence[Period]) -> Iterator[str]:
    """One line per period: its name, a bar to scale that begins where the period does, and its seconds.

    The shortest period has a bar of one column; one that goes on ends with an arrow.
    """
    first = min((period.began_at for period in periods), default=0.0)
    total = max((period.began_at + period.seconds - first for period in periods), default=0.0) or 1.0
    for period in periods:
        offset = min(max(int((period.began_at - first) / total * _COLUMNS), 0), _COLUMNS - 1)
        length = min(max(round(period.seconds / total * _COLUMNS), 1), _COLUMNS - offset)
        bar = " " * offset + "█" * length + ("" if period.is_over else "▶")
        yield f"{period.name[:_NAME_COLUMNS]:{_NAME_COLUMNS}}  {bar:{_COLUMNS + 1}}  {period.seconds:8.1f} s"
