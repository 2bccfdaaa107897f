"""Asks the probe, sandboxed processes of the job's own (child.py), what a job's files are.

Reading a header is parsing hostile bytes: in the worker's own process a crafted file would have its credentials, its
network and its memory. A file at which the process crashes, or that takes too much memory or processor time, is refused
like any other that can't be decoded. Answers are checked before use, since they end up in filter graphs.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from worker.job import ErrorCode, PermanentError, limits
from worker.probe import formats, signatures
from worker.probe.client import ProbeProcess
from worker.probe.model import Measured, PlayedBytes, Probe, SoundProbe
from worker.sandbox.child import RefusedError
from worker.sandbox.client import DiedError, InspectionError

_NAME = re.compile(r"[a-z0-9_]{1,32}")
"""Name of a codec or pixel format."""

_COLORS = re.compile(r"(?:[0-9a-f]{6}){0,256}")

T = TypeVar("T")


@dataclass(frozen=True)
class ProbeRequest:
    """What to find out about a file; child.py describes the kinds. `pointer` is where the job names the file.

    `seconds` are those that are played, pairs of a begin and an end: for the kind "ranges", and for the kind "picture"
    of a Matroska of which only these were fetched.
    """

    kind: Literal["picture", "sound", "frame", "ranges", "output"]
    path: Path
    pointer: str = ""
    containers: str = formats.CONTAINERS
    stream: int = 0
    at: float = 0.0
    colors: bool = False
    seconds: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> dict[str, object]:
        """The request as the probe reads it."""
        return {
            "kind": self.kind,
            "path": str(self.path),
            "containers": self.containers,
            "stream": self.stream,
            "at": self.at,
            "colors": self.colors,
            "seconds": self.seconds,
        }


def picture(request: ProbeRequest, process: ProbeProcess, cancelled: Callable[[], bool] = lambda: False) -> Probe:
    """The properties of a video or picture. Raises `PermanentError` with the request's pointer (MEDIA_UNDECODABLE or
    LIMIT_EXCEEDED), `InspectionError` and `CancelledError`."""
    return _probe(_ask(request, process, cancelled))


def sound(request: ProbeRequest, process: ProbeProcess, cancelled: Callable[[], bool] = lambda: False) -> SoundProbe:
    """The properties of a soundtrack. Raises what `picture` raises."""
    return _read(_SOUND, _ask(request, process, cancelled))


def has_frames(requests: Sequence[ProbeRequest], process: ProbeProcess) -> list[bool]:
    """Whether each source of requests of the kind "frame" has a frame at its time. Raises what `picture` raises."""
    _send(process, requests)
    return [result is True for result in _receive(process, requests)]


def played_bytes(request: ProbeRequest, process: ProbeProcess) -> PlayedBytes | None:
    """The bytes in which `request.seconds` are, of a request of the kind "ranges" for a file whose index is there.

    None where the index doesn't say it. Raises `PermanentError` (MEDIA_UNDECODABLE) for a file at which the probe dies,
    and `InspectionError`.
    """
    _send(process, [request])
    try:
        (result,) = process.receive(1)
    except DiedError as error:
        raise _refusal(error, [request]) from None
    except RefusedError:
        return None
    found = _read(_PLAYED_BYTES, result)
    if any(not 0 <= begin < end for begin, end in (*found.opened, *found.played)):
        raise InspectionError("An answer about a source makes no sense.")
    return found


def measure(videos: Sequence[Path], process: ProbeProcess) -> list[Measured]:
    """Measure videos that a render wrote, in the sandbox too, because they derive from untrusted bytes. Raises what
    `PendingProbe.wait` raises."""
    requests = [ProbeRequest("output", video) for video in videos]
    _send(process, requests)
    return [_read(_MEASURED, result) for result in _receive(process, requests)]


_PROBE, _SOUND, _MEASURED = TypeAdapter(Probe), TypeAdapter(SoundProbe), TypeAdapter(Measured)
_PLAYED_BYTES = TypeAdapter(PlayedBytes)


def check_signature(request: ProbeRequest) -> None:
    """Raise `PermanentError` for a file that is no media at all."""
    with request.path.open("rb") as file:
        head = file.read(signatures.HEAD_BYTES)
    if not signatures.is_media(head):
        message = f"The source is no video or picture: by its first bytes it is {signatures.describe(head)}."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, request.pointer)


def _send(process: ProbeProcess, requests: Sequence[ProbeRequest]) -> None:
    allowed = {
        "protocols": formats.PROTOCOLS,
        "decoders": formats.DECODERS,
        "pixels": limits.MEDIA_PIXELS,
        "streams": limits.MEDIA_STREAMS,
        "tiles": limits.MEDIA_TILES,
        "seconds": limits.MEDIA_SECONDS,
        "cpu_seconds": limits.PROBE_CPU_SECONDS,
    }
    process.send(allowed, [request.to_json() for request in requests])


def _ask(request: ProbeRequest, process: ProbeProcess, cancelled: Callable[[], bool]) -> object:
    _send(process, [request])
    return _receive(process, [request], cancelled)[0]


def _receive(
    process: ProbeProcess, requests: Sequence[ProbeRequest], cancelled: Callable[[], bool] = lambda: False
) -> list[Any]:
    """The result of each request. Raises `PermanentError` for the first file that is refused."""
    try:
        return process.receive(len(requests), cancelled)
    except RefusedError as error:
        raise _refusal(error, requests) from None


def _refusal(error: RefusedError, requests: Sequence[ProbeRequest]) -> PermanentError:
    code = ErrorCode(error.code)
    verb = "goes beyond a limit" if code is ErrorCode.LIMIT_EXCEEDED else "can't be decoded"
    return PermanentError(code, f"The source {verb}: {error}.", requests[error.index].pointer)


def _probe(result: object) -> Probe:
    probe = _read(_PROBE, result)
    names = [probe.codec, probe.pixel_format, *([probe.sound.codec] if probe.sound else []), probe.lost_sound or "none"]
    is_named = all(_NAME.fullmatch(name) for name in names) and _COLORS.fullmatch(probe.colors)
    if not is_named or min(probe.width, probe.height) < 1:
        raise InspectionError("An answer about a source makes no sense.")
    return probe


def _read(kind: TypeAdapter[T], result: object) -> T:
    try:
        value = kind.validate_python(result, strict=False)
    except ValidationError as error:
        raise InspectionError("An answer about a source makes no sense.") from error
    fields = vars(value).values() if hasattr(value, "__dict__") else ()
    if not all(math.isfinite(field) for field in fields if isinstance(field, float)):
        raise InspectionError("An answer about a source makes no sense.")
    return value
