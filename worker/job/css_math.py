"""Computes CSS's numbers: plain ones, percentages, angles, and the sums and products of calc(), min(), max(), clamp().

https://www.w3.org/TR/css-values-4/#math
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_DEGREES = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_CONSTANTS = {"e": math.e, "pi": math.pi, "infinity": math.inf, "-infinity": -math.inf, "nan": math.nan}


class CssError(ValueError):
    """A malformed value; the message says what was expected."""


class Quantity(NamedTuple):
    """A number, a percentage (unit `%`) or an angle (`deg`)."""

    number: float
    unit: str = ""


def significant(tokens: Sequence[Any]) -> list[Any]:
    """The tokens without white space and comments."""
    return [token for token in tokens if token.type not in {"whitespace", "comment"}]


def split(tokens: Sequence[Any], *separators: str) -> list[list[Any]]:
    """The tokens between separators."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def nesting(token: Any) -> int:
    """How deep functions and brackets are nested in a token, counted without recursion."""
    depth, level = 0, [token]
    while level := [inner for outer in level for inner in _children(outer)]:
        depth += 1
    return depth


def calculate(token: Any, names: Mapping[str, Quantity]) -> Quantity:
    """The value of a number, or of a function that computes one; `names` are words that have a value in it. Raises
    `CssError`. The nesting must have been limited."""
    match token.type:
        case "number":
            return Quantity(float(token.value))
        case "percentage":
            return Quantity(float(token.value), "%")
        case "dimension" if token.lower_unit in _DEGREES:
            return Quantity(float(token.value) * _DEGREES[token.lower_unit], "deg")
        case "function":
            return _function(token, names)
    raise CssError("a number is expected")


def _children(token: Any) -> Sequence[Any]:
    return getattr(token, "arguments", None) or getattr(token, "content", None) or ()


def _function(token: Any, names: Mapping[str, Quantity]) -> Quantity:
    parts = split(significant(token.arguments), ",")
    values = [_sum(part, names) for part in parts]
    if len({value.unit for value in values}) == 1:
        match token.lower_name, len(values):
            case "calc", 1:
                return values[0]
            case "min", _:
                return min(values)
            case "max", _:
                return max(values)
            case "clamp", 3:
                return max(values[0], min(values[1], values[2]))
    raise CssError("calc(), min(), max() or clamp() is expected")


def _sum(tokens: Sequence[Any], names: Mapping[str, Quantity]) -> Quantity:
    values = [_product(term, names) for term in split(tokens, "+", "-")]
    if len({value.unit for value in values}) != 1:
        raise CssError("a sum of one kind of number is expected")
    signs = [1.0, *(-1.0 if sign == "-" else 1.0 for sign in tokens if sign in ("+", "-"))]
    total = sum(sign * value.number for sign, value in zip(signs, values, strict=True))
    return Quantity(_finite(total), values[0].unit)


def _product(tokens: Sequence[Any], names: Mapping[str, Quantity]) -> Quantity:
    if len(tokens) % 2 == 0:
        raise CssError("a factor is expected")
    result = _factor(tokens[0], names)
    for operator, token in zip(tokens[1::2], tokens[2::2], strict=True):
        factor = _factor(token, names)
        if operator == "*" and "" in (factor.unit, result.unit):
            result = Quantity(_finite(result.number * factor.number), result.unit or factor.unit)
        elif operator == "/" and not factor.unit:
            result = Quantity(_quotient(result.number, factor.number), result.unit)
        else:
            raise CssError("* or / and a number is expected")
    return result


def _factor(token: Any, names: Mapping[str, Quantity]) -> Quantity:
    if token.type == "() block":
        return _sum(significant(token.content), names)
    if token.type == "ident":
        word = token.lower_value
        if word in names:
            return names[word]
        if word in _CONSTANTS:
            return Quantity(_finite(_CONSTANTS[word]))
        raise CssError("a number is expected")
    return calculate(token, names)


def _quotient(numerator: float, denominator: float) -> float:
    if denominator == 0:
        return _finite(math.copysign(math.inf, numerator) if numerator else 0.0)
    return _finite(numerator / denominator)


def _finite(number: float) -> float:
    """CSS's infinity is the greatest number that is possible, and what is no number counts as 0."""
    if math.isnan(number):
        return 0.0
    return min(max(number, -1e300), 1e300)
