"""Clips as a phone records them: 4K, H.265 of 10 bits, 30 fps, 45 Mbit/s, upright by metadata, some of them HLG.

A second of picture is encoded once and repeated: encoding 4K for minutes would say nothing more about decoding it.
"""

import subprocess
from pathlib import Path

from embedded.footage import prepare
from worker.video import ffmpeg

UNIT_SECONDS = 2
BITS_PER_SECOND = 45_000_000

_HLG = "hevc_metadata=colour_primaries=9:transfer_characteristics=18:matrix_coefficients=9"
"""ISO/IEC 23091-2: BT.2020 primaries, HLG, BT.2020 non-constant luminance."""


def phone_clip(folder: Path, seconds: int, *, is_hlg: bool = False) -> Path:
    """A clip of so many seconds, an even number, below `folder`, which keeps it. The index is at the end, where phones
    write it."""
    path = folder / f"{'hlg' if is_hlg else 'sdr'}-{seconds}.mov"
    if not path.exists():
        unit = _unit(folder)
        repeated = ("-display_rotation:v:0", "-90", "-stream_loop", str(seconds // UNIT_SECONDS - 1), "-i", str(unit))
        sound = ("-stream_loop", "-1", "-i", str(prepare(folder / "film")["landscape.mp4"]))
        colors = ("-bsf:v", _HLG) if is_hlg else ()
        coding = ("-c:v", "copy", *colors, "-tag:v", "hvc1", "-c:a", "aac", "-b:a", "128k", "-ac", "2")
        _run(*repeated, *sound, "-map", "0:v", "-map", "1:a", *coding, "-t", str(seconds), to=path)
    return path


def _unit(folder: Path) -> Path:
    """Two seconds of 3840x2160, with the noise of a small sensor, in two groups of pictures."""
    path = folder / "unit.mov"
    if not path.exists():
        film = prepare(folder / "film")["landscape.mp4"]
        picture = "scale=3840:2160:flags=bicubic,fps=30,noise=alls=9:allf=t,format=yuv420p10le"
        rate = str(BITS_PER_SECOND)
        coding = ("-c:v", "libx265", "-preset", "ultrafast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate)
        closed = ("-x265-params", "log-level=none:keyint=30:min-keyint=30:open-gop=0:scenecut=0")
        _run("-t", str(UNIT_SECONDS), "-i", str(film), "-vf", picture, "-an", *coding, *closed, to=path)
    return path


def _run(*arguments: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    made = to.with_name(f"making-{to.name}")
    subprocess.run([ffmpeg.executable(), "-nostdin", "-v", "error", "-y", *arguments, str(made)], check=True)
    made.rename(to)
