"""The table in docs/reference/footage.md, from the corpus. `python -m tests.footage.table` writes it."""

from pathlib import Path

from tests.footage.corpus import ROWS

PAGE = Path(__file__).parents[2] / "docs/reference/footage.md"

_INTRODUCTION = """# Footage

What phones, editors and recorders write, and what is rendered exactly: each row is a file that `tests/footage` makes
and renders. Tested is the picture of every frame from these in-points on, and, where there is sound, that it begins
within 5 ms and is in time. `make footage` draws more combinations by chance.

"""


def text() -> str:
    """The whole page."""
    lines = ["| container | codecs | oddity | in-points, s |", "| --- | --- | --- | --- |"]
    for row in sorted(ROWS, key=lambda row: (row.container, row.codecs, row.oddity)):
        in_points = ", ".join(f"{at:g}" for at in row.in_points)
        lines.append(f"| {row.container} | {row.codecs} | {row.oddity} | {in_points} |")
    return _INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
