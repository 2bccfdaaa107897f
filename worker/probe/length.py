"""How long a stream is: by its header where that can be trusted, else counted packet by packet.

Recorders that write to a pipe (browsers, OBS) leave the length out, or write 0 or the largest number; of MP3 and AAC
without an index libavformat knows the first packets' bit rate alone, and guesses. Imports nothing but PyAV, as
child.py.
"""

import itertools

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from worker.probe import delays

_GUESSED_FORMATS = {"mp3", "aac", "ac3", "eac3", "amr", "h264", "hevc", "mpegvideo", "mpeg"}
"""Demuxers that compute a length from the size of the file."""

_PACKETS_MAX = 4_000_000
"""Most packets counted: a day of AAC."""


def streams(container: InputContainer) -> list[VideoStream | AudioStream]:
    """The streams that have a length of their own."""
    return [*container.streams.video, *container.streams.audio]


def has_index(container: InputContainer) -> bool:
    """Whether the file says where its packets are."""
    return container.format.name not in _GUESSED_FORMATS


def is_guessed(container: InputContainer, stream: VideoStream | AudioStream) -> bool:
    """Whether the header's length is no more than a guess. An AVI file that was written to a pipe has no index; an MP3
    file that names its encoder's delay, its start, also names its length; an animation has delays that mean others."""
    name = container.format.name
    if name in delays.CODECS:
        return True
    if name == "avi":
        return len(stream.index_entries) < 2
    return not has_index(container) and not (name == "mp3" and container.start_time)


def stated(container: InputContainer, stream: VideoStream | AudioStream) -> float:
    """Seconds from the file's first moment, which FFmpeg counts as 0, to the stream's end, by the header; 0 if that
    doesn't say."""
    if is_guessed(container, stream):
        return 0.0
    if stream.duration and stream.time_base is not None:
        start = float((stream.start_time or 0) * stream.time_base)
        return max(start + float(stream.duration * stream.time_base) - _first(container), 0.0)
    return max((container.duration or 0) / av.time_base, 0.0)


def counted(container: InputContainer, index: int) -> float:
    """The same for the stream `index` of a container just opened, by reading every packet."""
    stream = next(each for each in streams(container) if each.index == index)
    unit = float(stream.time_base or 0)
    if container.format.name in delays.CODECS:
        packets = itertools.islice(container.demux(stream), _PACKETS_MAX)
        return sum(delays.standing((packet.duration or 0) * unit) for packet in packets if packet.size)
    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    period = round(1 / (rate * stream.time_base)) if rate and stream.time_base else 0
    end = elapsed = 0
    for packet in itertools.islice(container.demux(stream), _PACKETS_MAX):
        if not packet.size:  # the last one tells the end
            continue
        length = packet.duration or period
        elapsed += length
        begin = packet.dts if packet.pts is None else packet.pts
        end = max(end, length + begin) if begin is not None else end
    return max(end * unit - _first(container), elapsed * unit if not end else 0.0)


def _first(container: InputContainer) -> float:
    return (container.start_time or 0) / av.time_base
