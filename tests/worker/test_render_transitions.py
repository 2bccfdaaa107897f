"""Transitions, speed and camera motion in rendered videos."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.rendering import PLAIN, RAMP, Array, Renderer, make_source, renderer
from worker.job import Clip, Position, Text, Transition, WarningCode


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def plain(path: Path, color: str, **fields: Any) -> Path:
    return make_source(path, PLAIN.replace("606060", color), size=(270, 480), seconds=2, **fields)


def clips(kind: str, direction: str = "left", seconds: float = 0.5) -> tuple[Clip, ...]:
    leading = Transition.model_validate({"type": kind, "direction": direction, "duration": seconds})
    return (Clip(source="a", duration=1.0, transition=leading), Clip(source="b", duration=1.0))


DARK, LIGHT = 0x20, 0xC0


@pytest.mark.parametrize(
    ("kind", "direction", "expected"),
    [
        ("crossfade", "left", {"left": 0x70, "right": 0x70, "top": 0x70}),
        ("fade-black", "left", {"left": 0, "right": 0}),
        ("fade-white", "left", {"left": 255, "right": 255}),
        ("slide", "left", {"left": DARK, "right": LIGHT}),
        ("slide", "right", {"left": LIGHT, "right": DARK}),
        ("wipe", "up", {"top": DARK, "bottom": LIGHT}),
        ("wipe", "down", {"top": LIGHT, "bottom": DARK}),
    ],
)
def test_in_the_middle_of_a_transition(
    tmp_path: Path, rendered: Renderer, kind: str, direction: str, expected: dict[str, int]
) -> None:
    media = {"a": plain(tmp_path / "a.mp4", "202020"), "b": plain(tmp_path / "b.mp4", "c0c0c0")}
    result = rendered(media, clips=clips(kind, direction))
    assert result.video.measured.frames == 45  # 1 s + 1 s, of which half a second is shared
    middle = (result.pictures[22] + result.pictures[23]) / 2
    spots = {"left": (240, 20), "right": (240, 250), "top": (20, 135), "bottom": (460, 135)}
    for side, level in expected.items():
        assert middle[spots[side]].mean() == pytest.approx(level, abs=22), side
    assert result.pictures[14].mean() == pytest.approx(DARK, abs=4)
    assert result.pictures[30].mean() == pytest.approx(LIGHT, abs=4)


def test_a_zoom_ends_on_the_next_clip(tmp_path: Path, rendered: Renderer) -> None:
    media = {"a": plain(tmp_path / "a.mp4", "202020"), "b": plain(tmp_path / "b.mp4", "c0c0c0")}
    result = rendered(media, clips=clips("zoom"))
    assert result.pictures[14].mean() == pytest.approx(DARK, abs=4)
    assert result.pictures[30].mean() == pytest.approx(LIGHT, abs=4)


def test_texts_keep_their_times_and_frames_their_order(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, size=(270, 480), seconds=3)
    leading = Transition(type="crossfade", duration=0.2)
    result = rendered(
        {"a": source},
        clips=(
            Clip(source="a", duration=1.0),
            Clip(source="a", duration=1.0, transition=leading),
            Clip(source="a", duration=1.0, transition=leading),
            Clip(source="a", duration=1.0),
        ),
        texts=(Text(content="O", start=2.0, end=2.5, position=Position(x=540, y=200)),),
    )
    numbers = result.frame_numbers()
    assert len(numbers) == 108
    assert numbers[:54] == [*range(30), *range(24)]
    assert numbers[60:78] == list(range(6, 24))
    assert numbers[84:] == list(range(6, 30))
    seen = [bool(np.ptp(picture[30:70]) > 60) for picture in result.pictures]
    assert seen == [60 <= index < 75 for index in range(108)]


def test_sound_crossfades_without_a_dip(tmp_path: Path, rendered: Renderer) -> None:
    media = {
        "a": plain(tmp_path / "a.mp4", "202020", audio="sine=f=300:r=48000:d=2"),
        "b": plain(tmp_path / "b.mp4", "c0c0c0", audio="sine=f=700:r=48000:d=2"),
    }
    result = rendered(media, clips=clips("crossfade"))
    assert len(result.sound) / 48_000 == pytest.approx(1.5, abs=0.03)
    steady = result.loudness(0.1, 0.4)
    for start in np.arange(0.5, 1.0, 0.1):
        assert result.loudness(start, start + 0.1) == pytest.approx(steady, rel=0.15)


def test_a_cut_between_two_sounds_doesnt_click(tmp_path: Path, rendered: Renderer) -> None:
    media = {
        "a": plain(tmp_path / "a.mp4", "202020", audio="sine=f=100:r=48000:d=2"),
        "b": plain(tmp_path / "b.mp4", "c0c0c0", audio="aevalsrc='0.125*cos(2*PI*100*t)':s=48000:d=2"),
    }
    result = rendered(media, clips=(Clip(source="a", duration=0.5033), Clip(source="b", duration=0.5)))
    jumps = np.abs(np.diff(result.sound[:, 0]))
    assert jumps[20_000:28_000].max() < 0.006


def test_a_transition_that_doesnt_fit_is_shortened(tmp_path: Path, rendered: Renderer) -> None:
    source = plain(tmp_path / "a.mp4", "202020")
    result = rendered({"a": source, "b": source}, clips=clips("crossfade", seconds=5.0))
    assert result.video.measured.frames == 30
    assert [warning.code for warning in result.video.warnings] == [WarningCode.TRANSITION_SHORTENED]


@pytest.mark.parametrize("speed", [0.4, 2.0])
def test_speed(tmp_path: Path, rendered: Renderer, speed: float) -> None:
    clicks = "aevalsrc='0.9*between(t,1,1.01)*sin(2*PI*1000*t)':s=48000:d=3"
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=3, audio=clicks)
    result = rendered({"a": source}, clips=(Clip.model_validate({"source": "a", "in": 0.5, "speed": speed}),))
    assert len(result.pictures) == pytest.approx(2.5 / speed * 30, abs=1)
    numbers = result.frame_numbers()
    for index in range(0, len(numbers) - 3, 7):
        assert numbers[index] == pytest.approx(15 + index * speed, abs=1)
    onset = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.2)[0] / 48_000
    assert onset == pytest.approx(0.5 / speed, abs=0.1)  # a stretched click smears


def bars(picture: Array) -> Array:
    """Columns where a row turns from dark to light."""
    row = picture[240].mean(axis=1)
    return np.flatnonzero((row[1:] > 128) & (row[:-1] <= 128)).astype(float)


STRIPES = "color=black:s=WxH:r=RATE:d=SECONDS,format=yuv420p,geq=lum='16+219*mod(floor(X/27),2)':cb=128:cr=128"


@pytest.mark.parametrize(
    ("motion", "first", "last"),
    [("zoom-in", 27 * 2, 27 * 2 * 1.15), ("zoom-out", 27 * 2 * 1.15, 27 * 2), ("pan-left", 62.1, 62.1)],
)
def test_a_camera_moves_over_a_still(
    tmp_path: Path, rendered: Renderer, motion: str, first: float, last: float
) -> None:
    still = make_source(
        tmp_path / "a.png", STRIPES, size=(270, 480), seconds=0.1, options=("-frames:v", "1", "-c:v", "png")
    )
    result = rendered({"a": still}, clips=(Clip.model_validate({"source": "a", "duration": 2, "motion": motion}),))
    periods = [float(np.diff(bars(picture)).mean()) for picture in result.pictures]
    assert len(periods) == 60
    assert periods[0] == pytest.approx(first, abs=1)
    assert periods[-1] == pytest.approx(last, abs=1)
    if motion == "pan-left":
        moved = bars(result.pictures[59])[0] - bars(result.pictures[0])[0]
        assert moved % 62.1 == pytest.approx(270 * 0.15 % 62.1, abs=2)
