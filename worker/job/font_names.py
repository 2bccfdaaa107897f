"""Font names as senders write them: CSS lists, names of faces (`Montserrat Bold`), names of fonts that others replace.

The worker paints with its own fonts and with those that the job brings, never with the machine's.
"""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from worker.job.css import CssError

FAMILIES = {
    "roboto": "Roboto",
    "open sans": "Open Sans",
    "montserrat": "Montserrat",
    "lato": "Lato",
    "tinos": "Tinos",
}
"""Font families of the worker, by their lower-case names."""

SUBSTITUTES = {
    "arial": "Roboto",
    "helvetica": "Roboto",
    "helvetica neue": "Roboto",
    "georgia": "Tinos",
    "times": "Tinos",
    "times new roman": "Tinos",
    "verdana": "Open Sans",
}
"""Families that replace widespread fonts which the worker doesn't have."""

GENERICS = {
    "sans-serif": "Roboto",
    "ui-sans-serif": "Roboto",
    "system-ui": "Roboto",
    "serif": "Tinos",
    "ui-serif": "Tinos",
}
"""CSS's generic families: https://www.w3.org/TR/css-fonts-4/#generic-font-families"""

DEFAULT_FAMILY = "Roboto"

_WEIGHTS = {
    "thin": 100,
    "extralight": 200,
    "light": 300,
    "regular": None,
    "medium": 500,
    "semibold": 600,
    "bold": 700,
    "extrabold": 800,
    "black": 900,
}
"""Weight of each word of a face's name (OpenType's usWeightClass); `Regular` leaves the weight to the style."""

_FACE = re.compile(
    rf"(?P<family>.+?)[ -](?:(?P<weight>{'|'.join(_WEIGHTS)})[ -]?(?P<slope>italic)?|(?P<italic>italic))", re.IGNORECASE
)


class FontChoice(NamedTuple):
    """The family to paint with; weight and slope where the name sets them; the name that was asked for first, where
    another font is painted in its place; and the families after it, for characters that it lacks."""

    family: str = DEFAULT_FAMILY
    weight: int | None = None
    italic: bool = False
    replaced: str | None = None
    others: tuple[str, ...] = ()


def choose_font(raw: object, own: Collection[str] = ()) -> FontChoice:
    """The first font of a CSS list that the worker has, that the job brings (`own`), or that one of ours replaces; the
    next ones are its `others`.

    Raises `CssError` where no name of the list is known.
    """
    names = [name for part in str(raw).split(",") if (name := " ".join(part.strip(" \t\r\n'\"").split()))]
    known = FAMILIES | {" ".join(family.split()).lower(): family for family in own}
    found = [(name, choice) for name in names if (choice := _choice(name, known))]
    if not found:
        raise CssError(f"the fonts are {', '.join(sorted(set(known.values())))}")
    (name, choice), *others = found
    replaced = choice.replaced if name == names[0] else names[0]
    return choice._replace(replaced=replaced, others=tuple(other.family for _, other in others))


def _choice(name: str, known: Mapping[str, str]) -> FontChoice | None:
    """The font of one name of a list; None where there is none."""
    if choice := _face(name, known):
        return choice
    if choice := _face(name, SUBSTITUTES):
        return choice._replace(replaced=name)
    return FontChoice(GENERICS[name.lower()]) if name.lower() in GENERICS else None


def _face(name: str, families: Mapping[str, str]) -> FontChoice | None:
    """The family of a name, and the weight and slope that end it; None where it is none of `families`."""
    if name.lower() in families:
        return FontChoice(families[name.lower()])
    match = _FACE.fullmatch(name)
    if match is None or match["family"].lower() not in families:
        return None
    weight = _WEIGHTS[match["weight"].lower()] if match["weight"] else None
    return FontChoice(families[match["family"].lower()], weight, italic=bool(match["slope"] or match["italic"]))
