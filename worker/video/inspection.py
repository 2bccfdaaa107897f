"""Looks into a job's files without touching them: one caged process a question round does (looker.py).

Reading a header is parsing hostile bytes: in the worker's own process a crafted file would have its credentials, its
network and its memory. A file at which the process crashes, or that takes too much memory or processor time, is refused
like any other that can't be decoded. What comes back is checked before anybody uses it: it ends up in filter graphs.
"""

import importlib.util
import json
import math
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from worker.cancelled import CancelledError
from worker.job import ErrorCode, Job, PermanentError, limits
from worker.video import allowed, sniff
from worker.video.medium import Medium
from worker.video.probe import Measured, Probe, SoundProbe
from worker.video.process import Cage, caged, ending, wait
from worker.video.timeline import Span

_CAGE = Cage(memory_bytes=limits.PROBE_MEMORY_BYTES, file_bytes=0)

_WALL_SECONDS = 120.0
"""Of a whole round. Far beyond the processor time that its files may take: this is for a machine that stands still."""

_ANSWER_CHARACTERS = 200_000
"""Of all answers together; an honest one has 400."""

_READY = "ready"
"""What looker.py says first."""

_POLL_SECONDS = 0.1
_SHOWN_CHARACTERS = 200
_NAME = re.compile(r"[a-z0-9_]{1,32}")
"""Of a codec or pixel format."""

OUTSIDE_SIGNALS = (-9, -15)
"""SIGKILL and SIGTERM come from outside: from who stops the container, or from the kernel when the machine's memory is
used up. They prove nothing against the file."""

T = TypeVar("T")


class InspectionError(Exception):
    """The looking itself failed, and no file is to blame. Counts as transient: the job is tried again."""


@dataclass(frozen=True)
class Question:
    """What is asked `about` a file: looker.py has the kinds; `pointer` is where the message names the file."""

    about: str
    path: Path
    pointer: str = ""
    containers: str = allowed.CONTAINERS
    stream: int = 0
    at: float = 0.0

    def asked(self) -> dict[str, object]:
        """As the looker reads it."""
        return {
            "about": self.about,
            "path": str(self.path),
            "containers": self.containers,
            "stream": self.stream,
            "at": self.at,
        }


def caps() -> dict[str, object]:
    """What a file may have and use."""
    return {
        "protocols": allowed.PROTOCOLS,
        "decoders": allowed.DECODERS,
        "pixels": limits.MEDIA_PIXELS,
        "streams": limits.MEDIA_STREAMS,
        "seconds": limits.MEDIA_SECONDS,
        "cpu_seconds": limits.PROBE_CPU_SECONDS,
    }


def sources(
    job: Job, media: Mapping[str, Path], *, cancelled: Callable[[], bool] = lambda: False
) -> tuple[dict[str, Probe], SoundProbe | None]:
    """What each picture source of a job is, by its URL, and what its soundtrack is. `media` holds their files by URL.

    Raises `PermanentError`, with the pointer of the source: MEDIA_UNDECODABLE or LIMIT_EXCEEDED.
    """
    questions = [Question("picture", media[source], pointer) for source, pointer in job.pictures]
    track = job.audio.soundtrack
    if track is not None:
        questions.append(Question("sound", media[track], job.audio.pointer, allowed.SOUND_CONTAINERS))
    for question in questions:
        _check_beginning(question)
    found = _look(questions, cancelled)
    probes = {source: _probe(answer) for (source, _), answer in zip(job.pictures, found, strict=False)}
    return probes, None if track is None else _read(_SOUND, found[-1])


def without_picture(spans: Sequence[Span], media: Mapping[str, Medium]) -> str:
    """The pointer of the first clip that has no picture where it starts; "" where all have."""
    questions = [
        Question(
            "moment", media[span.source].path, span.pointer, stream=media[span.source].probe.video, at=span.in_point
        )
        for span in spans
    ]
    try:
        answers = _look(questions, lambda: False)
    except PermanentError as error:
        return error.pointer
    return next((question.pointer for question, seen in zip(questions, answers, strict=True) if seen is not True), "")


def measure(videos: Sequence[Path]) -> list[Measured]:
    """Measure videos that a render made: they, too, hold what strangers' bytes became."""
    found = _look([Question("made", video) for video in videos], lambda: False)
    return [_read(_MEASURED, answer) for answer in found]


