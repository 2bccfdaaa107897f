"""Evaluates the expressions in a stack: Terraform's (`var.image == "" ? 0 : var.pool`) and CloudWatch's metric math
(`IF(m1 > 0, m2, 1)`).

Both languages share operators and precedence, so one parser reads both, as far as a stack uses them: numbers, strings,
names, arithmetic, comparison, logic, the conditional, calls.
https://developer.hashicorp.com/terraform/language/expressions
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from ops.words import count

Names = Mapping[str, Any]
Expression = Callable[[Names], Any]
"""A parsed expression: returns its value for the values of the names in it."""


class _Unknown:
    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN: Any = _Unknown()
"""The value of an expression whose value exists only after `terraform apply`."""


class ExpressionError(ValueError):
    """The expression can't be parsed, or uses an unknown name or function; the message quotes it."""


_TOKEN = re.compile(
    r'\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.]*)|(==|!=|<=|>=|&&|\|\||[-+*/%<>!?:(),]))'
)
_KINDS = ("number", "string", "name", "sign")
_WORD_OPERATORS = {"AND": "&&", "OR": "||"}
"""Metric math's spelling of the logical operators."""

_Operation = Callable[[Any, Any], Any]
_PRECEDENCE: tuple[Mapping[str, _Operation], ...] = (
    {"||": lambda left, right: _is_true(left) or _is_true(right)},
    {"&&": lambda left, right: _is_true(left) and _is_true(right)},
    {"==": operator.eq, "!=": operator.ne},
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv, "%": operator.mod},
)
"""The binary operators, weakest first."""

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "MAX": lambda *numbers: max(numbers),
    "MIN": lambda *numbers: min(numbers),
    "FLOOR": math.floor,
    "CEIL": math.ceil,
    "TONUMBER": lambda text: float(text) if "." in str(text) else int(text),
    "TOSTRING": str,
}
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


def evaluate(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value of Terraform's JSON, with its expressions replaced by their values, or by `UNKNOWN`.

    Params:
        value: an argument of a resource; a string that isn't a single `${…}` stays as it is.
        variables: Terraform's variables by name.
    """
    return _evaluate(value, {f"var.{name}": variable for name, variable in variables.items()})


def _evaluate(value: Any, names: Names) -> Any:
    if isinstance(value, dict):
        return {key: _evaluate(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluate(item, names) for item in value]
    if not (isinstance(value, str) and value.startswith("${") and value.endswith("}")):
        return value
    try:
        return compile_expression(value[2:-1])(names)
    except (TypeError, ValueError, ZeroDivisionError):
        return UNKNOWN


def compile_expression(text: str, period: float | None = None) -> Expression:
    """Parse an expression once, to evaluate it many times. A missing datapoint is None or nan.

    Params:
        text: without `${` and `}`.
        period: what `PERIOD()` returns, in seconds; None: the function is unknown.

    Raises `ExpressionError` here for what can't be parsed, and from the result for a name without a value.
    """
    return _Parser(text, period).parse()


class _Parser:
    """A recursive descent parser: one method per kind of term, one level of recursion per precedence."""

    def __init__(self, text: str, period: float | None) -> None:
        self._text = text
        self._functions = dict(_FUNCTIONS) if period is None else {**_FUNCTIONS, "PERIOD": lambda _metric: period}
        self._tokens = self._split(text)

    def parse(self) -> Expression:
        expression = self._conditional()
        kind, found = self._tokens.pop(0)
        if kind != "end":
            raise self._expected("its end", found)
        return expression

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastindex is None:
                raise ExpressionError(f"{text!r} can't be read from {text[position:].strip()!r} on")
            kind, word = _KINDS[match.lastindex - 1], match[match.lastindex]
            is_operator = kind == "name" and word in _WORD_OPERATORS
            tokens.append(("sign", _WORD_OPERATORS[word]) if is_operator else (kind, word))
            position = match.end()
        return [*tokens, ("end", "")]

    def _conditional(self) -> Expression:
        condition = self._binary(0)
        if not self._take("?"):
            return condition
        yes = self._conditional()
        self._expect(":")
        return _choice(condition, yes, self._conditional())

    def _binary(self, level: int) -> Expression:
        if level == len(_PRECEDENCE):
            return self._unary()
        left = self._binary(level + 1)
        while sign := self._take(*_PRECEDENCE[level]):
            left = _applied(_PRECEDENCE[level][sign], left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        if self._take("!"):
            return _applied(lambda value: not _is_true(value), self._unary())
        if self._take("-"):
            return _applied(operator.neg, self._unary())
        if self._take("("):
            inner = self._conditional()
            self._expect(")")
            return inner
        return self._term()

    def _term(self) -> Expression:
        kind, word = self._tokens.pop(0)
        if kind == "number":
            return _constant(float(word) if "." in word else int(word))
        if kind == "string":
            return _constant(word.replace('\\"', '"'))
        if kind != "name":
            raise self._expected("a value", word)
        if self._take("("):
            return self._call(word)
        return _constant(_CONSTANTS[word]) if word in _CONSTANTS else _variable(word)

    def _call(self, name: str) -> Expression:
        arguments = [self._conditional()]
        while self._take(","):
            arguments.append(self._conditional())
        self._expect(")")
        match name.upper(), arguments:
            case "IF", [condition, yes, no]:
                return _choice(condition, yes, no)
            case "FILL", [metric, filler]:
                return lambda names: filler(names) if _is_missing(metric(names)) else metric(names)
            case function, _ if function in self._functions:
                return _applied(self._functions[function], *arguments)
        raise ExpressionError(
            f"{self._text!r}: {name}() with {count(len(arguments), 'argument')} is not a known function"
        )

    def _take(self, *signs: str) -> str | None:
        kind, found = self._tokens[0]
        if kind != "sign" or found not in signs:
            return None
        self._tokens.pop(0)
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._expected(repr(sign), self._tokens[0][1])

    def _expected(self, wanted: str, found: str) -> ExpressionError:
        return ExpressionError(f"{self._text!r}: {wanted} is expected instead of {found!r}")


def _constant(value: Any) -> Expression:
    return lambda _names: value


def _variable(name: str) -> Expression:
    def value(names: Names) -> Any:
        if name not in names:
            raise ExpressionError(f"{name} is not known: the known names are {', '.join(names) or 'none'}")
        return names[name]

    return value


def _applied(operation: Callable[..., Any], *operands: Expression) -> Expression:
    return lambda names: operation(*(operand(names) for operand in operands))


def _choice(condition: Expression, yes: Expression, no: Expression) -> Expression:
    return lambda names: yes(names) if _is_true(condition(names)) else no(names)


def _is_true(value: Any) -> bool:
    """Whether a condition holds: a missing datapoint, zero and an empty string are false."""
    return bool(value) and not _is_missing(value)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
