"""worker/text/layout/line_breaks.py: where lines may break. Chromium's answer is in tests/golden/."""

import pytest

from worker.job import Style
from worker.text.fonts.catalog import bundled
from worker.text.layout.typesetter import Typesetter


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
    assert Typesetter(Style(), bundled()).segments(marked.replace("|", "")) == marked.split("|")


def test_kerned_letters_are_not_mistaken_for_a_break() -> None:
    """Lato's L and apostrophe are kerned by a third of their width, and a break is inferred from the width."""
    assert Typesetter(Style(font_family="Lato"), bundled()).segments("L’Étoile d’Or") == ["L’Étoile ", "d’Or"]
