"""Reads an environment's file, and describes each mistake in it with a sentence for its author."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from modules.config import ConfigurationError, Environment, comma_separated


def load(directory: Path, name: str) -> Environment:
    """Read `<directory>/<name>.json`; raise ConfigurationError, with one sentence per mistake, if it is wrong."""
    path = directory / f"{name}.json"
    shown = f"{directory.name}/{path.name}"
    known = sorted(file.stem for file in directory.glob("*.json"))
    if name not in known:
        raise ConfigurationError(
            f"There is no environment {name!r}: {shown} does not exist. Set ENV to one of {comma_separated(known)}."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_without_duplicates)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{shown} is not valid JSON: {error}.") from error
    except _DuplicateFieldError as error:
        raise ConfigurationError(f"{shown}: {error} is given twice: JSON keeps the last alone, so drop one.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{shown} must hold one JSON object, with a field for each setting that differs.")
    if "name" in content:
        raise ConfigurationError(
            f"{shown}: name is not a field of the file: an environment is named by its file, drop it."
        )
    try:
        # As JSON, because pydantic's strict mode then accepts arrays for tuples, but still no strings for numbers.
        return Environment.model_validate_json(json.dumps({**content, "name": name}))
    except ValidationError as error:
        raise ConfigurationError("\n".join(_sentences(shown, error))) from error


class _DuplicateFieldError(Exception):
    """A field's name occurs twice in one object."""


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateFieldError(next(name for name in names if names.count(name) > 1))
    return fields


def _sentences(shown: str, error: ValidationError) -> Iterator[str]:
    for detail in error.errors():
        path = tuple(str(part) for part in detail["loc"])
        yield f"{shown}: {_sentence(path, detail['type'], detail['msg'], detail['input'])}."


def _sentence(path: tuple[str, ...], kind: str, message: str, given: object) -> str:
    field = ".".join(path)
    if kind == "value_error":
        explained = message.removeprefix("Value error, ")
        return f"{field}: {explained}" if field else explained
    if kind == "extra_forbidden":
        known = _known_fields(path[:-1])
        near = difflib.get_close_matches(path[-1], known, n=1) or _elsewhere(path[-1])
        advice = f"perhaps {near[0]} is meant" if near else f"use one of {comma_separated(known)}"
        return f"{field} is not a known field: {advice}"
    if kind == "string_pattern_mismatch":
        pattern = message.split("pattern", 1)[1].strip()
        return f"{field} is {given!r}, which does not have the form that it needs: {pattern}"
    if kind == "missing":
        return f"{field}: field required"
    return f"{field} is {given!r}: {message[0].lower()}{message[1:]}"


def _elsewhere(name: str) -> list[str]:
    """Paths of the sections' fields that have this name, such as `fleet.schedules`."""
    return [f"{section}.{name}" for section in _known_fields(()) if name in _known_fields((section,))]


def _known_fields(path: tuple[str, ...]) -> list[str]:
    model: Any = Environment
    for part in (part for part in path if not part.isdigit()):
        field: FieldInfo | None = model.model_fields.get(part)
        model = _model(field.annotation) if field else None
        if model is None:
            return []
    return sorted(set(model.model_fields) - ({"name"} if model is Environment else set()))


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model of a field of type `X`, `X | None` or `tuple[X, ...]`."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
