"""Every row of the corpus, rendered: the exact picture at each in-point and at the end, and sound within 5 ms."""

from pathlib import Path

import pytest

from tests.footage import marked, table
from tests.footage.corpus import FPS, ROWS, Footage
from tests.footage.drawn import draw
from tests.worker.rendering import renderer
from worker.job import Clip, Output

OUTPUT = Output.model_validate({"width": 80, "height": 80, "quality": "draft"})
SECONDS = 0.4


def check(footage: Footage, tmp_path: Path) -> None:
    """Render clips from each in-point, and compare what they show and sound with what is expected."""
    source = footage.make(tmp_path / footage.name)
    clips = tuple(Clip(source="a", in_point=at, duration=SECONDS, fit="stretch") for at in footage.in_points)
    rendered = renderer(tmp_path)({"a": source}, output=OUTPUT, clips=clips)
    numbers, frames = marked.numbers(rendered), round(SECONDS * FPS)
    assert numbers == [footage.shown(at, frame) for at in footage.in_points for frame in range(frames)]
    for index, at in enumerate(footage.in_points if footage.has_sound else ()):
        sound = rendered.sound[round(index * SECONDS * marked.RATE) :]
        heard = marked.heard(sound, at, SECONDS)
        begins = max(footage.late - at, 0.0)
        assert heard.silence <= begins + 0.005
        assert abs(heard.late_first - footage.late) <= 0.005
        assert abs(heard.late_last - footage.late) <= 0.005
    assert not rendered.video.warnings


@pytest.mark.slow
@pytest.mark.parametrize("footage", ROWS, ids=lambda row: row.name)
def test_footage_plays_exactly(footage: Footage, tmp_path: Path) -> None:
    check(footage, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 39])
def test_drawn_footage_plays_exactly(seed: int, tmp_path: Path) -> None:
    check(draw(seed), tmp_path)


def test_the_page_of_the_corpus_is_up_to_date() -> None:
    assert table.PAGE.read_text(encoding="utf-8") == table.text(), "python -m tests.footage.table"


@pytest.mark.slow
@pytest.mark.parametrize("footage", [row for row in ROWS if row.ends], ids=lambda row: row.name)
def test_a_clip_without_a_duration_ends_with_its_file(footage: Footage, tmp_path: Path) -> None:
    source = footage.make(tmp_path / footage.name)
    clips = (Clip(source="a", in_point=2.0, fit="stretch"),)
    numbers = marked.numbers(renderer(tmp_path)({"a": source}, output=OUTPUT, clips=clips))
    assert numbers[:28] == [footage.shown(2.0, frame) for frame in range(28)]
    assert len(numbers) in {30, 31, 32}
