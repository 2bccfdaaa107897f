"""Videos whose frames carry their number and whose sound carries its time, and both read back.

A frame's number is written as ten black or white patches; the sound is noise that never repeats, so that a piece of it
tells by correlation which time of the source it is.
"""

import subprocess
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.worker.rendering import Array, Decoded
from worker.video import ffmpeg

BITS, COLUMNS, ROWS = 10, 2, 5
SIDE = 80
"""Width and height of a frame, in pixels: an even number of macroblocks, patches of 40 x 16."""

RATE = 48_000
_NOISE_SECONDS = 70
_SEARCH_SECONDS = 1.5
"""Most seconds by which a sound is looked for beside its place."""

_MUXERS = {".mkv": "matroska"}

_AUDIBLE = 0.03
"""Root mean square above which a block isn't silent; the noise has 0.15."""


def frames(numbers: Sequence[int], side: int = SIDE) -> bytes:
    """Grey frames, 8 bits per pixel, that show `numbers`."""
    values = np.array(numbers, np.uint16)[:, None] >> np.arange(BITS) & 1
    patches = np.where(values, 235, 16).astype(np.uint8).reshape(-1, ROWS, COLUMNS)
    return patches.repeat(side // ROWS, axis=1).repeat(side // COLUMNS, axis=2).tobytes()


def number(picture: Array) -> int:
    """The number that a decoded picture shows."""
    height, width = picture.shape[:2]
    bits = 0
    for index in range(BITS):
        row, column = divmod(index, COLUMNS)
        y, x = round((row + 0.5) * height / ROWS), round((column + 0.5) * width / COLUMNS)
        bits |= int(picture[y - 1 : y + 2, x - 1 : x + 2].mean() > 127) << index
    return bits


def numbers(decoded: Decoded) -> list[int]:
    """The number that each frame of a video shows."""
    return [number(picture) for picture in decoded.pictures]


@cache
def noise() -> npt.NDArray[np.float64]:
    """The sound: noise from 300 to 3,000 Hz, which every codec keeps, at 48 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(_NOISE_SECONDS * RATE))
    hertz = np.fft.rfftfreq(_NOISE_SECONDS * RATE, 1 / RATE)
    band = np.fft.irfft(np.where((hertz > 300) & (hertz < 3000), spectrum, 0))
    return np.asarray(0.15 * band / band.std(), np.float64)


@dataclass(frozen=True)
class Heard:
    """What a sound is: seconds of silence before it, and the seconds by which it is late (negative: early) at its
    beginning and at its end."""

    silence: float
    late_first: float
    late_last: float


def heard(sound: Array, at: float, seconds: float) -> Heard:
    """Compare `seconds` of a decoded sound with the source's from the time `at` on. Raises `ValueError` where the two
    have nothing in common."""
    mono = sound[: round(seconds * RATE)].mean(axis=1)
    blocks = mono[: len(mono) // 48 * 48].reshape(-1, 48)
    audible = np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > _AUDIBLE)
    if not len(audible):
        raise ValueError("silence")
    first = audible[0] * 48
    length = min(RATE // 4, (len(mono) - first) // 2)
    return Heard(first / RATE, _late(mono, first, length, at), _late(mono, len(mono) - length, length, at))


def holes(sound: Array) -> float:
    """Seconds of silence within a sound, in pieces of 5 ms and more."""
    mono = sound.mean(axis=1)
    blocks = np.sqrt((mono[: len(mono) // 240 * 240].reshape(-1, 240) ** 2).mean(axis=1))
    return float((blocks < _AUDIBLE / 3).sum() * 240 / RATE)


def _late(mono: npt.NDArray[np.float64], first: int, length: int, at: float) -> float:
    piece = mono[first : first + length]
    begin, end = (round((at + side * _SEARCH_SECONDS) * RATE) + first for side in (-1, 1))
    window = np.concatenate([np.zeros(max(-begin, 0)), noise()[max(begin, 0) : end + length]])
    size = len(window) + length
    product = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(piece, size)), size)
    found = int(np.argmax(product[: len(window) - length + 1]))
    matched = window[found : found + length]
    likeness = matched @ piece / max(float(np.linalg.norm(matched) * np.linalg.norm(piece)), 1e-9)
    if likeness < 0.5:
        raise ValueError(f"another sound {first / RATE:.3f} s after the beginning")
    return first / RATE + at - (begin + found) / RATE


def make(
    path: Path,
    video: Sequence[str] = ("-c:v", "libx264"),
    audio: Sequence[str] = ("-c:a", "aac"),
    *,
    rate: float = 30,
    shown: Sequence[int] = range(90),
    kept: Sequence[int] | None = None,
    filters: str = "null",
    side: int = SIDE,
    piped: bool = False,
) -> Path:
    """Make a file that shows the numbers `shown` at `rate` per second, and sounds as long.

    `kept`: only these of the frames, each at its time. `piped`: the writer can't go back to fill in the length. `video`
    and `audio` are FFmpeg's output options; no `audio`, no sound.
    """
    folder = path.parent
    raw = folder / f"{path.name}.gray"
    raw.write_bytes(frames(shown, side))
    if kept is not None:
        filters = f"select='{'+'.join(f'eq(n,{n})' for n in kept)}',{filters}"
    command = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{side}x{side}", "-framerate", f"{rate:g}", "-i", str(raw)]
    if audio:
        command += ["-i", str(write_sound(folder / f"{path.name}.wav", len(shown) / rate))]
    graph = f"scale=in_range=tv:out_range=tv,format=yuv420p,setparams=range=tv:colorspace=bt709,{filters}"
    target = ("-f", _MUXERS.get(path.suffix, path.suffix[1:]), f"pipe:{path}") if piped else (path,)
    encode(*command, "-vf", graph, "-fps_mode", "passthrough", *video, *audio, *target)
    raw.unlink()
    return path


def write_sound(path: Path, seconds: float, at: float = 0.0) -> Path:
    """Write `seconds` of the sound, from the time `at` on, as a WAV of two equal channels."""
    samples = noise()[round(at * RATE) : round((at + seconds) * RATE)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").repeat(2).tobytes())
    return path


def encode(*arguments: object) -> None:
    """Run FFmpeg to make a source."""
    *words, target = [str(argument) for argument in arguments]
    command = [ffmpeg.executable(), "-v", "error", "-nostdin", "-threads", "1", *words, "-y"]
    if target.startswith("pipe:"):
        with Path(target.removeprefix("pipe:")).open("wb") as file:
            subprocess.run([*command, "pipe:1"], check=True, stdout=file)
    else:
        subprocess.run([*command, target], check=True)
