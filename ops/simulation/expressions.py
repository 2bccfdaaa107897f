"""Expressions of Terraform (`var.image == "" ? 0 : var.pool`) and of CloudWatch's metric math (`IF(m1 > 0, m2, 1)`).

As much of both languages as scaling needs: numbers, strings, names, arithmetic, comparisons, the conditional, calls.
https://developer.hashicorp.com/terraform/language/expressions
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Names = Mapping[str, Any]
Expression = Callable[[Names], Any]
Operation = Callable[[Any, Any], Any]

_TOKEN = re.compile(r'\s*(?:(\d+(?:\.\d+)?)|"([^"]*)"|([A-Za-z_][\w.]*)|(==|!=|>=|<=|&&|\|\||[-+*/()<>?:,\[\]]))')
_COMPARISONS: Mapping[str, Operation] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_SUMS: Mapping[str, Operation] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: Mapping[str, Operation] = {"*": operator.mul, "/": operator.truediv}


class ExpressionError(ValueError):
    """An expression that can't be read, or that names what isn't there; the message holds it."""


def compile_expression(text: str) -> Expression:
    """Read an expression once, to be evaluated often with the values of its names. Raises `ExpressionError`."""
    parser = _Parser(text)
    expression = parser.conditional()
    parser.expect("")
    return expression


class _Parser:
    """Recursive descent, one method a level of precedence."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise ExpressionError(f"{text!r} can't be read from {text[position:].strip()!r} on")
            kind = ("number", "string", "name", "sign")[(match.lastindex or 1) - 1]
            self._tokens.append((kind, match.group(match.lastindex or 0)))
            position = match.end()
        self._tokens.append(("end", ""))
        self._next = 0

    def conditional(self) -> Expression:
        condition = self._binary(_COMPARISONS, lambda: self._binary(_SUMS, lambda: self._binary(_PRODUCTS, self._one)))
        if not self._take("?"):
            return condition
        yes = self.conditional()
        self.expect(":")
        no = self.conditional()
        return lambda names: yes(names) if condition(names) else no(names)

    def expect(self, sign: str) -> None:
        kind, found = self._tokens[self._next]
        if found != sign or kind in {"string", "name"}:
            raise ExpressionError(f"{self._text!r}: {sign or 'its end'!r} is expected where {found!r} stands")
        self._next += 1

    def _take(self, *signs: str) -> str | None:
        kind, found = self._tokens[self._next]
        if kind == "sign" and found in signs:
            self._next += 1
            return found
        return None

    def _binary(self, operations: Mapping[str, Operation], inner: Callable[[], Expression]) -> Expression:
        left = inner()
        while sign := self._take(*operations):
            left = _joined(operations[sign], left, inner())
        return left

    def _one(self) -> Expression:
        if self._take("-"):
            negated = self._one()
            return lambda names: -negated(names)
        if self._take("("):
            inner = self.conditional()
            self.expect(")")
            return inner
        kind, word = self._tokens[self._next]
        self._next += 1
        if kind in {"number", "string"}:
            value = float(word) if kind == "number" else word
            return lambda _names: value
        if kind != "name":
            raise ExpressionError(f"{self._text!r}: a value is expected where {word!r} stands")
        if self._take("("):
            return self._call(word)
        return lambda names: _named(names, word)

    def _call(self, function: str) -> Expression:
        arguments = [self.conditional()]
        while self._take(","):
            arguments.append(self.conditional())
        self.expect(")")
        return _call(function, arguments)


def _joined(operation: Operation, left: Expression, right: Expression) -> Expression:
    return lambda names: operation(left(names), right(names))


def _named(names: Names, word: str) -> Any:
    try:
        return names[word]
    except KeyError as missing:
        raise ExpressionError(
            f"{word} is not known: the simulator was told {', '.join(names) or 'nothing'}"
        ) from missing


def _call(function: str, arguments: list[Expression]) -> Expression:
    if function.upper() == "IF":
        condition, yes, no = arguments
        return lambda names: yes(names) if condition(names) else no(names)
    if function.upper() == "FILL":
        metric, instead = arguments
        return lambda names: instead(names) if metric(names) is None else metric(names)
    functions: dict[str, Callable[..., Any]] = {"MAX": max, "MIN": min, "CEIL": math.ceil, "FLOOR": math.floor}
    if function.upper() not in functions:
        raise ExpressionError(f"{function}() is not among the functions that the simulator knows")
    return lambda names: functions[function.upper()](*(argument(names) for argument in arguments))
