"""Which of a file's tracks is shown and heard, and what is deinterlaced."""

from pathlib import Path

import pytest

from tests.footage import marked
from tests.worker.rendering import probe

X264 = ("-c:v", "libx264", "-preset", "ultrafast")


@pytest.mark.slow
@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_the_default_tracks_are_preferred(container: str, tmp_path: Path) -> None:
    first, second = (marked.make(tmp_path / f"{side}.mkv", X264, side=side, shown=range(6)) for side in (40, 80))
    both = tmp_path / f"both.{container}"
    maps = ("-map", "0:v", "-map", "1:v", "-map", "0:a", "-map", "1:a", "-c", "copy")
    chosen = (
        "-disposition:v:0",
        "0",
        "-disposition:v:1",
        "default",
        "-disposition:a:0",
        "0",
        "-disposition:a:1",
        "default",
    )
    marked.encode("-i", first, "-i", second, *maps, *chosen, both)
    found = probe(both)
    assert (found.width, found.video, found.audio) == (80, 1, 3)


@pytest.mark.slow
@pytest.mark.parametrize("codec", [("mjpeg", "-pix_fmt", "yuvj420p"), ("png",)])
@pytest.mark.parametrize("container", ["mov", "mkv"])
def test_a_track_of_one_picture_does_not_hide_the_video(container: str, codec: tuple[str, ...], tmp_path: Path) -> None:
    """Matroska doesn't say how many pictures a track has, and FFmpeg marks the first one as the default."""
    video = marked.make(tmp_path / "v.mov", X264, shown=range(6))
    cover = marked.make(tmp_path / "c.mov", ("-c:v", *codec), (), side=40, shown=(0,))
    both = tmp_path / f"both.{container}"
    marked.encode("-i", cover, "-i", video, "-map", "0:v", "-map", "1:v", "-map", "1:a", "-c", "copy", both)
    assert probe(both).video == 1


@pytest.mark.slow
def test_a_video_whose_first_picture_is_progressive_is_deinterlaced(tmp_path: Path) -> None:
    parts = []
    for name, options in (("p", ()), ("i", ("-vf", "setfield=tff", "-flags", "+ilme+ildct"))):
        whole = marked.make(tmp_path / f"{name}.mkv", ("-c:v", "ffv1"), (), shown=range(6))
        marked.encode("-i", whole, *options, "-c:v", "mpeg2video", "-q:v", "2", part := tmp_path / f"{name}.m2v")
        parts.append(part.read_bytes())
    (tmp_path / "both.m2v").write_bytes(b"".join(parts))
    marked.encode("-f", "mpegvideo", "-i", tmp_path / "both.m2v", "-c", "copy", "-f", "vob", tmp_path / "both.mpg")
    assert probe(tmp_path / "both.mpg").interlaced
