"""The probe: finds out what media files are, in a sandboxed process, since a probe parses hostile bytes too.

Started by client.py; inspection.py sends requests, in the protocol of worker/sandbox/child.py. Kinds of requests:

    picture   what a video or picture is (`Probe`); of a Matroska fetched in part, whether that part is enough, too
    sound     what a soundtrack is (`SoundProbe`)
    frame     whether a stream has a frame at or before a time (bool)
    ranges    in which bytes some seconds of a video are (`PlayedBytes`)
    output    the measures of a rendered video (`Measured`)

The first frame is decoded, so that a file with a false header is refused here, with a sentence, and doesn't fail in the
middle of a render. Imports nothing but PyAV: starting costs 60 ms.
"""

import itertools
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream

from worker.probe import alpha, crop, cues, delays, index, length, seeking, tracks, webp
from worker.probe.allocated import allocated_bytes
from worker.probe.model import Matrix, Measured, PlayedBytes, Primaries, Probe, Sound, SoundProbe, Transfer
from worker.sandbox.child import RefusedError, Values, serve

_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""ISO/IEC 23091-2 transfer characteristics."""

_PRIMARIES: dict[int, Primaries] = {9: "bt2020", 11: "p3", 12: "p3"}
"""ISO/IEC 23091-2 colour primaries. 11 is the cinema's P3, of another white, which stays white."""

_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}
"""ISO/IEC 23091-2 matrix coefficients."""

_COLOR_SPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020": Colorspace.BT2020}

_GRID = 16
"""Side of the grid of points at which colors are sampled: enough to know how much of a picture is near white."""

_FRAMED_FORMATS = {"gif", "apng"}
"""Animations, which may have a single picture."""

_JPEG = "jpeg_pipe"
"""libavformat's demuxer of one JPEG."""
_INTERLACED_CODECS = {"mpeg2video", "vc1", "dvvideo"}
_PROGRESSIVE = 1
"""AV_FIELD_PROGRESSIVE; 0 is unknown, greater numbers are orders of fields."""

_FULL_RANGE = 2
_RANGES = {1, _FULL_RANGE}
_HD_LINES = 720
_STILL_FORMATS = ("image2", "_pipe")
_HEIF_BRANDS = {"heic", "heix", "heim", "mif1", "avif"}
"""Brands of HEIF files of one picture (ISO/IEC 23008-12, AV1 Image File Format)."""

_SEQUENCE_BRANDS = {"avis", "msf1", "hevc"}
"""Brands of HEIF animations."""

_READ_FROM_START = {"mpegts", "mpeg", "mpegvideo", "h264", "hevc", "asf", "gif", "apng", "webp_anim", "avi"}
"""Formats in which FFmpeg can't seek exactly: without an index, with pictures that change the ones before, or with
sound in units of 24 ms."""

_PIXEL_ASPECTS = 1 / 16, 16
"""Least and greatest width of a pixel, in its heights. No camera exceeds them; a pixel that does counts as square."""


def main() -> None:
    """Answer the requests on standard input."""
    av.logging.set_level(av.logging.PANIC)
    serve(_handle)


