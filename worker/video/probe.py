"""What a source is: its size as shown, its length, its colours, its sound. In-process, through PyAV.

The first frame is decoded, so that a file whose header lies is found here, with a sentence, and not by FFmpeg in the
middle of a render.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from worker.job import ErrorCode, PermanentError

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegps,mpeg,mpegvideo,h264,hevc,flv,asf,ogg,mxf,"
    "image2,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,gif"
)
"""libavformat's demuxers that a source may need. Playlists (HLS, ffconcat) are not: they open other files."""

PROTOCOLS = "file"
"""FFmpeg reads local files alone; fetching is done before and elsewhere."""

MAX_PIXELS = 36_000_000
"""Of one frame: 8K (33 million) still decodes. A 745 kB PNG of 16000 x 16000 would take 800 MB."""

SOUND_CONTAINERS = f"{CONTAINERS},mp3,aac,wav,w64,aiff,flac,ac3,caf"
"""What a soundtrack may come in besides."""

Matrix = Literal["bt601", "bt709", "bt2020"]
Transfer = Literal["sdr", "pq", "hlg"]
"""How light is coded: as in every older video, or as HDR's "perceptual quantizer" or "hybrid log-gamma"."""

_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""ISO/IEC 23091-2 transfer characteristics."""

_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}
"""ISO/IEC 23091-2 matrix coefficients."""

_FULL_RANGE = 2
_HD_LINES = 720
_STILL_FORMATS = ("image2", "_pipe")
_UNINDEXED_FORMATS = {"mpegts", "mpeg", "mpegvideo", "h264", "hevc"}


@dataclass(frozen=True)
class Sound:
    """A source's sound: codec, samples a second, channels."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True)
class Probe:
    """What a source is.

    `width` and `height` are those of the picture as it is shown: turned upright, in square pixels. `rotation` is the
    turn in degrees that the file asks for, which FFmpeg does by itself. `duration` is in seconds, of the video
    from the file's first moment; 0 for a still. `video` and `audio` are stream indices.
    """

    width: int
    height: int
    duration: float
    fps: float
    rotation: int = 0
    codec: str = "h264"
    pixel_format: str = "yuv420p"
    matrix: Matrix = "bt709"
    transfer: Transfer = "sdr"
    interlaced: bool = False
    full_range: bool = False
    is_still: bool = False
    can_seek: bool = True
    """Streams without an index (MPEG-TS) land anywhere, even behind their last key frame."""
    video: int = 0
    audio: int | None = None
    sound: Sound | None = None


def probe(path: Path) -> Probe:
    """Look at a file. Raises `PermanentError` (MEDIA_UNDECODABLE) where it isn't a video or picture."""
    try:
        with av.open(str(path), options={"protocol_whitelist": PROTOCOLS, "format_whitelist": CONTAINERS}) as container:
            return _probe(container)
    except FileNotFoundError:
        raise
    except av.FFmpegError as error:  # its own text names the worker's folder
        raise _undecodable((error.strerror or "it is broken").lower()) from error


@dataclass(frozen=True)
class SoundProbe:
    """What a soundtrack is: the index of its stream, its seconds, its channels."""

    audio: int
    duration: float
    channels: int = 2


def probe_sound(path: Path) -> SoundProbe:
    """Look at a soundtrack. Raises `PermanentError` (MEDIA_UNDECODABLE) where it has no sound."""
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": SOUND_CONTAINERS}
    try:
        with av.open(str(path), options=options) as container:
            stream = next((s for s in container.streams.audio if _is_decodable(s)), None)
            if stream is None or next(container.decode(stream), None) is None:
                raise _undecodable("it has no sound")
            seconds = (container.duration or 0) / av.time_base
            if stream.duration is not None and stream.time_base is not None:
                seconds = float(stream.duration * stream.time_base)
            return SoundProbe(stream.index, seconds, stream.codec_context.channels)
    except FileNotFoundError:
        raise
    except av.FFmpegError as error:
        raise _undecodable((error.strerror or "it is broken").lower()) from error


def _probe(container: InputContainer) -> Probe:
    stream = next((s for s in container.streams.video if _is_decodable(s) and not _is_cover(s)), None)
    if stream is None:
        raise _undecodable("it has no picture")
    if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
        raise _undecodable(f"its picture is larger than {MAX_PIXELS // 1_000_000} megapixels")
    stream.thread_type = "SLICE"  # one frame is wanted: frame threads would first read a dozen
    frame = next(container.decode(stream), None)
    if frame is None:
        raise _undecodable("it has no frame")
    aspect = stream.sample_aspect_ratio or 1
    width, height = max(round(frame.width * aspect), 1), frame.height
    rotation = frame.rotation % 360
    if rotation % 180 == 90:
        width, height = height, width
    sound = next((s for s in container.streams.audio if _is_decodable(s)), None)
    is_still = any(part in container.format.name for part in _STILL_FORMATS)
    return Probe(
        width=width,
        height=height,
        duration=0.0 if is_still else _duration(container, stream),
        fps=float(stream.average_rate or stream.guessed_rate or 0),
        rotation=rotation,
        codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        matrix=_MATRICES.get(int(frame.colorspace), "bt709" if frame.height >= _HD_LINES else "bt601"),
        transfer=_TRANSFERS.get(int(frame.color_trc), "sdr"),
        interlaced=bool(frame.interlaced_frame),
        full_range=int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj"),
        is_still=is_still,
        can_seek=container.format.name not in _UNINDEXED_FORMATS,
        video=stream.index,
        audio=sound.index if sound else None,
        sound=_sound(sound),
    )


def _is_decodable(stream: VideoStream | AudioStream) -> bool:
    """Phones write tracks beside the usual ones that nobody else can decode (Apple's spatial sound, for one)."""
    context: object = stream.codec_context  # None where there is no decoder, whatever its type says
    return context is not None


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds from the file's first moment, which FFmpeg counts as 0, to the end of its video."""
    first = (container.start_time or 0) / av.time_base
    if stream.duration is not None and stream.time_base is not None:
        start = float((stream.start_time or 0) * stream.time_base)
        return max(start + float(stream.duration * stream.time_base) - first, 0.0)
    return (container.duration or 0) / av.time_base


def _sound(stream: AudioStream | None) -> Sound | None:
    if stream is None:
        return None
    return Sound(stream.codec_context.name, stream.codec_context.sample_rate, stream.codec_context.channels)


def _undecodable(reason: str) -> PermanentError:
    return PermanentError(ErrorCode.MEDIA_UNDECODABLE, f"The source can't be decoded: {reason}.")
