"""CSS's `text-transform`: the letters' case, before anything is shaped.

https://www.w3.org/TR/css-text-3/#text-transform-property. No language is known, so that case follows Unicode's general
rules: ß becomes SS, accents stay, and i has its dot in no other way than in French or English.
"""

import regex

from worker.job.css import TextTransform

_WORD_START = regex.compile(r"\b\w|(?<=[.:])\w", regex.WORD)
"""First letter or digit of a word by Unicode's word boundaries (UAX #29): an apostrophe inside a word begins none. A
browser's words also end at a full stop and a colon."""


def transform(text: str, how: TextTransform) -> str:
    """The text in the case that is asked for; `capitalize` changes the first letter of each word alone."""
    match how:
        case "uppercase":
            return text.upper()
        case "lowercase":
            return text.lower()
        case "capitalize":
            return str(_WORD_START.sub(lambda match: _titlecase(match[0]), text))
    return text


def _titlecase(letter: str) -> str:
    """The capital of a letter; one whose capital is two letters (ß, ﬁ) stays, as in a browser."""
    capital = letter.title()
    return capital if len(capital) == 1 else letter
