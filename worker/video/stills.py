"""Makes a job's stills plain before FFmpeg reads them (worker/stills/decoder.py), in one sandboxed process.

Skia decodes JPEG, PNG, WebP, GIF and BMP. FFmpeg converts the others (HEIC, AVIF, TIFF) to a PNG first, since it can
join the tiles that phones cut a HEIC into. A still in HDR is left alone: FFmpeg maps its tones, as those of videos. In
tiles, it is refused: of those, FFmpeg would show the first.
"""

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from worker.job import ErrorCode, JobWarning, PermanentError, WarningCode, limits
from worker.probe import formats
from worker.probe.model import MediaSource, Probe
from worker.sandbox.child import RefusedError
from worker.sandbox.client import ChildProgram, InspectionError, child_process, python_command
from worker.sandbox.process import SandboxLimits
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.diagnose import may_be_caused_by_source
from worker.video.plan.fit import Size

_LIMITS = SandboxLimits(memory_bytes=1024**3, file_bytes=5 * limits.MEDIA_PIXELS)
"""A picture of the largest size takes 144 MB, and as much again while it is turned upright."""

_WALL_SECONDS = 120.0

_SKIA_CODECS = frozenset({"mjpeg", "png", "apng", "webp", "gif", "bmp"})
"""libavcodec's names of what Skia decodes."""

_TILES_MARK = b"grid"
"""Type of a HEIF picture that is composed of tiles: ISO/IEC 23008-12, 6.6.2.3."""

_ALPHA_MARKS = (b"auxiliary:alpha\0", b"hevc:2015:auxid:1\0")
"""Names of the picture beside a HEIF picture that is its alpha: ISO/IEC 23008-12, and AV1 Image File Format."""


@dataclass(frozen=True)
class PlainStills:
    """The sources by URL, their stills plain, and what is to be told about them."""

    sources: Mapping[str, MediaSource]
    warnings: tuple[JobWarning, ...] = ()


class _Decoded(BaseModel):
    """What the decoder answers."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)
    is_whole: bool
    colors: str = Field(pattern="^(?:[0-9a-f]{6}){0,256}$")


def make_plain(
    sources: Mapping[str, MediaSource], pointers: Mapping[str, str], sizes: Sequence[Size], context: RenderContext
) -> PlainStills:
    """Decode the stills among `sources`, for outputs of `sizes`, into files of the context's folder.

    `pointers` are the sources' JSON pointers. Raises `PermanentError` (MEDIA_UNDECODABLE or LIMIT_EXCEEDED) for a still
    that can't be decoded, `InspectionError` and `CancelledError`.
    """
    for url, source in sources.items():
        if source.probe.is_still and not _is_decoded(source) and _heif_has(source.path, _TILES_MARK):
            raise _unreadable(pointers[url])
    stills = {url: source for url, source in sources.items() if _is_decoded(source)}
    if not stills:
        return PlainStills(sources)
    width, height = max(size[0] for size in sizes), max(size[1] for size in sizes)
    requests: list[dict[str, object]] = []
    for index, (url, source) in enumerate(stills.items()):
        target = context.workdir / f"still-{index}.bmp"
        converted = (
            "" if source.probe.codec in _SKIA_CODECS else str(_to_png(source.path, index, pointers[url], context))
        )
        requests.append({"source": str(source.path), "converted": converted, "target": str(target), "width": width,
                         "height": height})  # fmt: skip
    answers = _decode(requests, [pointers[url] for url in stills], context)
    plain = dict(sources)
    warnings: list[JobWarning] = []
    for url, request, answer in zip(stills, requests, answers, strict=True):
        probe = Probe(answer.width, answer.height, duration=0.0, fps=0.0, codec="bmp", pixel_format="bgra",
                      colors=answer.colors, is_still=True)  # fmt: skip
        plain[url] = MediaSource(Path(str(request["target"])), probe)
        if not answer.is_whole:
            message = "The picture's file is cut off or damaged: it is shown as far as it goes."
            warnings.append(JobWarning(WarningCode.SOURCE_DAMAGED, pointers[url], message))
    return PlainStills(plain, tuple(warnings))


def _is_decoded(source: MediaSource) -> bool:
    return source.probe.is_still and source.probe.transfer == "sdr"


def _decode(
    requests: Sequence[Mapping[str, object]], pointers: Sequence[str], context: RenderContext
) -> list[_Decoded]:
    allowed = {"pixels": limits.MEDIA_PIXELS, "cpu_seconds": limits.PROBE_CPU_SECONDS}
    command = python_command("worker.stills.decoder", ["skia"])
    program = ChildProgram(command, "picture", _LIMITS, _WALL_SECONDS)
    readable = [Path(str(request["source"])) for request in requests]
    with child_process(program, context.workdir, readable=readable) as process:
        process.send(allowed, requests)
        try:
            return [_read(answer) for answer in process.receive(len(requests), context.cancelled)]
        except RefusedError as error:
            code = ErrorCode(error.code)
            verb = "goes beyond a limit" if code is ErrorCode.LIMIT_EXCEEDED else "can't be decoded"
            raise PermanentError(code, f"The source {verb}: {error}.", pointers[error.index]) from None


def _read(answer: Any) -> _Decoded:
    try:
        return _Decoded.model_validate(answer)
    except ValidationError as error:
        raise InspectionError("An answer about a picture makes no sense.") from error


def _to_png(source: Path, index: int, pointer: str, context: RenderContext) -> Path:
    """The picture as a PNG: its tiles joined, upright, with its alpha. Raises `PermanentError` if that fails."""
    target = context.workdir / f"still-{index}.png"
    has_alpha = _heif_has(source, *_ALPHA_MARKS)
    joined = ("-filter_complex", "[0:v:0][0:v:1]alphamerge") if has_alpha else ()
    png = ("-frames:v", "1", "-c:v", "png", "-compression_level", "1", "-f", "image2", "-update", "1")
    try:
        if joined and _heif_has(source, _TILES_MARK):
            raise _unreadable(pointer)
        ffmpeg.run(
            (
                *formats.options(streams=limits.MEDIA_TILES),
                "-i",
                f"file:{source}",
                *joined,
                *png,
                "-y",
                f"file:{target}",
            ),
            context,
        )
    except ffmpeg.FFmpegError as error:
        if not may_be_caused_by_source(error):
            raise
        raise _unreadable(pointer) from error
    return target


def _heif_has(source: Path, *marks: bytes) -> bool:
    """Whether a file is a HEIF with one of these marks."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data[4:8] == b"ftyp" and any(data.find(mark) >= 0 for mark in marks)


def _unreadable(pointer: str) -> PermanentError:
    message = "The picture can't be decoded: save it as JPEG, or as PNG if it is transparent."
    return PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, pointer)
