"""Which of a file's tracks are shown and heard. Imports nothing but PyAV, as child.py."""

import contextlib
import itertools

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from worker.sandbox.child import RefusedError, Values

_SAMPLE_RATES, _CHANNELS_MAX = (2_000, 384_000), 24
"""Audio samples per second, from half a telephone's to twice a studio's; most channels, those of a cinema."""

_BROKEN_PACKETS = 50
"""Packets without sound after which a stream counts as broken: a second of AAC."""


_PICTURE_CODECS = {"mjpeg", "png", "bmp", "gif", "webp", "tiff"}
"""Codecs of covers: beside a video, a track in one of them isn't the video."""


def video_stream(container: InputContainer, limits: Values) -> VideoStream:
    """The video stream that players show: the default of those that can be decoded and aren't the cover of an album.

    One that may be a cover without the mark, by its number of pictures or, since Matroska doesn't say that, by its
    codec, comes last.
    """
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    decodable = [s for s in streams if _is_decodable(s, limits)]
    if not decodable:
        raise RefusedError("its codec is not one that videos come in" if streams else "it has no picture")
    return min(decodable, key=lambda s: (s.frames == 1, s.codec_context.name in _PICTURE_CODECS, not _is_default(s)))


def audio_stream(container: InputContainer, limits: Values) -> AudioStream | None:
    """The sound that players play: the default of those that can be decoded."""
    decodable = [s for s in container.streams.audio if _is_decodable(s, limits)]
    return min(decodable, key=lambda s: not _is_default(s), default=None)


def is_broken(container: InputContainer, index: int) -> bool:
    """Whether the first packets of a stream, more than a recorder damages, give no sound at all."""
    stream = next(each for each in container.streams.audio if each.index == index)
    is_read = False
    for packet in itertools.islice(container.demux(stream), _BROKEN_PACKETS):
        is_read = is_read or packet.size > 0
        with contextlib.suppress(av.FFmpegError):
            if packet.decode():
                return False
    return is_read


def _is_default(stream: VideoStream | AudioStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.default)


def _is_decodable(stream: VideoStream | AudioStream, limits: Values) -> bool:
    """Phones also write tracks that only they can decode (Apple's spatial sound, for example)."""
    context: av.CodecContext | None = stream.codec_context  # None where there is no decoder, whatever its type says
    if context is None or context.codec.name not in limits["decoders"].split(","):
        return False
    return not isinstance(stream, AudioStream) or _is_recordable(stream)


def _is_recordable(stream: AudioStream) -> bool:
    """Whether a recorder can have made it: no resampler copes with billions of samples per second."""
    sound = stream.codec_context
    return _SAMPLE_RATES[0] <= sound.sample_rate <= _SAMPLE_RATES[1] and 1 <= sound.channels <= _CHANNELS_MAX
