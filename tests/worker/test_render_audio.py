"""Soundtracks: volume, fades, loops, ducking, loudness."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.rendering import PLAIN, Renderer, make_source, renderer
from worker.job import Audio, Clip, ErrorCode, Job, PermanentError, Transition, WarningCode
from worker.probe.model import MediaSource, Probe, Sound, SoundProbe
from worker.video import ffmpeg
from worker.video.plan import audio_chains
from worker.video.plan.build_timeline import place


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
    result = rendered({"a": mute(tmp_path / "a.mp4"), "m": track}, clips=CLIP, audio=audio())
    assert result.loudness(0.2, 3.8) == pytest.approx(0.088, abs=0.01)
    assert result.video.warnings == ()


def test_volume_fades_and_in_point(tmp_path: Path, rendered: Renderer) -> None:
    track = music(tmp_path / "m.wav", "aevalsrc='if(lt(t,2),0,0.5*sin(2*PI*440*t))':s=48000:d=8")
    fields = {"in": 2.0, "volume": 0.5, "fade_in": 1.0, "fade_out": 1.0}
    result = rendered({"a": mute(tmp_path / "a.mp4"), "m": track}, clips=CLIP, audio=audio(**fields))
    whole = result.loudness(1.2, 2.8)
    assert whole == pytest.approx(0.25 / np.sqrt(2), rel=0.05)
    assert result.loudness(0.45, 0.55) == pytest.approx(whole / 2, rel=0.15)
    assert result.loudness(3.45, 3.55) == pytest.approx(whole / 2, rel=0.15)
    assert result.loudness(3.95, 4.0) < whole / 10


def test_a_short_soundtrack_loops_or_ends(tmp_path: Path, rendered: Renderer) -> None:
    clicks = "aevalsrc='0.8*between(t,0.5,0.504)':s=48000:d=1"
    media = {"a": mute(tmp_path / "a.mp4"), "m": music(tmp_path / "m.wav", clicks)}
    result = rendered(media, clips=CLIP, audio=audio(loop=True))
    loud = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3) / 48_000
    onsets = [float(group[0]) for group in np.split(loud, np.flatnonzero(np.diff(loud) > 0.1) + 1)]
    assert onsets == [pytest.approx(0.5 + turn, abs=0.005) for turn in range(4)]
    assert result.video.warnings == ()
    shutil.rmtree(tmp_path / "work")
    result = rendered(media, clips=CLIP, audio=audio())
    assert [warning.code for warning in result.video.warnings] == [WarningCode.SOUNDTRACK_SHORT]
    assert result.loudness(1.1, 3.9) < 0.001


def test_the_soundtrack_ducks_under_the_clips(tmp_path: Path, rendered: Renderer) -> None:
    voice = "aevalsrc='0.5*between(t,1,2.5)*sin(2*PI*300*t)':s=48000:d=4"
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=4, audio=voice)
    track = music(tmp_path / "m.wav", "sine=f=2000:r=48000:d=5,volume=2")
    result = rendered({"a": source, "m": track}, clips=CLIP, audio=audio(duck_under_clips=True))

    def track_level(start: float, end: float) -> float:
        part = result.sound[round(start * 48_000) : round(end * 48_000), 0]
        return float(np.abs(np.fft.rfft(part * np.hanning(len(part))))[round(2000 * (end - start))] / len(part))

    assert track_level(1.5, 2.4) < 0.4 * track_level(0.2, 0.9)
    assert track_level(3.4, 3.9) == pytest.approx(track_level(0.2, 0.9), rel=0.25)


@pytest.mark.parametrize("ducks", [True, False])
def test_sound_does_not_depend_on_which_file_ffmpeg_reads_faster(tmp_path: Path, ducks: bool) -> None:
    """A filter with two inputs may drop what it holds of one when the other ends first."""
    sounds = {name: music(tmp_path / f"{name}.wav", f"sine=f={f}:r=48000:d=3") for name, f in (("a", 300), ("m", 2000))}
    probe = Probe(160, 90, duration=3.0, fps=25.0, audio=0, sound=Sound("pcm_s16le", 1))
    clips = (Clip(source="a", duration=1.5, transition=Transition(type="crossfade")), Clip(source="a", duration=1.5))
    job = Job(job_id="j", video_id="v", clips=clips, audio=audio(duck_under_clips=ducks))
    timeline = place(job, {"a": probe}, SoundProbe(0, 3.0, channels=1))
    graph = ";".join(audio_chains.chains(timeline, {"a": MediaSource(sounds["a"], probe)}, [0, 1], 2))

    def heard(slow: int | None) -> bytes:
        command = [ffmpeg.executable(), "-v", "error"]
        for number, name in enumerate("aam"):
            command += [*(["-readrate", "4"] if number == slow else []), "-i", str(sounds[name])]
        command += ["-filter_complex", graph, "-map", "[sound]", "-f", "s16le", "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    wanted = heard(None)
    assert np.abs(np.frombuffer(wanted, np.int16)[-2000:]).max() > 2000
    assert [heard(slow) == wanted for slow in range(3)] == [True] * 3


def integrated(path: Path) -> float:
    command = [ffmpeg.executable(), "-v", "error", "-i", str(path), "-filter_complex"]
    graph = "[0:a]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-[o]"
    done = subprocess.run(
        [*command, graph, "-map", "[o]", "-f", "null", "-"], check=True, capture_output=True, text=True
    )
    found = audio_chains.parse_loudness(done.stdout)
    assert found is not None
    return found


@pytest.mark.parametrize("target", [-14.0, -23.0])
def test_loudness_is_what_was_asked_for(tmp_path: Path, rendered: Renderer, target: float) -> None:
    noise = "anoisesrc=c=pink:a=0.05:r=48000:d=6:seed=1"
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=6, audio=noise)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=6.0),), audio=Audio(loudness=target))
    assert integrated(result.video.path) == pytest.approx(target, abs=0.5)
    assert np.abs(result.sound).max() < 0.95
    assert result.video.warnings == ()


def test_silence_has_no_loudness(tmp_path: Path, rendered: Renderer) -> None:
    result = rendered({"a": mute(tmp_path / "a.mp4")}, clips=CLIP, audio=Audio(loudness=-14))
    assert [warning.code for warning in result.video.warnings] == [WarningCode.LOUDNESS_MISSED]


def test_two_loud_sounds_dont_clip(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(
        tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=2, audio="aevalsrc='0.9*sin(2*PI*440*t)':s=48000:d=2"
    )
    track = music(tmp_path / "m.wav", "aevalsrc='0.9*sin(2*PI*440*t)':s=48000:d=2")
    result = rendered({"a": source, "m": track}, clips=(Clip(source="a", duration=2.0),), audio=audio())
    assert np.abs(result.sound).max() < 1.0


def true_peak(path: Path) -> float:
    """True peak in dBTP, by FFmpeg's own meter."""
    command = [ffmpeg.executable(), "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(said.rpartition("Peak:")[2].split()[0])


def test_no_peak_hides_between_two_samples(tmp_path: Path, rendered: Renderer) -> None:
    hidden = "aevalsrc='0.6*sin(2*PI*12000*t+PI/4)':s=48000:d=2"  # its samples are 0.42: the sum of two is 0.85
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(160, 90), seconds=2, audio=hidden)
    media = {"a": source, "m": music(tmp_path / "m.wav", hidden)}
    result = rendered(media, clips=(Clip(source="a", duration=2.0),), audio=audio())
    assert true_peak(result.video.path) <= -1.0
    assert len(result.sound) == pytest.approx(96_000, abs=1024)


def test_a_soundtrack_without_sound_is_refused(tmp_path: Path, rendered: Renderer) -> None:
    media = {"a": mute(tmp_path / "a.mp4"), "m": mute(tmp_path / "m.mp4")}
    with pytest.raises(PermanentError) as caught:
        rendered(media, clips=CLIP, audio=audio(pointer="/audio/soundtrack"))
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/audio/soundtrack")
