"""Custom fonts of a job, compared with Chromium's `@font-face` of the same files."""

from functools import cache
from pathlib import Path

import pytest

from tests import fonts
from tests.golden import browser
from tests.golden.likeness import Likeness, Pixels, compare
from tests.golden.worker_pixels import WIDTH, worker_pixels
from worker.job import Job
from worker.job.style import parse_style
from worker.text.fonts.catalog import FONTS

CONTENT = "Hôtel de la Plage, AVA"
KINDS = ("ttf", "woff2", "otf", "variable")
CONTENTS = {"variable": "AAA"}
SYNTHETIC = {"bold": ("700", "normal"), "italic": ("400", "italic"), "bold-italic": ("900", "italic")}
"""Weight and slope requested of a file that is declared as weight 400 and upright."""

STYLE = {"fontFamily": "Maison", "fontSize": 84, "textShadow": "2px 2px 4px #000"}
HEIGHT = 300


def files() -> dict[str, bytes]:
    made = {"ttf": fonts.TTF, "woff2": fonts.woff2(), "otf": fonts.otf(CONTENT), "variable": fonts.variable()}
    return made | dict.fromkeys(SYNTHETIC, next(FONTS.rglob("Lato_400Regular.ttf")).read_bytes())


def ours(kind: str, folder: Path) -> Pixels:
    source = folder / f"{kind}.font"
    font = {"family": "Maison", "source": "s3://b/f", "weight": 400 if kind in SYNTHETIC else 700}
    weight, slope = SYNTHETIC.get(kind, ("700", "normal"))
    style, _ = parse_style({**STYLE, "fontWeight": weight, "fontStyle": slope}, "", ["Maison"])
    text = {"content": CONTENTS.get(kind, CONTENT), "style": style, "position": {"x": 540, "y": 150}}
    job = Job.model_validate(
        {
            "job_id": "j",
            "video_id": "v",
            "clips": [{"source": "s3://b/c", "duration": 1}],
            "fonts": [font],
            "texts": [text],
        }
    )
    target = folder / kind
    target.mkdir()
    return worker_pixels(job.texts[0], fonts.typefaces(job, {"s3://b/f": source}, target), HEIGHT)


@cache
def results(folder: Path) -> dict[str, Likeness]:
    boxes = []
    for kind, data in files().items():
        source = folder / f"{kind}.font"
        source.write_bytes(data)
        weight = "100 900" if kind == "variable" else "400" if kind in SYNTHETIC else "700"
        bold, slope = SYNTHETIC.get(kind, ("700", "normal"))
        face = f"@font-face{{font-family:'{kind}';font-weight:{weight};src:url('file://{source}')}}"
        css = {"font-family": f"'{kind}'", "font-weight": bold, "font-size": "84px", "font-style": slope}
        css["text-shadow"] = "2px 2px 4px #000"
        box = browser.text_box(CONTENTS.get(kind, CONTENT), (540, 150), css)
        boxes.append(f"<style>{face}</style>{box}")
    theirs = browser.stages(boxes, WIDTH, HEIGHT)
    return {
        kind: compare(ours(kind, folder), picture) for kind, picture in zip((*KINDS, *SYNTHETIC), theirs, strict=True)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


@pytest.mark.parametrize("kind", [*KINDS, *SYNTHETIC])
def test_a_custom_font_looks_as_in_the_browser(kind: str, folder: Path) -> None:
    likeness = results(folder)[kind]
    is_coarse = kind == "bold"  # Chromium snaps the emboldened outlines to whole rows of pixels; the worker doesn't
    assert likeness.ssim >= (0.97 if is_coarse else 0.995), likeness
    assert likeness.mean <= (2.0 if is_coarse else 0.6), likeness
    assert likeness.offset <= 1, likeness