def _handle(file: Values, limits: Values) -> object:
    try:
        return _HANDLERS[file["kind"]](file, limits)
    except MemoryError as error:
        raise RefusedError("it takes more memory than a source may") from error
    except (av.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        # libav's own text, since a FFmpegError's names the worker's folder; the others come from absurd numbers
        reason = getattr(error, "strerror", None) or "its data is broken"
        raise RefusedError(f"{reason[:1].lower()}{reason[1:]}") from error


def _open(file: Values, limits: Values) -> InputContainer:
    options = {
        "protocol_whitelist": limits["protocols"],
        "format_whitelist": file["containers"],
        "codec_whitelist": limits["decoders"],
        "default_fps": str(delays.APNG_RATE),
        "skip_frame": "all",  # opening would decode a picture to complete what a stream's header lacks
    }
    container: InputContainer = av.open(file["path"], format=_format_of(file["path"]), options=options)
    return container


def _format_of(path: str) -> str | None:
    """The demuxer of a JPEG, which libavformat may take for a video where further pictures follow the first; None for
    any other file, of which libavformat decides."""
    with Path(path).open("rb") as file:
        return _JPEG if file.read(3) == b"\xff\xd8\xff" else None


def _picture(file: Values, limits: Values) -> Values:
    """The properties of a video or picture."""
    animation = webp.animation(Path(file["path"]))
    if animation:
        return asdict(_webp(animation, limits))
    if file["seconds"]:
        with _open(file, limits) as container:
            cues.check(container, file, limits)
    allocated = allocated_bytes()
    with _open(file, limits) as container:
        open_bytes = max(allocated_bytes() - allocated, 0)
        brand = container.metadata.get("major_brand")
        if brand in _SEQUENCE_BRANDS and _has_alpha_track(container):
            raise RefusedError("its transparency is in a track of its own; save it as WebP")
        is_heif = brand in _HEIF_BRANDS
        _check_container(container, limits | {"streams": limits["tiles"]} if is_heif else limits)
        stream = tracks.video_stream(container, limits)
        _check_size(stream.codec_context.width, stream.codec_context.height, limits)
        if container.format.name == _JPEG:
            return asdict(_jpeg(stream))
        # The frame isn't shown, and smoothing its blocks is a tenth of decoding it.
        stream.codec_context.options = {"max_pixels": str(limits["pixels"]), "skip_loop_filter": "all"}
        stream.codec_context.thread_count = 1  # for one frame, starting threads takes longer
        packet = next(container.demux(stream))
        frame = _first_frame(container, stream, packet)
        _check_size(frame.width, frame.height, limits)
        size = _shown_size(file, container, stream, frame)
        is_still = (
            is_heif
            or any(part in container.format.name for part in _STILL_FORMATS)
            or (container.format.name in _FRAMED_FORMATS and _is_single(container, stream))
        )
        seconds = 0.0 if is_still else _seconds(container, stream, file, limits)
        sound, lost = _sound_and_loss(container, file, limits)
        played = [min(time, seconds) for span in file["seconds"] for time in span]
        probe = asdict(_probe(container, stream, frame, size, sound, seconds=seconds, is_still=is_still, played=played))
        colors = _colors(frame, probe["matrix"]) if file["colors"] else ""
        has_alpha = alpha.may_be_transparent(container, stream, packet, frame)
        return {**probe, "has_alpha": has_alpha, "lost_sound": lost, "colors": colors, "open_bytes": open_bytes}


def _jpeg(stream: VideoStream) -> Probe:
    """The properties of a JPEG by its header: it is decoded once, by the decoder of stills, which says the rest."""
    context = stream.codec_context
    size = max(context.width, 1), max(context.height, 1)
    return Probe(*size, duration=0.0, fps=0.0, codec=context.name, is_still=True, video=stream.index)


def _has_alpha_track(container: InputContainer) -> bool:
    """Whether gray pictures accompany colored ones: their alpha, which FFmpeg doesn't join with them."""
    contexts: list[av.VideoCodecContext | None] = [stream.codec_context for stream in container.streams.video]
    is_gray = [(context.pix_fmt or "").startswith("gray") for context in contexts if context]
    return any(is_gray) and not all(is_gray)


def _webp(animation: webp.Animation, limits: Values) -> Probe:
    """The properties of an animated WebP, whose pictures the renderer alone can decode; a single one is a still."""
    width, height, pictures, seconds = animation
    if not pictures:
        raise RefusedError("it has no frame")
    _check_size(width, height, limits)
    _check_seconds(seconds, limits)
    if pictures == 1:
        return Probe(width, height, duration=0.0, fps=0.0, codec="webp", is_still=True)
    return Probe(
        width=width,
        height=height,
        duration=seconds,
        fps=pictures / seconds,
        codec="webp_anim",
        pixel_format="argb",
        has_alpha=True,
        can_seek=False,
        decoded=(width, height),
    )


def _shown_size(file: Values, container: InputContainer, stream: VideoStream, frame: av.VideoFrame) -> tuple[int, int]:
    """Width and height of a frame after FFmpeg has cropped it as the container says."""
    order, size = container.streams.video.index(stream), (frame.width, frame.height)
    across, down = crop.crop(Path(file["path"]), container.format.name, stream.index, order, size)
    return max(frame.width - across, 1), max(frame.height - down, 1)


def _first_frame(container: InputContainer, stream: VideoStream, packet: "av.Packet[VideoStream]") -> av.VideoFrame:
    """The frame of the first packet. A decoder that knows that nothing follows returns it at once; otherwise it waits
    for two more, to know which of them is shown first."""
    decoder = stream.codec_context
    frames = [*decoder.decode(packet), *decoder.decode(None)]
    if not frames:  # a picture in two packets
        decoder.flush_buffers()
        frames = [*decoder.decode(packet), *itertools.islice(container.decode(stream), 1)]
    if not frames:
        raise RefusedError("it has no frame")
    return frames[0]


def _is_single(container: InputContainer, stream: VideoStream) -> bool:
    """Whether nothing follows the picture that has been read."""
    return next(container.demux(stream)).size == 0


def _probe(
    container: InputContainer,
    stream: VideoStream,
    frame: av.VideoFrame,
    size: tuple[int, int],
    sound: AudioStream | None,
    *,
    seconds: float,
    is_still: bool,
    played: Sequence[float],
) -> Probe:
    aspect = float(stream.sample_aspect_ratio or 1)
    if not _PIXEL_ASPECTS[0] <= aspect <= _PIXEL_ASPECTS[1]:
        aspect = 1.0
    width, height = max(round(size[0] * aspect), 1), size[1]
    rotation = frame.rotation % 360
    if rotation % 180 == 90:
        width, height = height, width
    can_seek = container.format.name not in _READ_FROM_START
    return Probe(
        width=width,
        height=height,
        duration=seconds,
        fps=float(stream.average_rate or stream.guessed_rate or 0),
        rotation=rotation,
        is_mirrored=rotation != 0 and _is_mirrored(frame),
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=frame.format.name,
        matrix=_MATRICES.get(int(frame.colorspace)) or _usual_matrix(stream, frame),
        primaries=_PRIMARIES.get(int(frame.color_primaries), "bt709"),
        transfer=_TRANSFERS.get(int(frame.color_trc), "sdr"),
        interlaced=bool(frame.interlaced_frame) or _may_be_interlaced(stream),
        full_range=int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj"),
        is_still=is_still,
        can_seek=can_seek,
        tick=float(stream.time_base or 0),
        preroll=seeking.preroll(container, stream, sound, seconds, played) if can_seek and seconds else 0.0,
        decoded=size,
        is_cropped=size != (frame.width, frame.height),
        has_range=int(frame.color_range) in _RANGES,
        video=stream.index,
        audio=sound.index if sound else None,
        sound=_sound_of(sound),
    )


def _is_mirrored(frame: av.VideoFrame) -> bool:
    """Whether the display matrix of a rotated picture, 3 x 3 numbers of 32 bits, mirrors it too, or can't be read."""
    try:
        matrix = cast(Mapping[str, bytes], frame.side_data)["DISPLAYMATRIX"]  # the stub has no such key
    except (KeyError, ValueError):  # PyAV doesn't know every kind of side data, such as Exif
        return True
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return bool(a * d < b * c)


def _may_be_interlaced(stream: VideoStream) -> bool:
    """Whether pictures after the first may be interlaced. The deinterlacer leaves the others alone."""
    name = stream.codec_context.name
    return name in _INTERLACED_CODECS or (name == "h264" and int(stream.codec_context.field_order) > _PROGRESSIVE)


def _usual_matrix(stream: VideoStream, frame: av.VideoFrame) -> Matrix:
    """The matrix of pictures that don't name theirs, as Chromium guesses it."""
    return "bt709" if frame.height >= _HD_LINES and stream.codec_context.name != "vp9" else "bt601"


def _colors(frame: av.VideoFrame, matrix: Matrix) -> str:
    """Colors at the points of a grid, in hexadecimal."""
    points = frame.reformat(
        _GRID, _GRID, "rgb24", src_colorspace=_COLOR_SPACES[matrix], interpolation=Interpolation.POINT
    )
    plane = points.planes[0]
    data = bytes(plane)
    return b"".join(data[row * plane.line_size :][: 3 * _GRID] for row in range(_GRID)).hex()


def _sound(file: Values, limits: Values) -> Values:
    """The properties of a soundtrack."""
    with _open(file, limits) as container:
        _check_container(container, limits)
        stream = tracks.audio_stream(container, limits)
        if stream is None or next(container.decode(stream), None) is None:
            raise RefusedError("it has no sound that can be decoded")
        seconds = _seconds(container, stream, file, limits)
        can_seek = length.has_index(container) and container.format.name not in _READ_FROM_START
        return asdict(SoundProbe(stream.index, seconds, stream.codec_context.channels, can_seek))


def _has_frame(file: Values, limits: Values) -> bool:
    """Whether the stream has a frame at or before a time."""
    at = file["at"]
    if webp.animation(Path(file["path"])):
        return True  # as far as can be told here
    try:
        with _open(file, limits) as container:
            stream = next(s for s in container.streams.video if s.index == file["stream"])
            first = (container.start_time or 0) / av.time_base
            if at:
                container.seek(round((first + at) * av.time_base))
            return next(container.decode(stream), None) is not None
    except av.FFmpegError:
        return False


def _ranges(file: Values, limits: Values) -> PlayedBytes:
    """In which bytes some seconds of a video are."""
    with _open(file, limits) as container:
        if container.format.name.startswith("matroska"):
            return cues.played_bytes(container, file, limits)
        return index.played_bytes(container, file, limits)


def _output(file: Values, limits: Values) -> Values:
    """The measures of a rendered video."""
    with _open(file, limits) as container:
        stream = container.streams.video[0]
        return asdict(
            Measured(
                width=stream.codec_context.width,
                height=stream.codec_context.height,
                fps=float(stream.average_rate or 0),
                frames=stream.frames,
                duration=float((stream.duration or 0) * (stream.time_base or 0)),
                has_exact_timestamps=_has_exact_timestamps(container, stream),
            )
        )


def _has_exact_timestamps(container: InputContainer, stream: VideoStream) -> bool:
    packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    if not packets or not packets[0].is_keyframe or (stream.sample_aspect_ratio or 1) != 1 or not stream.average_rate:
        return False
    times = sorted(float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None)
    period = float(1 / stream.average_rate)
    deviations = (abs(time - index * period) for index, time in enumerate(times))
    return len(times) == stream.frames and all(deviation < period / 10 for deviation in deviations)


_HANDLERS: dict[str, Callable[[Values, Values], object]] = {
    "picture": _picture,
    "sound": _sound,
    "frame": _has_frame,
    "ranges": _ranges,
    "output": _output,
}


def _check_container(container: InputContainer, limits: Values) -> None:
    count = len(container.streams)
    if count > limits["streams"]:
        raise RefusedError(f"it has {count} streams, and {limits['streams']} are the most", "LIMIT_EXCEEDED")
    if not any(length.is_guessed(container, stream) for stream in length.streams(container)):
        _check_seconds((container.duration or 0) / av.time_base, limits)


def _check_size(width: int, height: int, limits: Values) -> None:
    if width * height > limits["pixels"]:
        most = f"{limits['pixels'] // 1_000_000} megapixels are the most"
        raise RefusedError(f"its picture has {width} x {height} pixels, and {most}", "LIMIT_EXCEEDED")


def _check_seconds(seconds: float, limits: Values) -> None:
    if seconds > limits["seconds"]:
        reason = f"it lasts {seconds:.0f} s, and {limits['seconds']:.0f} s are the most"
        raise RefusedError(reason, "LIMIT_EXCEEDED")


def _sound_and_loss(container: InputContainer, file: Values, limits: Values) -> tuple[AudioStream | None, str]:
    """The sound that is played, and the codec of one that is lost: it has no decoder here, or no whole packet."""
    sound = tracks.audio_stream(container, limits)
    if sound is None:
        contexts: list[av.CodecContext | None] = [stream.codec_context for stream in container.streams.audio]
        return None, next((context.name if context else "unknown" for context in contexts), "")
    with _open(file, limits) as again:
        return (None, sound.codec_context.name) if tracks.is_broken(again, sound.index) else (sound, "")


def _seconds(container: InputContainer, stream: VideoStream | AudioStream, file: Values, limits: Values) -> float:
    """The length of a stream. One that only counting tells is read in a container opened anew, from its beginning."""
    seconds = length.stated(container, stream)
    if not seconds:
        with _open(file, limits) as again:
            seconds = length.counted(again, stream.index)
    _check_seconds(seconds, limits)
    return seconds


def _sound_of(stream: AudioStream | None) -> Sound | None:
    if stream is None:
        return None
    return Sound(stream.codec_context.name, stream.codec_context.channels)
