"""Every field of the configuration with every type of value that it can't have, derived from the model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.config import ConfigurationError, Environment
from modules.config.loader import load

SCHEMA = Environment.model_json_schema()
Path_ = tuple[str | int, ...]

WHOLE: dict[str | int, dict[str, Any]] = {
    "schedules": {"name": "evening", "from_hour": 16, "to_hour": 22, "warm_pool_size": 5},
    "github": {"repository": "a/b"},
    "budget": {"monthly_usd": 10},
    "otlp": {"endpoint": "https://otlp.example.com"},
    "expire": {"prefix": "work/", "days": 1},
}
"""Complete parts, for those with required fields."""


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref") or (part.get("allOf") or [{}])[0].get("$ref")
    return SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else part


def options(part: dict[str, Any]) -> list[dict[str, Any]]:
    """The types of a field, without null."""
    part = resolved(part)
    return [resolved(option) for option in part.get("anyOf", [part]) if option.get("type") != "null"]


def leaves(part: dict[str, Any], path: Path_ = ()) -> Iterator[tuple[Path_, dict[str, Any]]]:
    for option in options(part):
        if "properties" in option:
            yield (*path, "unheard_of"), {"unknown": True}
            for name, field in option["properties"].items():
                if path or name != "name":
                    yield from leaves(field, (*path, name))
        elif "items" in option:
            yield path, {"type": "array"}
            yield from leaves(option["items"], (*path, 0))
        else:
            yield path, option


def wrong_values(leaf: dict[str, Any]) -> Iterator[Any]:
    if leaf.get("unknown"):
        yield 1
        return
    yield {"not": "this"}
    if leaf.get("type") != "array":
        yield []
    match leaf.get("type"):
        case "string":
            yield 7
            yield "\n§"
        case "integer" | "number":
            yield "7"
            yield True
            for bound, beyond in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0)):
                if bound in leaf:
                    yield leaf[bound] + beyond
        case "boolean":
            yield "yes"
            yield 1
        case "array":
            yield "text"
    if leaf.get("type") == "integer":
        yield 1.5
    if "enum" in leaf:
        yield "none of these" if leaf.get("type") == "string" else 99


def nested(path: Path_, value: Any) -> Any:
    """A document with `value` at `path`, and the required fields around it."""
    if not path:
        return value
    head, *rest = path
    inner = nested(tuple(rest), value)
    if head == 0:
        return [inner]
    if isinstance(inner, dict) and head in WHOLE and rest:
        inner = WHOLE[head] | inner
    if isinstance(inner, list) and inner and isinstance(inner[0], dict) and head in WHOLE and len(rest) > 1:
        inner = [WHOLE[head] | inner[0]]
    return {head: inner}


CASES = [(path, value) for path, leaf in leaves(SCHEMA) for value in wrong_values(leaf)]


def test_the_cases_cover_the_model() -> None:
    assert len({path for path, _ in CASES}) > 80


@pytest.mark.parametrize(("path", "value"), CASES, ids=lambda part: str(part)[:60])
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, path: Path_, value: Any) -> None:
    (tmp_path / "own.json").write_text(json.dumps(nested(path, value)), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, "own")
    sentences = str(refused.value).splitlines()
    dotted = ".".join(map(str, path))
    in_words = f"{'.'.join(map(str, path[:-1]))}: {path[-1]} "  # where our check says more than the type's
    assert any(dotted in sentence or in_words in sentence for sentence in sentences), sentences
    assert all(sentence.endswith(".") for sentence in sentences)
