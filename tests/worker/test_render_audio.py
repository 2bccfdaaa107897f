"""Soundtracks: volume, fades, loops, ducking, loudness."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.rendering import PLAIN, Renderer, make_source, renderer
from worker.job import Audio, Clip, ErrorCode, PermanentError, WarningCode
from worker.video import ffmpeg, sound


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def music(path: Path, source: str, *options: str) -> Path:
    subprocess.run([ffmpeg.executable(), "-v", "error", "-f", "lavfi", "-i", source, *options, str(path)], check=True)
    return path


def mute(path: Path, seconds: float = 4) -> Path:
    return make_source(path, PLAIN, size=(160, 90), seconds=seconds)


def audio(**fields: Any) -> Audio:
    return Audio.model_validate({"soundtrack": "m", **fields})


CLIP = (Clip(source="a", duration=4.0),)


@pytest.mark.parametrize("suffix", ["mp3", "wav", "flac", "m4a", "ogg"])
def test_a_soundtrack_of_any_kind(tmp_path: Path, rendered: Renderer, suffix: str) -> None:
    source = "sine=f=440:r=44100:d=6" if suffix != "ogg" else "sine=f=440:r=48000:d=6"
    options = ("-c:a", "libopus") if suffix == "ogg" else ()
    track = music(tmp_path / f"m.{suffix}", source, *options)
    made = rendered({"a": mute(tmp_path / "a.mp4"), "m": track}, clips=CLIP, audio=audio())
    assert made.loudness(0.2, 3.8) == pytest.approx(0.088, abs=0.01)
    assert made.video.warnings == ()


def test_volume_fades_and_in_point(tmp_path: Path, rendered: Renderer) -> None:
    track = music(tmp_path / "m.wav", "aevalsrc='if(lt(t,2),0,0.5*sin(2*PI*440*t))':s=48000:d=8")
    fields = {"in": 2.0, "volume": 0.5, "fade_in": 1.0, "fade_out": 1.0}
    made = rendered({"a": mute(tmp_path / "a.mp4"), "m": track}, clips=CLIP, audio=audio(**fields))
    whole = made.loudness(1.2, 2.8)
    assert whole == pytest.approx(0.25 / np.sqrt(2), rel=0.05)
    assert made.loudness(0.45, 0.55) == pytest.approx(whole / 2, rel=0.15)
    assert made.loudness(3.45, 3.55) == pytest.approx(whole / 2, rel=0.15)
    assert made.loudness(3.95, 4.0) < whole / 10


def test_a_short_soundtrack_loops_or_ends(tmp_path: Path, rendered: Renderer) -> None:
    clicks = "aevalsrc='0.8*between(t,0.5,0.504)':s=48000:d=1"
    media = {"a": mute(tmp_path / "a.mp4"), "m": music(tmp_path / "m.wav", clicks)}
    made = rendered(media, clips=CLIP, audio=audio(loop=True))
    loud = np.flatnonzero(np.abs(made.sound[:, 0]) > 0.3) / 48_000
    onsets = [float(group[0]) for group in np.split(loud, np.flatnonzero(np.diff(loud) > 0.1) + 1)]
    assert onsets == [pytest.approx(0.5 + turn, abs=0.005) for turn in range(4)]
    assert made.video.warnings == ()
    shutil.rmtree(tmp_path / "work")
    made = rendered(media, clips=CLIP, audio=audio())
    assert [warning.code for warning in made.video.warnings] == [WarningCode.SOUNDTRACK_SHORT]
    assert made.loudness(1.1, 3.9) < 0.001


def test_the_soundtrack_ducks_under_the_clips(tmp_path: Path, rendered: Renderer) -> None:
    voice = "aevalsrc='0.5*between(t,1,2.5)*sin(2*PI*300*t)':s=48000:d=4"
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=4, audio=voice)
    track = music(tmp_path / "m.wav", "sine=f=2000:r=48000:d=5,volume=2")
    made = rendered({"a": source, "m": track}, clips=CLIP, audio=audio(duck_under_clips=True))

    def track_level(start: float, end: float) -> float:
        part = made.sound[round(start * 48_000) : round(end * 48_000), 0]
        return float(np.abs(np.fft.rfft(part * np.hanning(len(part))))[round(2000 * (end - start))] / len(part))

    assert track_level(1.5, 2.4) < 0.4 * track_level(0.2, 0.9)
    assert track_level(3.4, 3.9) == pytest.approx(track_level(0.2, 0.9), rel=0.25)


def integrated(path: Path) -> float:
    command = [ffmpeg.executable(), "-v", "error", "-i", str(path), "-filter_complex"]
    graph = "[0:a]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-[o]"
    done = subprocess.run(
        [*command, graph, "-map", "[o]", "-f", "null", "-"], check=True, capture_output=True, text=True
    )
    found = sound.loudness_of(done.stdout)
    assert found is not None
    return found


@pytest.mark.parametrize("target", [-14.0, -23.0])
def test_loudness_is_what_was_asked_for(tmp_path: Path, rendered: Renderer, target: float) -> None:
    noise = "anoisesrc=c=pink:a=0.05:r=48000:d=6:seed=1"
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=6, audio=noise)
    made = rendered({"a": source}, clips=(Clip(source="a", duration=6.0),), audio=Audio(loudness=target))
    assert integrated(made.video.path) == pytest.approx(target, abs=0.5)
    assert np.abs(made.sound).max() < 0.95
    assert made.video.warnings == ()


def test_silence_has_no_loudness(tmp_path: Path, rendered: Renderer) -> None:
    made = rendered({"a": mute(tmp_path / "a.mp4")}, clips=CLIP, audio=Audio(loudness=-14))
    assert [warning.code for warning in made.video.warnings] == [WarningCode.LOUDNESS_MISSED]


def test_two_loud_sounds_dont_clip(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(
        tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=2, audio="aevalsrc='0.9*sin(2*PI*440*t)':s=48000:d=2"
    )
    track = music(tmp_path / "m.wav", "aevalsrc='0.9*sin(2*PI*440*t)':s=48000:d=2")
    made = rendered({"a": source, "m": track}, clips=(Clip(source="a", duration=2.0),), audio=audio())
    assert np.abs(made.sound).max() < 1.0


def true_peak(path: Path) -> float:
    """In dBTP, by FFmpeg's own meter."""
    command = [ffmpeg.executable(), "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(said.rpartition("Peak:")[2].split()[0])


def test_no_peak_hides_between_two_samples(tmp_path: Path, rendered: Renderer) -> None:
    hidden = "aevalsrc='0.6*sin(2*PI*12000*t+PI/4)':s=48000:d=2"  # its samples are 0.42: the sum of two is 0.85
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=2, audio=hidden)
    media = {"a": source, "m": music(tmp_path / "m.wav", hidden)}
    made = rendered(media, clips=(Clip(source="a", duration=2.0),), audio=audio())
    assert true_peak(made.video.path) <= -1.0
    assert len(made.sound) == pytest.approx(96_000, abs=1024)


def test_a_soundtrack_without_sound_is_refused(tmp_path: Path, rendered: Renderer) -> None:
    media = {"a": mute(tmp_path / "a.mp4"), "m": mute(tmp_path / "m.mp4")}
    with pytest.raises(PermanentError) as caught:
        rendered(media, clips=CLIP, audio=audio(pointer="/audio/soundtrack"))
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/audio/soundtrack")
