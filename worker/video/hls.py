"""Packages finished MP4s as a ladder for adaptive streaming (HLS): cut at key frames, copied, never encoded again.

Each rung is one file of fragments and a playlist that names their byte ranges, so that a video is a handful of objects
and not hundreds. The rungs' key frames are aligned (`Encoding.aligned`). https://www.rfc-editor.org/rfc/rfc8216

The master playlist is written here and not by FFmpeg (`-master_pl_name`), which states no frame rate and no independent
segments.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan.output_files import OutputSpec
from worker.video.result import Extra

_SEGMENT_SECONDS = 4
"""Length of a segment, two groups of pictures: short enough to start and to switch quickly, long enough to be worth a
request."""

_PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
"""https://www.rfc-editor.org/rfc/rfc8216#section-10"""

_AAC_CODEC = "mp4a.40.2"

_HEAD_BYTES = 64 * 1024
"""Bytes of an MP4 in which the video's configuration record is found: it comes before the tables of samples, which grow
with the video."""

_SEGMENT = re.compile(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@")


def package(rungs: Sequence[OutputSpec], folder: Path) -> tuple[Extra, ...]:
    """Cut the ladder's files, which are in `folder`; the master playlist is the last of the returned files."""
    target = folder / "hls"
    target.mkdir(exist_ok=True)
    form = ("-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_playlist_type", "vod")
    cut = ("-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "hls", *form, "-hls_time", str(_SEGMENT_SECONDS))
    extras: list[Extra] = []
    master = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rung in rungs:
        # FFmpeg names the file of fragments after the playlist, relative to its working folder.
        playlist = target / f"{rung.rung}.m3u8"
        ffmpeg.run(("-i", f"file:{folder / rung.file}", *cut, "-y", playlist.name), RenderContext(target))
        codec = codec_name(head(folder / rung.file), rung.encoding.codec)
        master += variant(rung, playlist.read_text(encoding="utf-8"), codec)
        extras += [
            Extra(target / f"{rung.rung}.m4s", f"/hls/{rung.rung}.m4s", "video/mp4"),
            Extra(playlist, f"/hls/{playlist.name}", _PLAYLIST_TYPE),
        ]
    master_path = target / "master.m3u8"
    master_path.write_text("\n".join([*master, ""]), encoding="utf-8")
    return (*extras, Extra(master_path, "/hls/master.m3u8", _PLAYLIST_TYPE, "hls"))


def variant(rung: OutputSpec, playlist: str, codec: str) -> list[str]:
    """A rung's lines in the master playlist; bandwidths are computed from the segments in the rung's own playlist."""
    segments = [(float(seconds), 8 * int(size)) for seconds, size in _SEGMENT.findall(playlist)]
    peak = max(bits / seconds for seconds, bits in segments)
    average = sum(bits for _, bits in segments) / sum(seconds for seconds, _ in segments)
    return [
        f"#EXT-X-STREAM-INF:BANDWIDTH={peak:.0f},AVERAGE-BANDWIDTH={average:.0f},"
        f"RESOLUTION={rung.size[0]}x{rung.size[1]},FRAME-RATE={rung.encoding.fps}.000,"
        f'CODECS="{codec},{_AAC_CODEC}"',
        f"{rung.rung}.m3u8",
    ]


def head(mp4: Path) -> bytes:
    """The beginning of a file whose index comes first (`-movflags +faststart`): it describes the streams."""
    with mp4.open("rb") as file:
        return file.read(_HEAD_BYTES)


def codec_name(mp4: bytes, codec: str) -> str:
    """The codec with profile and level (RFC 6381), read from its configuration record in the MP4."""
    match codec:
        case "h265":
            return _hevc(_record(mp4, b"hvcC", 13))
        case "av1":
            return _av1(_record(mp4, b"av1C", 3))
        case _:
            return f"avc1.{_record(mp4, b'avcC', 4)[1:].hex().upper()}"


def _record(mp4: bytes, box: bytes, length: int) -> bytes:
    start = mp4.index(box) + len(box)
    return mp4[start : start + length]


def _hevc(record: bytes) -> str:
    """ISO/IEC 14496-15, 8.3.3 and annex E."""
    profile, tier, level = record[1] & 0x1F, "H" if record[1] & 0x20 else "L", record[12]
    compatibility = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\0")
    parts = ["hvc1", str(profile), f"{compatibility:X}", f"{tier}{level}", *(f"{byte:X}" for byte in constraints)]
    return ".".join(parts)


def _av1(record: bytes) -> str:
    """https://aomediacodec.github.io/av1-isobmff/#codecsparam"""
    profile, level = record[1] >> 5, record[1] & 0x1F
    tier, depth = "H" if record[2] & 0x80 else "M", 10 if record[2] & 0x40 else 8
    return f"av01.{profile}.{level:02}{tier}.{depth:02}"
