"""Terraform's expressions, as far as a stack's numbers need them: variables, comparison, choice, arithmetic.

The JSON says `${var.worker_image_tag == "" ? 0 : var.warm_pool_size}`; what a fleet costs depends on the
number that this comes to. What refers to other resources has no value before it exists, and evaluates to `UNKNOWN`.
https://developer.hashicorp.com/terraform/language/expressions
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any


class _Unknown:
    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN: Any = _Unknown()
"""The value of what is known only once it exists."""

_TOKEN = re.compile(
    r'\s*(?:(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*")|([A-Za-z_][\w.-]*)|(==|!=|<=|>=|&&|\|\||[-+*/%<>!?:(),]))'
)
_BINARY: tuple[Mapping[str, Callable[[Any, Any], Any]], ...] = (
    {"||": lambda left, right: bool(left or right)},
    {"&&": lambda left, right: bool(left and right)},
    {"==": operator.eq, "!=": operator.ne},
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv, "%": operator.mod},
)
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "max": max,
    "min": min,
    "floor": lambda number: int(number // 1),
    "ceil": lambda number: -int(-number // 1),
    "tonumber": lambda text: float(text) if "." in str(text) else int(text),
    "tostring": str,
}
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class _NotUnderstoodError(Exception):
    """The expression has a form that this doesn't know, or a value that can't be known yet."""


def evaluate(value: Any, variables: Mapping[str, Any]) -> Any:
    """A JSON value with its expressions replaced by their values, or by `UNKNOWN`.

    Params:
        value: of a resource's argument; text that isn't one whole `${…}` stays as it is.
        variables: Terraform's variables by name.
    """
    if isinstance(value, dict):
        return {key: evaluate(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, variables) for item in value]
    if not (isinstance(value, str) and value.startswith("${") and value.endswith("}")):
        return value
    try:
        return _Reader(value[2:-1], variables).whole()
    except (_NotUnderstoodError, TypeError, ValueError, ZeroDivisionError):
        return UNKNOWN


class _Reader:
    """Reads one expression, weakest operator first."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = list(_tokens(text))
        self._variables = variables

    def whole(self) -> Any:
        value = self._choice()
        if self._tokens:
            raise _NotUnderstoodError
        return value

    def _choice(self) -> Any:
        condition = self._binary(0)
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        no = self._choice()
        return yes if condition else no

    def _binary(self, level: int) -> Any:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while self._tokens and self._tokens[0] in _BINARY[level]:
            combine = _BINARY[level][self._tokens.pop(0)]
            left = combine(left, self._binary(level + 1))
        return left

    def _unary(self) -> Any:
        if self._take("!"):
            return not self._unary()
        if self._take("-"):
            return -self._unary()
        if self._take("("):
            value = self._choice()
            self._expect(")")
            return value
        return self._term()

    def _term(self) -> Any:
        if not self._tokens:
            raise _NotUnderstoodError
        token = self._tokens.pop(0)
        if token[0].isdigit():
            return float(token) if "." in token else int(token)
        if token[0] == '"':
            return token[1:-1].replace('\\"', '"')
        if token in _CONSTANTS:
            return _CONSTANTS[token]
        if token.startswith("var.") and token[4:] in self._variables:
            return self._variables[token[4:]]
        if token in _FUNCTIONS and self._take("("):
            return _FUNCTIONS[token](*self._arguments())
        raise _NotUnderstoodError

    def _arguments(self) -> list[Any]:
        arguments = [self._choice()]
        while self._take(","):
            arguments.append(self._choice())
        self._expect(")")
        return arguments

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _NotUnderstoodError


def _tokens(text: str) -> list[str]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _NotUnderstoodError
        tokens.append(match[match.lastindex or 0])
        position = match.end()
    return tokens
