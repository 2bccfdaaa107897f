"""Looks into files: runs in a cage of its own, since a probe parses hostile bytes too (inspection.py starts it).

    python -I -S -c "from worker.video.looker import main; main()" < {"caps": ..., "questions": [...]}

Says `ready`, then answers each question with one line of JSON, in order: {"found": ...}, or {"refused": code,
"reason": ...} where the file is to blame. Whoever reads them knows by their number at which file this process ended.

The first frame is decoded, so that a file whose header lies is found here, with a sentence, and not by FFmpeg in the
middle of a render. Nothing but PyAV is imported: starting costs 60 ms.
"""

import itertools
import json
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream

from worker.video.probe import Matrix, Measured, Probe, Sound, SoundProbe, Transfer

_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""ISO/IEC 23091-2 transfer characteristics."""

_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}
"""ISO/IEC 23091-2 matrix coefficients."""

_COLOR_SPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020": Colorspace.BT2020}

_GRID = 16
"""Points a side at which colours are looked up: as many as tell how much of a picture is near white."""

_FULL_RANGE = 2
_HD_LINES = 720
_STILL_FORMATS = ("image2", "_pipe")
_UNINDEXED_FORMATS = {"mpegts", "mpeg", "mpegvideo", "h264", "hevc", "asf"}

_ASPECTS = 1 / 16, 16
"""Of one pixel: what lies beyond is no camera's doing, and counts as square."""

_RATES, _CHANNELS_MAX = (2_000, 384_000), 24
"""Of sound: samples a second, from a telephone's to twice a studio's; channels, those of a cinema."""

_FRAMES = 600
"""Decoded at most while looking for a clip's first picture: two key frames are rarely further apart."""

READY = "ready"
"""Said once this process is well: what ends it from there on is a file's doing."""

Caps = dict[str, Any]
"""What a file may have and use: see `inspection.caps`."""


class RefusedError(Exception):
    """The file is to blame. `code` is one of the contract's error codes."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def main() -> None:
    """Answer the questions on standard input, a request a line."""
    av.logging.set_level(av.logging.PANIC)
    print(READY, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        for question in asked["questions"]:
            _allow_cpu_seconds(asked["caps"]["cpu_seconds"])
            print(json.dumps(_answer(question, asked["caps"])), flush=True)


def _allow_cpu_seconds(seconds: int) -> None:
    """For the next file. Time on the processor, unlike time on the clock, says nothing of how busy the machine is."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, most))


