"""How far before an in-point a seek must aim, for its picture and its sound to be decoded exactly.

libavformat seeks to a key frame by the time at which it is decoded; what is shown and heard at the in-point may need
what comes before:

    open GOP        pictures that follow a key frame in the file and are shown before it can't be decoded after a seek
    variable rate   with B-frames, the two times of a key frame differ by as long as some pictures stand
    edit list       after a seek the demuxer drops as much sound again as the list drops at the beginning
    AAC, Opus       the first packets after a seek sound wrong

Imports nothing but PyAV, as child.py.
"""

import itertools
from collections.abc import Iterator, Sequence

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

_EXACT_FORMATS = ("mov", "matroska")
"""Demuxers whose index says when each key frame is shown, or nearly so."""

_INEXACT_SECONDS = 1.0
"""Preroll in other containers, whose seeks land a few pictures late."""

_SOUND_SECONDS = 0.08
"""Seconds of sound that a decoder needs before it is exact: for Opus RFC 7845, section 4.6; AAC needs two packets."""

_PACKETS = 64
"""Most packets read after a key frame: more than the 16 pictures that H.264 and H.265 can reorder."""

_SEEKS = (0.5, 0.25, 0.75)
"""Places of a file, in parts of its length, at which a key frame is looked at."""

PREROLL_MAX = 3.0
"""Longest preroll, and that of B-frames at a variable rate: a key frame is decoded earlier than it is shown by the time
for which some pictures stand."""

_VARIABLE = 1.2
"""Ratio of a stream's shortest to its average distance of pictures from which its rate counts as variable."""


def preroll(
    container: InputContainer,
    video: VideoStream,
    audio: AudioStream | None,
    seconds: float,
    played: Sequence[float] = (),
) -> float:
    """Seconds of preroll of a container whose video lasts `seconds`. Reads some packets after three key frames; of a
    file that lacks what isn't played, after those before the times `played`, in seconds from its beginning."""
    sound = 0.0 if audio is None else _SOUND_SECONDS + _dropped_sound(audio)
    if not container.format.name.startswith(_EXACT_FORMATS):
        return max(_INEXACT_SECONDS, sound)
    if not video.codec_context.has_b_frames:
        return sound
    if (video.base_rate or 0) > (video.average_rate or 0) * _VARIABLE:
        return PREROLL_MAX
    places = played or [part * seconds for part in _SEEKS]
    return min(max(sound, _leading_seconds(container, video, places)), PREROLL_MAX)


def _dropped_sound(audio: AudioStream) -> float:
    """Seconds of sound before the file's first moment: the encoder's delay, and up to a second that an edit hides."""
    entries = audio.index_entries
    if not len(entries) or audio.time_base is None:
        return 0.0
    return max(-float(entries[0].timestamp * audio.time_base), 0.0)


def _leading_seconds(container: InputContainer, video: VideoStream, places: Sequence[float]) -> float:
    """The longest time by which pictures that follow a key frame in the file are shown before it, and one picture
    more."""
    first = (container.start_time or 0) / av.time_base
    period = float(1 / video.average_rate) if video.average_rate else 0.0
    leading = 0.0
    for place in places:
        try:
            container.seek(round((first + place) * av.time_base))
            times = list(_times_until_trailing(container, video))
        except av.FFmpegError:  # a damaged place: the render meets it, or doesn't
            continue
        if times and min(times) < times[0]:
            leading = max(leading, times[0] - min(times) + period)
    return leading


def _times_until_trailing(container: InputContainer, video: VideoStream) -> Iterator[float]:
    """Times of a key frame and of the pictures that follow it and are shown before it: these come first."""
    key: float | None = None
    for packet in itertools.islice(container.demux(video), _PACKETS):
        if packet.pts is None:
            return
        time = float(packet.pts * packet.time_base)
        if key is not None and time > key:
            return
        key = time if key is None else key
        yield time
