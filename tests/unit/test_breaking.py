"""worker/text/breaking.py: where lines may break. What Chromium makes of the same texts is in tests/golden/."""

import pytest

from worker.job import Style
from worker.text.typefaces import bundled
from worker.text.typesetting import Typesetter


@pytest.mark.parametrize(
    "marked",
    [
        "petit-|déjeuner |à |côté",
        "100\u00a0% |l'été |20-|30",
        "東|京|の|夏。",
        "「你|好」",
        "โรงแรม|ริม|ทะเล",
        "សូម|ស្វាគមន៍មក|កាន់",
        "🇫🇷|👩‍🍳|❤️",
        "http://a.b/c?|d=e",
        "-5",
        "près\u00a0-20 |%",
        "oui |–|\u00a0non",
        "「海」\u3000|「山」",
        "",
    ],
)
def test_lines_break_where_the_script_allows(marked: str) -> None:
    assert Typesetter(Style(), bundled()).pieces(marked.replace("|", "")) == marked.split("|")


def test_letters_that_reach_over_each_other_are_not_taken_for_two_lines() -> None:
    """Lato's L and apostrophe are kerned by a third of their width, which is what a break is known by."""
    assert Typesetter(Style(font_family="Lato"), bundled()).pieces("L’Étoile d’Or") == ["L’Étoile ", "d’Or"]