_PROBE, _SOUND, _MEASURED = TypeAdapter(Probe), TypeAdapter(SoundProbe), TypeAdapter(Measured)


def _check_beginning(question: Question) -> None:
    with question.path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    if not sniff.is_media(head):
        message = f"The source is no video or picture: by its first bytes it is {sniff.otherwise(head)}."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, question.pointer)


def _look(questions: Sequence[Question], cancelled: Callable[[], bool]) -> list[Any]:
    """Ask all questions in one process. Raises `PermanentError` at the first file that is refused."""
    request = json.dumps({"caps": caps(), "questions": [question.asked() for question in questions]})
    started = time.monotonic()
    with caged(_command(), _CAGE, workdir=Path("/"), told=request) as process:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  both are pipes
        answers, messages = _Reader(process.stdout), _Reader(process.stderr)
        while not answers.wait(_POLL_SECONDS):
            if cancelled():
                raise CancelledError
            if time.monotonic() - started > _WALL_SECONDS:
                raise InspectionError(f"Looking into the sources took longer than {_WALL_SECONDS:g} s.")
        wait(process, _POLL_SECONDS)
    ready, _, text = answers.text.partition("\n")
    found = list(_found(text, questions))
    if len(found) == len(questions):
        return found
    returncode = process.returncode
    if ready != _READY or returncode in OUTSIDE_SIGNALS:
        said = messages.text.strip().rpartition("\n")[2]
        raise InspectionError(f"Looking into the sources {ending(returncode)}: {said or 'it said nothing'}")
    message = f"The source can't be decoded: looking into it {ending(returncode)}."
    raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, questions[len(found)].pointer)


def _command() -> list[str]:
    """Python without its site, that finds this package and PyAV alone."""
    av = importlib.util.find_spec("av")
    assert av is not None and av.origin is not None  # noqa: S101, PT018  a requirement of the worker
    paths = [str(Path(__file__).parents[2]), str(Path(av.origin).parents[1])]
    code = "import sys; sys.path += sys.argv[1:]; from worker.video.looker import main; main()"
    return [sys.executable, "-I", "-S", "-c", code, *paths]


def _found(text: str, questions: Sequence[Question]) -> Iterator[Any]:
    """The answers so far. A line that was cut off counts as none."""
    for line, question in zip(text.split("\n")[:-1], questions, strict=False):
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise InspectionError("An answer about a source is no JSON.") from error
        if not isinstance(answer, dict) or len({"found", "refused"} & set(answer)) != 1:
            raise InspectionError("An answer about a source makes no sense.")
        if "refused" in answer:
            code = ErrorCode.LIMIT_EXCEEDED if answer["refused"] == "LIMIT_EXCEEDED" else ErrorCode.MEDIA_UNDECODABLE
            reason = str(answer.get("reason"))[:_SHOWN_CHARACTERS]
            verb = "goes beyond a limit" if code is ErrorCode.LIMIT_EXCEEDED else "can't be decoded"
            raise PermanentError(code, f"The source {verb}: {reason}.", question.pointer)
        yield answer["found"]


def _probe(answer: object) -> Probe:
    found = _read(_PROBE, answer)
    names = [found.codec, found.pixel_format, *([found.sound.codec] if found.sound else [])]
    if not all(_NAME.fullmatch(name) for name in names) or min(found.width, found.height) < 1:
        raise InspectionError("An answer about a source makes no sense.")
    return found


def _read(kind: TypeAdapter[T], answer: object) -> T:
    try:
        found = kind.validate_python(answer, strict=False)
    except ValidationError as error:
        raise InspectionError("An answer about a source makes no sense.") from error
    if not all(math.isfinite(value) for value in vars(found).values() if isinstance(value, float)):
        raise InspectionError("An answer about a source makes no sense.")
    return found


class _Reader:
    """Reads a pipe to its end on a thread, or as far as is sensible."""

    def __init__(self, pipe: IO[str]) -> None:
        self.text = ""
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether the end was reached within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self, pipe: IO[str]) -> None:
        self.text = pipe.read(_ANSWER_CHARACTERS)
