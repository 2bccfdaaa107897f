"""A ladder for adaptive streaming (HLS) out of finished MP4s: cut at their key frames, copied, never encoded again.

Each rung is one file of fragments and a playlist that names their byte ranges, so that a video is a handful of objects
and not hundreds. The rungs' key frames are aligned (`Encoding.aligned`). https://www.rfc-editor.org/rfc/rfc8216
"""

from collections.abc import Sequence
from pathlib import Path

from worker.video import ffmpeg
from worker.video.outputs import Encoded
from worker.video.video import Extra

_SEGMENT_SECONDS = 4
"""Two groups of pictures: short enough to start and to change quickly, long enough to be worth a request."""

_PLAYLIST = "application/vnd.apple.mpegurl"
"""https://www.rfc-editor.org/rfc/rfc8216#section-10"""


def package(rungs: Sequence[Encoded], folder: Path) -> tuple[Extra, ...]:
    """Cut the files of the ladder that lie in `folder`; the master playlist comes last."""
    target = folder / "hls"
    target.mkdir(exist_ok=True)
    inputs = [word for rung in rungs for word in ("-i", f"file:{folder / rung.file}")]
    maps = [word for index in range(len(rungs)) for word in ("-map", f"{index}:v", "-map", f"{index}:a")]
    variants = " ".join(f"v:{index},a:{index},name:{rung.rung}" for index, rung in enumerate(rungs))
    form = ("-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_playlist_type", "vod")
    master = ("-var_stream_map", variants, "-master_pl_name", "master.m3u8", "-hls_time", str(_SEGMENT_SECONDS))
    # FFmpeg names segments after the pattern of the playlists, which is read relative to its working folder.
    ffmpeg.run((*inputs, *maps, "-c", "copy", "-f", "hls", *form, *master, "-y", "%v.m3u8"), workdir=target)
    made = [
        extra
        for rung in rungs
        for extra in (
            Extra(target / f"{rung.rung}.m4s", f"/hls/{rung.rung}.m4s", "video/mp4"),
            Extra(target / f"{rung.rung}.m3u8", f"/hls/{rung.rung}.m3u8", _PLAYLIST),
        )
    ]
    return (*made, Extra(target / "master.m3u8", "/hls/master.m3u8", _PLAYLIST, "hls"))
