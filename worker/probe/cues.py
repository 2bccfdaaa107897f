"""Reads from a Matroska file's index (its Cues) in which clusters some of its seconds are, and checks that they are.

The Cues say where clusters begin, and the time of a key frame in each. FFmpeg seeks to a cluster, and reads on from
there, whatever the codecs. Imports nothing but PyAV, as child.py.
"""

from bisect import bisect_left, bisect_right
from itertools import pairwise

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from worker.probe import index, length, seeking, tracks
from worker.probe.model import ByteRange, PlayedBytes
from worker.probe.ranges import join
from worker.sandbox.child import RefusedError, Values

_OPENED_SECONDS, _OPENED_BYTES = 5.5, 8_000_000
"""What FFmpeg reads each time that it opens a file whose tracks don't say their rate, whichever is less: packets of 5 s
or of 5 MB, and a little more."""

_LATE_SECONDS = 1.0
"""Seconds by which the sound of a time may come later in the file than its pictures."""


def played_bytes(container: InputContainer, file: Values, limits: Values) -> PlayedBytes:
    """The bytes that FFmpeg reads to open a file and to play each of `file["seconds"]`, pairs of a begin and an end;
    the file can't be opened before all of them are there. Raises `RefusedError` where the Cues don't say it."""
    video = tracks.video_stream(container, limits)
    cues = _Cues(container, video)
    return PlayedBytes([], join([cues.opened, *(cues.clusters(*span) for span in _spans(container, video, file))]))


def check(container: InputContainer, file: Values, limits: Values) -> None:
    """Raise `RefusedError` where `file["seconds"]` aren't in the bytes that `played_bytes` names. FFmpeg wouldn't
    notice what is missing in a file of which only these were fetched."""
    video, audio = tracks.video_stream(container, limits), tracks.audio_stream(container, limits)
    cues = _Cues(container, video)
    for span in _spans(container, video, file):
        if not _is_within(cues.clusters(*span), container, [video, *([audio] if audio else [])], *span):
            raise RefusedError("its index lies about where its pictures are")


def _spans(container: InputContainer, video: VideoStream, file: Values) -> list[tuple[float, float]]:
    """The times between which FFmpeg reads. Raises `RefusedError` where it may read others: to look for subtitles, or
    to seek in another track."""
    seconds = length.stated(container, video)
    pictures = [each for each in container.streams.video if not each.disposition & av.stream.Disposition.attached_pic]
    if not seconds or container.streams.subtitles or len(pictures) > 1:
        raise RefusedError("its index doesn't say where its pictures are")
    return index.spans(container, file, seconds, seeking.PREROLL_MAX)


def _is_within(
    clusters: ByteRange,
    container: InputContainer,
    streams: list[VideoStream | AudioStream],
    begin: float,
    end: float,
) -> bool:
    """Whether these clusters hold all that is read of streams from one time to another."""
    container.seek(round(begin * av.time_base))
    waiting = {stream.index for stream in streams}
    for packet in container.demux(streams):
        at = packet.dts if packet.pts is None else packet.pts
        if packet.size and at is not None:
            if not clusters.begin <= (packet.pos or 0) < clusters.end:
                return False
            if float(at * packet.time_base) > end:
                waiting.discard(packet.stream_index)
            if not waiting:
                return True
    return clusters.end == container.size


class _Cues:
    """The Cues of a stream, in the order of their times, in seconds. Raises `RefusedError` where their places are in
    another order."""

    def __init__(self, container: InputContainer, video: VideoStream) -> None:
        container.seek(0)  # libavformat reads the Cues before it seeks for the first time
        unit = float(video.time_base or 0)
        entries = list(video.index_entries)
        self._times = [each.timestamp * unit for each in entries]
        self._places = [each.pos for each in entries]
        self._size = container.size
        if not entries or any(one > other for one, other in pairwise([0, *self._places, self._size])):
            raise RefusedError("its index doesn't say where its pictures are")
        after = self._end(self._times[0] + _OPENED_SECONDS)
        enough = bisect_left(self._places, self._places[0] + _OPENED_BYTES)
        self.opened = ByteRange(0, min(after, [*self._places, self._size][enough]))

    def clusters(self, begin: float, end: float) -> ByteRange:
        """The bytes of the clusters from the last cue at or before a time to the first one after another, inclusive."""
        before = bisect_right(self._times, begin)
        return ByteRange(self._places[before - 1] if before else 0, self._end(end + _LATE_SECONDS))

    def _end(self, time: float) -> int:
        """Where the cluster ends that the first cue after a time names."""
        places = [*self._places, self._size]
        after = bisect_right(self._times, time)
        return places[bisect_right(self._places, places[after])] if after < len(self._places) else self._size
