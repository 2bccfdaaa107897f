"""Reads an environment's file, and turns whatever is wrong with it into sentences for the person who wrote it."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from modules.config import ConfigurationError, Environment, listed


def load(directory: Path, name: str) -> Environment:
    """Read `<directory>/<name>.json`; raise ConfigurationError, a sentence for each mistake, when it can't be used."""
    path = directory / f"{name}.json"
    shown = f"{directory.name}/{path.name}"
    known = sorted(file.stem for file in directory.glob("*.json"))
    if name not in known:
        raise ConfigurationError(
            f"There is no environment {name!r}: {shown} does not exist. Set ENV to one of {listed(known)}."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{shown} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{shown} must hold one JSON object, with a field for each setting that differs.")
    if "name" in content:
        raise ConfigurationError(
            f"{shown}: name is not a field of the file: an environment is named by its file, drop it."
        )
    try:
        # As JSON, since pydantic's strict mode then takes arrays for tuples, and still no strings for numbers.
        return Environment.model_validate_json(json.dumps({**content, "name": name}))
    except ValidationError as error:
        raise ConfigurationError("\n".join(_sentences(shown, error))) from error


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
        near = difflib.get_close_matches(path[-1], known, n=1)
        advice = f"perhaps {near[0]} is meant" if near else f"use one of {listed(known)}"
        return f"{field} is not a known field: {advice}"
    if kind == "string_pattern_mismatch":
        pattern = message.split("pattern", 1)[1].strip()
        return f"{field} is {given!r}, which does not have the form that it needs: {pattern}"
    if kind == "missing":
        return f"{field}: field required"
    return f"{field} is {given!r}: {message[0].lower()}{message[1:]}"


def _known_fields(path: tuple[str, ...]) -> list[str]:
    model: Any = Environment
    for part in (part for part in path if not part.isdigit()):
        field: FieldInfo | None = model.model_fields.get(part)
        model = _model(field.annotation) if field else None
        if model is None:
            return []
    return sorted(set(model.model_fields) - ({"name"} if model is Environment else set()))


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone, or as `X | None`, or as the members of a tuple."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
