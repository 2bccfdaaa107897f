"""The layer `fonts`: the packages of worker/fonts, of which the image keeps fonts and licences."""

import re
from pathlib import Path

from tools.rootfs.building import index_environment, run


def make(folder: Path) -> None:
    """Install what `folder`/package-lock.json pins, and drop what isn't painted with."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  Debian's; the other layers do without

    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, environment=index_environment())
    for path in folder.rglob("*"):
        if path.is_file() and not (path.suffix == ".ttf" or re.match("LICENSE", path.name)):
            path.unlink()
    for emoji in folder.rglob("NotoColorEmoji_*.ttf"):
        with TTFont(emoji) as font:
            # Every emoji twice: Skia paints those of the table COLR; the SVG ones are 20 of 25 MB, for some browsers.
            del font["SVG "]
            font.save(emoji)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
