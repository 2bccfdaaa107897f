"""Soundtracks whose length libavformat can only guess: they loop, and begin at their in-point, to a frame of sound."""

from pathlib import Path

import pytest

from tests.footage import marked
from tests.worker.rendering import renderer
from worker.job import Audio, Clip, Output

QUIET, LENGTH = 1.0, 4.0
"""Seconds of near silence, which take no bits and spoil the guess, and seconds of all."""

_PACKET = 0.04
"""Seconds of sound by which a file is longer or later than what was encoded, per round."""

CODINGS = {
    "xing.mp3": ("-c:a", "libmp3lame", "-q:a", "0"),
    "no-xing.mp3": ("-c:a", "libmp3lame", "-q:a", "0", "-write_xing", "0", "-id3v2_version", "0"),
    "adts.aac": ("-c:a", "aac", "-q:a", "2"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize(("in_point", "places"), [(0.0, {1.5: 1.5, 5.5: 1.5}), (2.5, {0.0: 2.5, 1.7: 2.7, 6.3: 2.8})])
def test_a_soundtrack_loops_and_begins_exactly(
    name: str, in_point: float, places: dict[float, float], tmp_path: Path
) -> None:
    """`places` are times of the video, with the times of the soundtrack that are heard there."""
    whole = marked.write_sound(tmp_path / "whole.wav", LENGTH)
    quiet = f"volume=enable='lt(t,{QUIET})':volume=0.001"
    track = tmp_path / name
    marked.encode("-i", whole, "-af", quiet, *CODINGS[name], track)
    video = marked.make(tmp_path / "v.mp4", ("-c:v", "libx264", "-preset", "ultrafast"), ())
    output = Output.model_validate({"width": 64, "height": 64, "quality": "draft"})
    audio = Audio(soundtrack="m", in_point=in_point, loop=True)
    clips = (Clip(source="a", duration=2.5),) * 3
    rendered = renderer(tmp_path)({"a": video, "m": track}, output=output, clips=clips, audio=audio)
    assert not rendered.video.warnings
    for at, time in places.items():
        heard = marked.heard(rendered.sound[round(at * marked.RATE) :], time, 0.4)
        assert abs(heard.late_first) < _PACKET * (1 + round(at / (LENGTH - in_point)))
