"""Lenient readers for JSON fields: a value of the wrong type is ignored and reported as a warning, never an error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.job import limits
from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode


@dataclass(frozen=True)
class Item:
    """One entry of a list in the message, with its JSON pointer."""

    fields: Mapping[str, Any]
    pointer: str
    order: float
    """The entry's own `order`, or its position in the list, counted from 1."""


def read_object(value: object, pointer: str, warnings: list[JobWarning]) -> Mapping[str, Any]:
    """Read a JSON object; any other value counts as empty, and is reported unless it is null."""
    if isinstance(value, Mapping):
        return value
    if value is not None:
        warnings.append(JobWarning(WarningCode.VALUE, pointer, "An object is expected here: ignored."))
    return {}


def read_objects(value: object, pointer: str, warnings: list[JobWarning]) -> list[Item]:
    """Read a JSON list of objects with their positions; entries of another type are reported and left out."""
    if value is not None and not isinstance(value, list):
        warnings.append(JobWarning(WarningCode.VALUE, pointer, "A list is expected here: ignored."))
    items = []
    for index, entry in enumerate(value if isinstance(value, list) else []):
        place = f"{pointer}/{index}"
        if isinstance(entry, Mapping):
            order = to_float(entry.get("order"))
            items.append(Item(entry, place, index + 1.0 if order is None else order))
        else:
            warnings.append(JobWarning(WarningCode.VALUE, place, "An object is expected here: left out."))
    if len(items) > limits.CLIPS:
        raise PermanentError(
            ErrorCode.LIMIT_EXCEEDED,
            f"{len(items)} entries are more than the {limits.CLIPS} that are possible.",
            pointer,
        )
    return items


def read_number(item: Item, name: str, default: float | None, warnings: list[JobWarning]) -> float | None:
    """Read a number, or a string that holds one; the default where it is absent, or (reported) of another type."""
    raw = item.fields.get(name)
    if raw is None or raw == "":
        return default
    value = to_float(raw)
    if value is None:
        warnings.append(
            JobWarning(WarningCode.VALUE, f"{item.pointer}/{name}", f"{name} is not a number: its default was used.")
        )
        return default
    return value


def without_lone_surrogates(text: str) -> str:
    """Replace lone surrogates by question marks: JSON may escape them, but UTF-8 can't encode them."""
    return text.encode(errors="replace").decode()


def has_lone_surrogates(text: str) -> bool:
    """Whether a text has halves of characters."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def to_float(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw.strip().removesuffix("px") if isinstance(raw, str) else raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
