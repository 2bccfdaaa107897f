"""Writes what a benchmark found into its section of a page, between the marks of its make target."""

from pathlib import Path


def write_section(page: Path, target: str, text: str) -> None:
    """Replace what is between the marks of `make TARGET` by a text that ends with a newline."""
    begin, end = f"<!-- make {target}: begin -->\n", f"<!-- make {target}: end -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(f"{before}{begin}{text}{end}{rest.partition(end)[2]}", encoding="utf-8")
