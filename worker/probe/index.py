"""Reads from the index of an MP4 or MOV file in which bytes some of its seconds are, so that a worker fetches these
alone (Matroska: cues.py).

The file may consist of its first bytes and its index; the rest reads as zeros. Imports nothing but PyAV, as child.py.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from worker.probe import length, seeking, tracks
from worker.probe.model import ByteRange, PlayedBytes
from worker.probe.ranges import join
from worker.sandbox.child import RefusedError, Values

_CODECS = frozenset({"h264", "hevc", "av1", "prores"})
"""Codecs of which libavformat reads no packet to know where the next one begins, or what its times are."""

_BEFORE_SECONDS, _AFTER_SECONDS = 0.5, 0.75
"""Seconds before and after what is played that FFmpeg reads too: it seeks by the time of decoding, which is earlier
than that of showing, and reads half a second beyond a clip's end."""

_AFTER_PACKETS = 4
"""Packets after that: where pictures stand for seconds, only the next one ends them."""

_OPENED_SECONDS = 0.5
"""Seconds from the beginning of every stream, of which FFmpeg reads some each time that it opens a file."""

_LAST_SECONDS = 1.0
"""Seconds before the end at which a clip begins that would begin after it: its source's last picture is held."""

_GAP_BYTES = 1 << 16
"""Bytes between two packets that are fetched with them: packets of other streams."""

_PACKETS_MAX = 1_000_000
"""Most packets of an index: 4 hours of picture and sound."""


def played_bytes(container: InputContainer, file: Values, limits: Values) -> PlayedBytes:
    """The bytes that FFmpeg reads to open a file and to play each of `file["seconds"]`, pairs of a begin and an end.
    Raises `RefusedError` where the index doesn't say it for certain."""
    video = tracks.video_stream(container, limits)
    seconds = length.stated(container, video)
    streams = length.streams(container)
    codec = video.codec_context.codec.canonical_name
    if codec not in _CODECS or not seconds or any(length.is_guessed(container, each) for each in streams):
        raise RefusedError("its index doesn't say where its pictures are")
    if sum(len(stream.index_entries) for stream in streams) > _PACKETS_MAX:
        raise RefusedError("its index is too long")
    indices = {stream.index: _Index(stream) for stream in streams}
    first = (container.start_time or 0) / av.time_base
    indexed_seconds = indices[video.index].end - first
    if indexed_seconds < seconds - _LAST_SECONDS:  # the rest is in fragments, with indices of their own
        raise RefusedError("its index ends before its pictures")
    preroll = seeking.preroll(container, video, tracks.audio_stream(container, limits), seconds)
    # A seek lands on a key frame of the video, in the other streams too.
    played = [(indices[video.index].key_time(begin), end) for begin, end in spans(container, file, seconds, preroll)]

    def packets(*spans: tuple[float, float]) -> list[ByteRange]:
        return join((each for index in indices.values() for span in spans for each in index.packets(*span)), _GAP_BYTES)

    return PlayedBytes(packets((first, first + _OPENED_SECONDS)), packets(*played))


def spans(container: InputContainer, file: Values, seconds: float, preroll: float) -> list[tuple[float, float]]:
    """The times between which FFmpeg reads to play each of `file["seconds"]`, in a container that lasts `seconds`."""
    first = (container.start_time or 0) / av.time_base
    return [
        (first + min(begin, seconds - _LAST_SECONDS) - preroll - _BEFORE_SECONDS, first + end + _AFTER_SECONDS)
        for begin, end in file["seconds"]
    ]


class _Index:
    """The index of a stream, whose entries are in the order of their times, those of decoding in seconds."""

    def __init__(self, stream: VideoStream | AudioStream) -> None:
        unit = float(stream.time_base or 0)
        entries = list(stream.index_entries)
        self._times = [each.timestamp * unit for each in entries]
        self._places = [ByteRange(each.pos, each.pos + each.size) for each in entries]
        self._key_times = [time for time, each in zip(self._times, entries, strict=True) if each.is_keyframe]
        self.end = self._times[-1] if entries else 0.0

    def key_time(self, time: float) -> float:
        """The time of the last key frame at or before a time; without one, the time itself."""
        before = bisect_right(self._key_times, time)
        return self._key_times[before - 1] if before else time

    def packets(self, begin: float, end: float) -> Iterator[ByteRange]:
        """The bytes of the packets between two times, from the key frame before on."""
        start = bisect_left(self._times, self.key_time(begin))
        yield from self._places[start : bisect_right(self._times, end) + _AFTER_PACKETS]
