"""A sound that can't be decoded costs a warning, and not the picture."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.footage import marked
from tests.worker.rendering import renderer
from worker.job import Clip, Output, WarningCode

X264 = ("-c:v", "libx264", "-preset", "ultrafast")
OUTPUT = Output.model_validate({"width": 80, "height": 80, "quality": "draft"})


def _unknown(folder: Path) -> Path:
    dts = ("-c:a", "dca", "-strict", "-2", "-ar", "48000")
    return marked.make(folder / "dts.mkv", X264, dts, shown=range(30))


def _broken(folder: Path) -> Path:
    path = marked.make(folder / "broken.mov", X264, ("-c:a", "alac"), shown=range(30))
    with av.open(str(path)) as container:
        places = [(entry.pos, entry.size) for entry in container.streams.audio[0].index_entries]
    data = bytearray(path.read_bytes())
    for begin, size in places:
        data[begin : begin + size] = b"\xff" * size
    path.write_bytes(data)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("make", [_unknown, _broken])
def test_a_sound_that_cannot_be_decoded_costs_a_warning(make: Callable[[Path], Path], tmp_path: Path) -> None:
    source = make(tmp_path)
    clips = (Clip(source="a", duration=0.5, fit="stretch", pointer="/clips/0/source"),) * 2
    rendered = renderer(tmp_path)({"a": source}, output=OUTPUT, clips=clips)
    assert marked.numbers(rendered)[:15] == list(range(15))
    assert [(each.code, each.pointer) for each in rendered.video.warnings] == [
        (WarningCode.SOUND_DROPPED, "/clips/0/source")
    ]
    assert not rendered.sound.any()
