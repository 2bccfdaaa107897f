"""Scheduled scaling: actions that set the scalable target's bounds at certain times.

An action sets the minimum and maximum number of workers. The service is brought within them at once, and the policies
stay within them until the next action runs.
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTargetAction.html
"""

import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.words import count

MONDAY = datetime(2024, 1, 1)
"""Default beginning of a run: midnight before a Monday."""

LOOKBACK = timedelta(days=7)
"""How long before a run the last action is searched for: the longest time since a weekly action."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Minutes, hours, days of the month, months, days of the week, years: minimum, maximum, and the names from the minimum
# on. https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
_FIELDS: Sequence[tuple[int, int, Sequence[str]]] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (1, 7, _DAYS),
    (1970, 2199, ()),
)
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")


class ScheduleError(ValueError):
    """A schedule that the simulator doesn't support; the message quotes it."""


@dataclass(frozen=True)
class Schedule:
    """The times at which an action runs: the minutes of a time zone's clock that match every field."""

    fields: tuple[frozenset[int], ...]
    zone: zoneinfo.ZoneInfo

    def runs_at(self, begins: datetime, seconds: float) -> bool:
        """Whether the action runs in the minute `seconds` after `begins`.

        `begins` without a time zone is in the schedule's own.
        """
        start = begins if begins.tzinfo else begins.replace(tzinfo=self.zone)
        # In UTC, since seconds pass while the clock changes for daylight saving time.
        now = (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self.zone)
        values = (now.minute, now.hour, now.day, now.month, now.isoweekday() % 7 + 1, now.year)
        return all(value in field for value, field in zip(values, self.fields, strict=True))


@dataclass(frozen=True)
class ScheduledAction:
    """An action and its bounds; None leaves a bound unchanged."""

    name: str
    schedule: Schedule
    minimum: int | None
    maximum: int | None


def read_schedule(text: str, timezone: str = "UTC") -> Schedule:
    """Read `cron(…)` or `at(yyyy-mm-ddThh:mm:ss)`. Raises `ScheduleError` for anything else, and an unknown zone."""
    try:
        zone = zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ScheduleError(f"{timezone} is no time zone that this machine knows.") from error
    match = re.fullmatch(r"(cron|at)\((.*)\)", text.strip())
    if match is None:
        raise ScheduleError(f"{text} is no schedule that the simulator plays: cron(…) or at(…) is expected.")
    kind, inner = match.groups()
    try:
        return Schedule(_at(inner) if kind == "at" else _cron(inner), zone)
    except ValueError as error:
        raise ScheduleError(f"{text} can't be read: {error}.") from error


def _at(text: str) -> tuple[frozenset[int], ...]:
    at = datetime.fromisoformat(text)
    values = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7 + 1, at.year)
    return tuple(frozenset({value}) for value in values)


def _cron(text: str) -> tuple[frozenset[int], ...]:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"it has {count(len(parts), 'field')} and not {len(_FIELDS)}")
    return tuple(_field(part, *limits) for part, limits in zip(parts, _FIELDS, strict=True))


def _field(text: str, least: int, most: int, names: Sequence[str]) -> frozenset[int]:
    """The values that a field names: `*`, `?`, `5`, `MON-FRI`, `0/15`, and lists of these."""

    def value(word: str) -> int:
        number = names.index(word) + least if word in names else int(word)
        if not least <= number <= most:
            raise ValueError(f"{word} is not between {least} and {most}")
        return number

    found: set[int] = set()
    for part in text.replace("?", "*").split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not understood")
        first, last, step = match.groups()
        begin = least if first == "*" else value(first)
        open_end = most if first == "*" or step else begin
        end = value(last) if last else open_end
        if end < begin:
            raise ValueError(f"{part} ends before it begins")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def bounds_after(
    bounds: tuple[int, int], actions: Sequence[ScheduledAction], begins: datetime, seconds: float
) -> tuple[int, int]:
    """The bounds after every action of this minute has run."""
    for action in actions:
        if action.schedule.runs_at(begins, seconds):
            minimum = bounds[0] if action.minimum is None else action.minimum
            maximum = bounds[1] if action.maximum is None else action.maximum
            bounds = minimum, maximum
    return bounds


def bounds_before(bounds: tuple[int, int], actions: Sequence[ScheduledAction], begins: datetime) -> tuple[int, int]:
    """The bounds that the actions before a run leave; `bounds` where no action ran within `LOOKBACK`."""
    for minute in range(-int(LOOKBACK.total_seconds()) // 60 if actions else 0, 0):
        bounds = bounds_after(bounds, actions, begins, minute * 60)
    return bounds
