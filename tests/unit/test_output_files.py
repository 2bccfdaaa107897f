"""worker/video/plan/output_files.py by value: which files are encoded, and from which composition."""

from typing import Any

import pytest
from pydantic import ValidationError

from worker.job import Output, Rendition
from worker.video.plan.output_files import compositions, files


def sizes(**fields: Any) -> list[tuple[tuple[int, int], list[tuple[str, tuple[int, int]]]]]:
    composed = compositions(files(Output(**fields)))
    return [(size, [(file.file, file.size) for file in group]) for size, group in composed]


def rendition(name: str, width: int, height: int) -> Rendition:
    return Rendition(name=name, width=width, height=height)


def test_the_ladder_is_scaled_from_the_video() -> None:
    assert sizes(hls=True) == [
        (
            (1080, 1920),
            [("video.mp4", (1080, 1920)), ("rung-720p.mp4", (720, 1280)), ("rung-480p.mp4", (480, 854))],
        )
    ]
    assert [file.rung for file in files(Output(hls=True))] == ["1080p", "720p", "480p"]
    assert [file.rung for file in files(Output(width=640, height=360, hls=True))] == ["360p"]


def test_another_shape_and_a_larger_size_are_composed_separately() -> None:
    wanted = (rendition("small", 540, 960), rendition("tiny-square", 200, 200), rendition("square", 720, 720))
    assert sizes(width=720, height=1280, renditions=(*wanted, rendition("large", 1080, 1920))) == [
        ((720, 1280), [("video.mp4", (720, 1280)), ("rendition-small.mp4", (540, 960))]),
        ((1080, 1920), [("rendition-large.mp4", (1080, 1920))]),
        ((720, 720), [("rendition-square.mp4", (720, 720)), ("rendition-tiny-square.mp4", (200, 200))]),
    ]


@pytest.mark.parametrize("names", [("a", "a"), ("video",), ("../up",), ("Upper",), ("",)])
def test_renditions_have_unique_safe_names(names: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        Output(renditions=tuple(rendition(name, 100, 100) for name in names))
