"""Jobs at the edges of the contract's limits: rendered, within the memory of a task."""

from pathlib import Path

import pytest

from tests.worker.rendering import RAMP, make_source, renderer
from worker.job import Audio, Clip, Output, Position, Rendition, Text, Transition, limits
from worker.job.style import Style
from worker.video import ffmpeg


@pytest.mark.slow
def test_every_number_at_its_limit_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 clips with transitions, 100 texts, six renditions of other shapes, a ladder, a soundtrack: 900 inputs."""
    inputs: list[int] = []
    run = ffmpeg.run

    def counted(arguments: list[str], *others: object, **options: object) -> None:
        inputs.append(arguments.count("-i"))
        run(arguments, *others, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ffmpeg, "run", counted)
    source = make_source(tmp_path / "a.mp4", RAMP, size=(64, 36), seconds=1, audio="sine=r=44100:d=1")
    clip = Clip(source="a", duration=0.3, transition=Transition(type="crossfade", duration=0.1))
    style = Style.model_validate({"font_size": 30.0, "background": (255, 255, 255, 0.5)})
    texts = tuple(
        Text(content=f"Chambre n° {number}", position=Position(x=540, y=19 * number), style=style)
        for number in range(limits.TEXTS)
    )
    renditions = tuple(
        Rendition(name=f"r{number}", width=64 + 2 * number, height=64, quality="draft")
        for number in range(limits.RENDITIONS)
    )
    result = renderer(tmp_path)(
        {"a": source, "m": source},
        clips=(clip,) * limits.CLIPS,
        texts=texts,
        output=Output(width=64, height=114, quality="draft", hls=True, renditions=renditions),
        audio=Audio(soundtrack="m", loop=True, loudness=-14),
    )
    assert len(result.pictures) == round(30 * (0.3 * 100 - 0.1 * 99))
    assert sum(inputs) > limits.CLIPS + (1 + limits.RENDITIONS) * limits.TEXTS
    assert max(inputs) < 500