def _answer(question: dict[str, Any], caps: Caps) -> dict[str, Any]:
    try:
        return {"found": _ANSWERS[question["about"]](question, caps)}
    except RefusedError as error:
        return {"refused": error.code, "reason": str(error)}
    except MemoryError:
        return {"refused": "MEDIA_UNDECODABLE", "reason": "it takes more memory than a source may"}
    except (av.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        # libav's own text, since a FFmpegError's names the worker's folder; the others come of absurd numbers
        reason = getattr(error, "strerror", None) or "its data is broken"
        return {"refused": "MEDIA_UNDECODABLE", "reason": f"{reason[:1].lower()}{reason[1:]}"}


def _open(question: dict[str, Any], caps: Caps) -> InputContainer:
    options = {
        "protocol_whitelist": caps["protocols"],
        "format_whitelist": question["containers"],
        "codec_whitelist": caps["decoders"],
        "skip_frame": "all",  # opening would decode a picture to fill in what a stream's head doesn't say
    }
    container: InputContainer = av.open(question["path"], options=options)
    return container


def _picture(question: dict[str, Any], caps: Caps) -> dict[str, Any]:
    """What a video or picture is."""
    with _open(question, caps) as container:
        _check_container(container, caps)
        stream = _seen(container, caps)
        _check_size(stream.codec_context.width, stream.codec_context.height, caps)
        # Nobody looks at the frame, and smoothing its blocks is a tenth of decoding it.
        stream.codec_context.options = {"max_pixels": str(caps["pixels"]), "skip_loop_filter": "all"}
        stream.codec_context.thread_count = 1  # one frame is wanted: starting threads takes longer
        frame = _first_frame(container, stream)
        _check_size(frame.width, frame.height, caps)
        is_still = any(part in container.format.name for part in _STILL_FORMATS)
        seconds = 0.0 if is_still else _duration(container, stream)
        _check_seconds(seconds, caps)
        found = asdict(_probe(container, stream, frame, seconds, is_still=is_still, caps=caps))
        return {**found, "colors": _colors(frame, found["matrix"]) if question["colors"] else ""}


def _first_frame(container: InputContainer, stream: VideoStream) -> av.VideoFrame:
    """A decoder that is told that nothing follows gives its picture at once; else it waits for two more, to know which
    of them is shown first."""
    decoder = stream.codec_context
    packet = next(container.demux(stream))
    frames = [*decoder.decode(packet), *decoder.decode(None)]
    if not frames:  # a picture that lies in two packets
        decoder.flush_buffers()
        frames = [*decoder.decode(packet), *itertools.islice(container.decode(stream), 1)]
    if not frames:
        raise _undecodable("it has no frame")
    return frames[0]


def _probe(
    container: InputContainer,
    stream: VideoStream,
    frame: av.VideoFrame,
    seconds: float,
    *,
    is_still: bool,
    caps: Caps,
) -> Probe:
    aspect = float(stream.sample_aspect_ratio or 1)
    if not _ASPECTS[0] <= aspect <= _ASPECTS[1]:
        aspect = 1.0
    width, height = max(round(frame.width * aspect), 1), frame.height
    rotation = frame.rotation % 360
    if rotation % 180 == 90:
        width, height = height, width
    sound = next((s for s in container.streams.audio if _is_decodable(s, caps)), None)
    return Probe(
        width=width,
        height=height,
        duration=seconds,
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
        sound=_sound_of(sound),
    )


def _colors(frame: av.VideoFrame, matrix: Matrix) -> str:
    """Colours at the points of a grid."""
    points = frame.reformat(
        _GRID, _GRID, "rgb24", src_colorspace=_COLOR_SPACES[matrix], interpolation=Interpolation.POINT
    )
    plane = points.planes[0]
    data = bytes(plane)
    return b"".join(data[row * plane.line_size :][: 3 * _GRID] for row in range(_GRID)).hex()


def _sound(question: dict[str, Any], caps: Caps) -> dict[str, Any]:
    """What a soundtrack is."""
    with _open(question, caps) as container:
        _check_container(container, caps)
        stream = next((s for s in container.streams.audio if _is_decodable(s, caps)), None)
        if stream is None or next(container.decode(stream), None) is None:
            raise _undecodable("it has no sound that can be decoded")
        seconds = (container.duration or 0) / av.time_base
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        _check_seconds(seconds, caps)
        return asdict(SoundProbe(stream.index, max(seconds, 0.0), stream.codec_context.channels))


def _moment(question: dict[str, Any], caps: Caps) -> bool:
    """Whether the stream has a picture at a time."""
    at = question["at"]
    try:
        with _open(question, caps) as container:
            stream = next(s for s in container.streams.video if s.index == question["stream"])
            first = (container.start_time or 0) / av.time_base
            if at:
                container.seek(round((first + at) * av.time_base))
            for count, frame in enumerate(container.decode(stream)):
                if frame.time is None or frame.time - first >= at - 1e-3 or count > _FRAMES:
                    return True
    except av.FFmpegError:
        return False
    return False


def _made(question: dict[str, Any], caps: Caps) -> dict[str, Any]:
    """The measures of a video that a render made."""
    with _open(question, caps) as container:
        stream = container.streams.video[0]
        return asdict(
            Measured(
                width=stream.codec_context.width,
                height=stream.codec_context.height,
                fps=float(stream.average_rate or 0),
                frames=stream.frames,
                duration=float((stream.duration or 0) * (stream.time_base or 0)),
                has_sound=bool(container.streams.audio),
                on_the_beat=_is_on_the_beat(container, stream),
            )
        )


def _is_on_the_beat(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the file starts with a key frame at 0, and each frame stands where its number says, in square pixels."""
    packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    if not packets or not packets[0].is_keyframe or (stream.sample_aspect_ratio or 1) != 1 or not stream.average_rate:
        return False
    times = sorted(float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None)
    beat = float(1 / stream.average_rate)
    return len(times) == stream.frames and all(abs(time - index * beat) < beat / 10 for index, time in enumerate(times))


_ANSWERS: dict[str, Callable[[dict[str, Any], Caps], object]] = {
    "picture": _picture,
    "sound": _sound,
    "moment": _moment,
    "made": _made,
}


def _seen(container: InputContainer, caps: Caps) -> VideoStream:
    """The stream that is shown: the first that can be decoded and isn't the cover of an album."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    stream = next((s for s in streams if _is_decodable(s, caps)), None)
    if stream is None:
        raise _undecodable("its codec is not one that videos come in" if streams else "it has no picture")
    return stream


def _is_decodable(stream: VideoStream | AudioStream, caps: Caps) -> bool:
    """Phones write tracks beside the usual ones that nobody else can decode (Apple's spatial sound, for one)."""
    context: av.CodecContext | None = stream.codec_context  # None where there is no decoder, whatever its type says
    if context is None or context.codec.name not in caps["decoders"].split(","):
        return False
    return not isinstance(stream, AudioStream) or _is_audible(stream)


def _is_audible(stream: AudioStream) -> bool:
    """Whether somebody can have recorded it: no resampler copes with billions of samples a second."""
    sound = stream.codec_context
    return _RATES[0] <= sound.sample_rate <= _RATES[1] and 1 <= sound.channels <= _CHANNELS_MAX


def _check_container(container: InputContainer, caps: Caps) -> None:
    count = len(container.streams)
    if count > caps["streams"]:
        raise RefusedError("LIMIT_EXCEEDED", f"it has {count} streams, and {caps['streams']} are the most")
    _check_seconds((container.duration or 0) / av.time_base, caps)


def _check_size(width: int, height: int, caps: Caps) -> None:
    if width * height > caps["pixels"]:
        most = f"{caps['pixels'] // 1_000_000} megapixels are the most"
        raise RefusedError("LIMIT_EXCEEDED", f"its picture has {width} x {height} pixels, and {most}")


def _check_seconds(seconds: float, caps: Caps) -> None:
    if seconds > caps["seconds"]:
        raise RefusedError("LIMIT_EXCEEDED", f"it lasts {seconds:.0f} s, and {caps['seconds']:.0f} s are the most")


def _duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds from the file's first moment, which FFmpeg counts as 0, to the end of its video."""
    first = (container.start_time or 0) / av.time_base
    if stream.duration is not None and stream.time_base is not None:
        start = float((stream.start_time or 0) * stream.time_base)
        return max(start + float(stream.duration * stream.time_base) - first, 0.0)
    return max((container.duration or 0) / av.time_base, 0.0)


def _sound_of(stream: AudioStream | None) -> Sound | None:
    if stream is None:
        return None
    return Sound(stream.codec_context.name, stream.codec_context.sample_rate, stream.codec_context.channels)


def _undecodable(reason: str) -> RefusedError:
    return RefusedError("MEDIA_UNDECODABLE", reason)
