"""Fonts that a job brings along, as Chromium shows the very same files by `@font-face`."""

from functools import cache
from pathlib import Path

import pytest

from tests import fonts as made
from tests.golden import browser
from tests.golden.likeness import Likeness, Pixels, compare
from tests.golden.painted import WIDTH, painted
from worker.job import Job
from worker.job.style import parse_style
from worker.text.typefaces import FONTS
from worker.video.fonts import typefaces

CONTENT = "Hôtel de la Plage, AVA"
FILES = {"ttf": made.TTF, "woff2": made.woff2(), "otf": made.otf(CONTENT), "variable": made.variable()}
CONTENTS = {"variable": "AAA"}
LACKING = {"thickened": ("700", "normal"), "slanted": ("400", "italic"), "both": ("900", "italic")}
"""Weight and slope that are asked of a file that is said to be of weight 400 and upright."""

FILES |= dict.fromkeys(LACKING, next(FONTS.rglob("Lato_400Regular.ttf")).read_bytes())
STYLE = {"fontFamily": "Maison", "fontSize": 84, "textShadow": "2px 2px 4px #000"}
HEIGHT = 300


def ours(kind: str, folder: Path) -> Pixels:
    source = folder / f"{kind}.font"
    font = {"family": "Maison", "source": "s3://b/f", "weight": 400 if kind in LACKING else 700}
    weight, slope = LACKING.get(kind, ("700", "normal"))
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
    return painted(job.texts[0], typefaces(job, {"s3://b/f": source}, target), HEIGHT)


@cache
def results(folder: Path) -> dict[str, Likeness]:
    boxes = []
    for kind, data in FILES.items():
        source = folder / f"{kind}.font"
        source.write_bytes(data)
        weight = "100 900" if kind == "variable" else "400" if kind in LACKING else "700"
        bold, slope = LACKING.get(kind, ("700", "normal"))
        face = f"@font-face{{font-family:'{kind}';font-weight:{weight};src:url('file://{source}')}}"
        css = {"font-family": f"'{kind}'", "font-weight": bold, "font-size": "84px", "font-style": slope}
        css["text-shadow"] = "2px 2px 4px #000"
        box = browser.text_box(CONTENTS.get(kind, CONTENT), (540, 150), css)
        boxes.append(f"<style>{face}</style>{box}")
    theirs = browser.stages(boxes, WIDTH, HEIGHT)
    return {kind: compare(ours(kind, folder), picture) for kind, picture in zip(FILES, theirs, strict=True)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fonts")


@pytest.mark.parametrize("kind", FILES)
def test_a_jobs_font_looks_as_in_the_browser(kind: str, folder: Path) -> None:
    likeness = results(folder)[kind]
    is_coarse = kind == "thickened"  # Chromium fits the thickened outlines to whole lines of pixels; we don't
    assert likeness.ssim >= (0.97 if is_coarse else 0.995), likeness
    assert likeness.mean <= (2.0 if is_coarse else 0.6), likeness
    assert likeness.offset <= 1, likeness
