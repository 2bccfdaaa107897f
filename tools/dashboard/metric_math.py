"""CloudWatch's metric math, as far as our dashboard speaks it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]

_BINARY: Mapping[type[ast.operator], Callable[[Series, Series], Series]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Series, Series], npt.NDArray[np.bool_]]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}


def evaluate(expression: str, series: Mapping[str, Series], period: float) -> Series:
    """An expression over series of one length and period, in seconds. No data, and a division by zero, give no data.

    Raises ValueError for what CloudWatch may know and this doesn't.
    """
    text = re.sub(r"\bAND\b", "and", re.sub(r"\bOR\b", "or", expression))
    length = len(next(iter(series.values())))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.broadcast_to(_value(ast.parse(text, mode="eval").body, series, period), length)
    result: Series = np.where(np.isfinite(value), value, np.nan)
    return result


def _value(node: ast.expr, series: Mapping[str, Series], period: float) -> Series:  # noqa: PLR0911  a case each
    def value(part: ast.expr) -> Series:
        return _value(part, series, period)

    match node:
        case ast.Constant(value=int() | float() as number):
            return np.array(float(number))
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](value(left), value(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](value(left), value(right)).astype(float)
        case ast.BoolOp(op=op, values=parts):
            combine = np.minimum if isinstance(op, ast.And) else np.maximum
            combined: Series = combine.reduce([value(part) for part in parts])
            return combined
        case ast.Call(func=ast.Name(id="IF"), args=[condition, true, false]):
            return np.where(value(condition) > 0, value(true), value(false))
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, filler]):
            found = value(filled)
            return np.where(np.isnan(found), value(filler), found)
        case ast.Call(func=ast.Name(id="PERIOD"), args=[_]):
            return np.array(period)
    raise ValueError(f"{ast.unparse(node)!r} is no metric math that the preview knows")
