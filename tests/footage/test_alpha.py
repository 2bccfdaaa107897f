"""Transparent videos and animations: over black, and what is hidden under alpha 0 stays hidden."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.footage import marked
from tests.worker.rendering import probe, renderer
from worker.job import Clip, Output, PermanentError

SIZE = (120, 180)
LOSSY = ("-pix_fmt", "yuva420p", "-deadline", "realtime", "-auto-alt-ref", "0", "-b:v", "4M")

H265 = ("libx265", "-pix_fmt", "yuva420p", "-preset", "ultrafast", "-x265-params", "log-level=error")


def picture() -> Image.Image:
    """A third hidden white, a third half transparent, a third opaque."""
    image = Image.new("RGBA", SIZE, (255, 255, 255, 0))
    image.paste((200, 100, 50, 128), (0, 60, 120, 120))
    image.paste((200, 100, 50, 255), (0, 120, 120, 180))
    return image


def animation(path: Path) -> Path:
    second = picture()
    second.putpixel((0, 179), (0, 0, 0, 255))  # Pillow makes one of two that are equal
    options: dict[str, Any] = {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
    picture().save(path, save_all=True, append_images=[second], duration=500, **options)
    return path


def video(path: Path, *coding: str) -> Path:
    picture().save(still := path.with_name("still.png"))
    marked.encode("-loop", "1", "-framerate", "30", "-i", still, "-t", "0.5", "-c:v", *coding, path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("a.png", ()),
        ("a.webp", ()),
        ("prores.mov", ("prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le")),
        ("animation.mov", ("qtrle",)),
        ("png.mov", ("png",)),
        ("vp8.webm", ("libvpx", *LOSSY)),
        ("vp9.webm", ("libvpx-vp9", *LOSSY)),
        ("h265.mov", H265),
        ("vp9.mkv", ("libvpx-vp9", *LOSSY)),
        ("ffv1.mkv", ("ffv1", "-pix_fmt", "yuva420p")),
    ],
)
def test_a_transparent_video_is_over_black(name: str, coding: Sequence[str], tmp_path: Path) -> None:
    source = video(tmp_path / name, *coding) if coding else animation(tmp_path / name)
    output = Output.model_validate({"width": 80, "height": 120, "quality": "high"})
    rendered = renderer(tmp_path)({"a": source}, output=output, clips=(Clip(source="a", duration=0.2),))
    shown = rendered.pictures[2]
    thirds = [shown[row, 40] for row in (20, 60, 100)]
    assert np.abs(np.array(thirds) - ((0, 0, 0), (100, 50, 25), (200, 100, 50))).max() <= 8
    assert shown[:, :, 1].max() <= 112  # white that bleeds into the edges would show


@pytest.mark.slow
def test_a_transparent_animated_avif_is_refused(tmp_path: Path) -> None:
    """Its alpha is a track of its own, which FFmpeg doesn't join."""
    with pytest.raises(PermanentError, match="save it as WebP"):
        probe(animation(tmp_path / "a.avif"))


@pytest.mark.slow
def test_alpha_that_h265_has_multiplied_in_is_left_alone(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mov", *H265)
    assert probe(source).has_alpha
    info = b"\x4e\x01\xa5\x04"  # ITU-T H.265, F.14.2.8: the next byte says how alpha is used
    data = source.read_bytes()
    source.write_bytes(data.replace(info + b"\x00", info + b"\x10"))
    assert not probe(source).has_alpha


@pytest.mark.slow
def test_raw_avi_has_no_alpha(tmp_path: Path) -> None:
    """Windows programs leave the fourth byte 0."""
    source = video(tmp_path / "raw.avi", "rawvideo", "-pix_fmt", "bgra")
    assert not probe(source).has_alpha
