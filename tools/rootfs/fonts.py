"""The layer `fonts`: the fonts and licences of the packages of worker/fonts."""

import re
from pathlib import Path

from tools.rootfs.building import index_environment, run


def make(folder: Path) -> None:
    """Install what `folder`/package-lock.json pins, and delete all files except fonts and licences."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  Debian's package; the other layers don't need it

    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, environment=index_environment())
    for path in folder.rglob("*"):
        if path.is_file() and not (path.suffix == ".ttf" or re.match("LICENSE", path.name)):
            path.unlink()
    for emoji in folder.rglob("NotoColorEmoji_*.ttf"):
        with TTFont(emoji) as font:
            # Each emoji is in the font twice: Skia paints the COLR table; the SVG table is for browsers, 20 of 25 MB.
            del font["SVG "]
            font.save(emoji)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
