"""Streams that change on the way: two codings of one recording, joined without a container and put into one."""

from collections.abc import Sequence
from pathlib import Path

from tests.footage import marked

_PICTURES = 45
"""Number of the first picture after the change."""

_SAMPLES = 72 * 1024
"""Number of the first sample after the change, of 48,000 per second: 72 packets of AAC."""


def pictures(path: Path, *, first: Sequence[str], second: Sequence[str], rotation: int = 0) -> Path:
    """Make a video of 90 pictures in H.264; the second half is encoded with other options. `rotation`: the file says to
    turn its pictures by as many degrees counterclockwise."""
    parts = []
    for index, (shown, options) in enumerate(((range(_PICTURES), first), (range(_PICTURES, 90), second))):
        whole = marked.make(path.with_name(f"{index}.mkv"), ("-c:v", "ffv1"), (), shown=shown)
        part = path.with_name(f"{index}.h264")
        coding = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-bf", "0")
        marked.encode("-i", whole, *options, *coding, part)
        parts.append(part.read_bytes())
    return _put(path, "h264", parts, ("-framerate", "30", "-display_rotation", str(rotation)))


def sounds(path: Path, *, video: Sequence[str], first: Sequence[str], second: Sequence[str]) -> Path:
    """Make a video whose AAC is encoded with other options after a while."""
    change, parts = _SAMPLES / marked.RATE, []
    for index, (begin, end, options) in enumerate(((0.0, change, first), (change, 3.0, second))):
        whole = marked.write_sound(path.with_name(f"{index}.wav"), end - begin, begin)
        part = path.with_name(f"{index}.aac")
        marked.encode("-i", whole, *options, "-c:a", "aac", part)
        parts.append(part.read_bytes())
    parts[1] = parts[1][_adts_bytes(parts[1]) :]  # the encoder's delay, one packet
    silent = marked.make(path.with_name("silent.mp4"), video, ())
    return _put(path, "aac", parts, (), "-i", silent, "-map", "1:v", "-map", "0:a")


def _adts_bytes(packet: bytes) -> int:
    """Length of an AAC packet with its header: ISO/IEC 13818-7, 6.2."""
    return (packet[3] & 3) << 11 | packet[4] << 3 | packet[5] >> 5


def _put(path: Path, kind: str, parts: Sequence[bytes], options: Sequence[str], *others: object) -> Path:
    both = path.with_name(f"both.{kind}")
    both.write_bytes(b"".join(parts))
    marked.encode("-f", kind, *options, "-i", both, *others, "-c", "copy", path)
    return path
