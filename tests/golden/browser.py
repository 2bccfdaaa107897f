"""Headless Chromium as the test oracle: paints HTML and returns pixels.

Chromium is Debian's. It paints at device scale 1, in software, with the font files that the worker uses.
"""

import html
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skia

from worker.text.fonts.catalog import _FILE_NAME, EMOJI, FALLBACKS, FONTS

Pixels = npt.NDArray[np.float64]
"""Rows, columns, RGB from 0 to 255."""

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
    "--allow-file-access-from-files",
    "--virtual-time-budget=4000",  # a slow emoji font would leave the picture blank
)

FAMILY_NAMES = {"OpenSans": "Open Sans", "NotoSans": "Noto Sans", "NotoColorEmoji": EMOJI}

FALLBACK_STACK = ", ".join(f"'{family}'" for family in (*FALLBACKS, EMOJI))


class NoChromiumError(RuntimeError):
    """Chromium isn't installed."""


def executable() -> str:
    """Path of Chromium. Raises `NoChromiumError`, which says how to install it."""
    found = next((path for name in EXECUTABLES if (path := shutil.which(name))), None)
    if found is None:
        raise NoChromiumError(
            "The golden tests compare with Chromium, which isn't installed: `apt-get install chromium`, then again."
        )
    return found


def screenshot(body: str, width: int, height: int) -> Pixels:
    """What Chromium paints for the HTML `body` in a window of `width` x `height`."""
    with tempfile.TemporaryDirectory(prefix="golden-") as name:
        folder = Path(name)
        picture = folder / "page.png"
        _run(folder, body, f"--window-size={width},{height}", f"--screenshot={picture}")
        image = skia.Image.open(str(picture)).toarray(colorType=skia.kRGBA_8888_ColorType)
    pixels: Pixels = image[..., :3].astype(float)
    return pixels


def evaluate(body: str, script: str) -> str:
    """The body's text after `script` has run on the HTML `body`."""
    with tempfile.TemporaryDirectory(prefix="golden-") as folder:
        page = _run(Path(folder), f"{body}<script>{script}</script>", "--dump-dom")
    return html.unescape(page.partition("<body>")[2].partition("</body>")[0])


def _run(folder: Path, body: str, *options: str) -> str:
    faces = _font_faces()
    page = f"<!doctype html><meta charset=utf-8><style>{faces} body{{margin:0;background:#808080}}</style>{body}"
    source = folder / "page.html"
    source.write_text(page, encoding="utf-8")
    command = [executable(), *FLAGS, f"--user-data-dir={folder}/profile", *options, f"file://{source}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def text_box(
    content: str,
    at: tuple[float, float],
    css: Mapping[str, str],
    *,
    max_width: float | None = None,
    rotation: float = 0,
) -> str:
    """The editor's element: centered on a position, one line unless the content breaks or `max_width` makes it wrap."""
    rules = {
        "position": "absolute",
        "left": f"{at[0]}px",
        "top": f"{at[1]}px",
        "transform": f"translate(-50%, -50%){f' rotate({rotation}deg)' if rotation else ''}",
        "width": "max-content",
        "white-space": "pre-line",
        "text-align": "center",
        "color": "#ffffff",
        "font-size": "48px",
        **({"max-width": f"{max_width}px"} if max_width else {}),
        **css,
    }
    rules["font-family"] = f"{css.get('font-family', 'Roboto')}, {FALLBACK_STACK}"
    style = html.escape("; ".join(f"{name}: {value}" for name, value in rules.items()), quote=True)
    return f'<div style="{style}">{html.escape(content)}</div>'


def stages(boxes: Sequence[str], width: int, height: int, *, batch: int = 10) -> list[Pixels]:
    """Paint each box on a separate gray stage, several stages per page."""
    pictures: list[Pixels] = []
    for start in range(0, len(boxes), batch):
        part = boxes[start : start + batch]
        body = "".join(
            f'<div style="position:absolute;left:0;top:{row * height}px;width:{width}px;height:{height}px;'
            f'overflow:hidden">{box}</div>'
            for row, box in enumerate(part)
        )
        page = screenshot(body, width, height * len(part))
        pictures += [page[row * height : (row + 1) * height] for row in range(len(part))]
    return pictures


def _font_faces() -> str:
    faces: list[str] = []
    for path in sorted(FONTS.rglob("*.ttf")):
        if match := _FILE_NAME.fullmatch(path.name):
            name = match["family"]
            family = FAMILY_NAMES.get(name, f"Noto Sans {name[8:]}" if name.startswith("NotoSans") else name)
            slope = "italic" if match["italic"] else "normal"
            faces.append(
                f"@font-face{{font-family:'{family}';font-weight:{match['weight']};font-style:{slope};"
                f"src:url('file://{path}')}}"
            )
    return "".join(faces)
