"""Reads the fields of a style, however their names are written, and reports what can't be used.

A malformed value becomes the default and a warning. Of several spellings of one field the editor's own wins: camelCase,
then kebab-case, then snake_case.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from worker.job import css, limits
from worker.job.css import CssError
from worker.job.css_properties import is_css_property
from worker.job.errors import JobWarning, WarningCode

T = TypeVar("T")

_CAPITAL = re.compile(r"[A-Z]")

_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})


class Field(NamedTuple):
    """A field as it was sent."""

    name: str
    value: object


class StyleFields:
    """The fields of one style; `pointer` is its JSON pointer. Fields are asked for in snake_case."""

    def __init__(self, raw: Mapping[str, Any], pointer: str) -> None:
        self._pointer = pointer
        self._fields: dict[str, Field] = {}
        self.warnings: list[JobWarning] = []
        for name in sorted(map(str, raw), key=lambda name: ("_" in name, "-" in name)):
            value = raw.get(name)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                self._fields.setdefault(_snake_case(name), Field(name, value))

    def find(self, field: str) -> Field | None:
        """The field in its preferred spelling; None where it is absent, null or blank."""
        return self._fields.get(field)

    def read(self, field: str, parse: Callable[[object], T], default: T) -> T:
        """The parsed value; the default where the field is absent, or (reported) can't be parsed."""
        found = self.find(field)
        if found is None:
            return default
        try:
            if isinstance(found.value, str) and len(found.value) > limits.STYLE_CHARACTERS:
                raise CssError(f"at most {limits.STYLE_CHARACTERS} characters are possible")
            return parse(found.value)
        except CssError as error:
            self.warn(field, str(error))
            return default

    def length(self, field: str, font_size: float, *, negative: bool = False) -> float:
        """A length in px within the limits; 0 where it is absent."""
        value = self.read(field, lambda raw: css.length(raw, font_size), 0.0)
        return self.clamp(field, value, -limits.LENGTH_PX_MAX if negative else 0.0, limits.LENGTH_PX_MAX)

    def clamp(self, field: str, value: float, low: float, high: float) -> float:
        """A value in px within `low` to `high`; one outside is reported."""
        if not low <= value <= high:
            self.warn(field, f"{low:g} to {high:g} px is possible")
        return min(max(value, low), high)

    def percent(self, field: str) -> float | None:
        """An opacity of 0 to 100 as 0 to 1; None where it is absent or can't be read."""
        return self.read(field, css.percent, None)

    def is_set(self, field: str) -> bool:
        """Whether an old field that is true or false is set; `"true"` and 1 occur."""
        return self._word(field) in _TRUE

    def is_flag(self, field: str) -> bool:
        """Whether a field holds true or false, in any form, and no value of CSS."""
        return self._word(field) in _TRUE | _FALSE

    def warn(self, field: str, reason: str) -> None:
        """Report, once, that a field's value was not used unchanged."""
        name, value = self.find(field) or Field(field, "")
        self._report(WarningCode.STYLE_VALUE, name, f"{_shown(name, value)} was not used: {reason}.")

    def warn_of_font(self, field: str, wanted: str, painted: str) -> None:
        """Report that another font than the first one wanted is painted."""
        name, _ = self.find(field) or Field(field, "")
        sentence = f"The font {wanted[:60]!r} is not one of ours: the text is painted in {painted}."
        self._report(WarningCode.FONT_SUBSTITUTED, name, sentence)

    def warn_of_unsupported(self, supported: Collection[str]) -> None:
        """Report each field that is a property of CSS, but none of those `supported`."""
        for field, (name, value) in self._fields.items():
            if field not in supported and is_css_property(field):
                sentence = f"{_shown(name, value)} is not painted: texts don't support this property of CSS."
                self._report(WarningCode.STYLE_UNSUPPORTED, name, sentence)

    def _word(self, field: str) -> str:
        found = self.find(field)
        return str(found.value).strip().lower() if found else ""

    def _report(self, code: WarningCode, name: str, sentence: str) -> None:
        warning = JobWarning(code, f"{self._pointer}/{name}", sentence)
        if warning not in self.warnings:
            self.warnings.append(warning)


def style_warning(pointer: str, value: object, reason: str) -> JobWarning:
    """The warning of a style that is none."""
    return JobWarning(WarningCode.STYLE_VALUE, pointer, f"{_shown('style', value)} was not used: {reason}.")


def _shown(name: str, value: object) -> str:
    shown = repr(value)
    return f"The style's {name} {shown if len(shown) <= 60 else shown[:57] + '...'}"


def _snake_case(name: str) -> str:
    """A field's name in snake_case: `fontSize`, `font-size`, `WebkitTextStroke` and `-webkit-text-stroke` are known."""
    return _CAPITAL.sub(lambda capital: f"_{capital[0]}", name).lower().replace("-", "_").strip("_")
