"""Looks into a job's files without touching them: one caged process a question round does (looker.py).

Reading a header is parsing hostile bytes: in the worker's own process a crafted file would have its credentials, its
network and its memory. A file at which the process crashes, or that takes too much memory or processor time, is refused
like any other that can't be decoded. What comes back is checked before anybody uses it: it ends up in filter graphs.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from worker.job import ErrorCode, Job, PermanentError, limits
from worker.video import allowed, looking, sniff
from worker.video.looking import InspectionError, Looker
from worker.video.medium import Medium
from worker.video.probe import Measured, Probe, SoundProbe
from worker.video.process import ending
from worker.video.timeline import Span

_SHOWN_CHARACTERS = 200
_NAME = re.compile(r"[a-z0-9_]{1,32}")
"""Of a codec or pixel format."""

_COLORS = re.compile(r"(?:[0-9a-f]{6}){0,256}")

OUTSIDE_SIGNALS = (-9, -15)
"""SIGKILL and SIGTERM come from outside: from who stops the container, or from the kernel when the machine's memory is
used up. They prove nothing against the file."""

Looked = tuple[Mapping[str, Probe], SoundProbe | None]
"""What each picture source of a job is, by its URL, and what its soundtrack is."""

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """What is asked `about` a file: looker.py has the kinds; `pointer` is where the message names the file."""

    about: str
    path: Path
    pointer: str = ""
    containers: str = allowed.CONTAINERS
    stream: int = 0
    at: float = 0.0
    colors: bool = False

    def asked(self) -> dict[str, object]:
        """As the looker reads it."""
        return {
            "about": self.about,
            "path": str(self.path),
            "containers": self.containers,
            "stream": self.stream,
            "at": self.at,
            "colors": self.colors,
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


class Look:
    """A look into a job's sources, begun at once: in between there is time for something else."""

    def __init__(self, job: Job, media: Mapping[str, Path], looker: Looker) -> None:
        """`media` holds the sources' files by URL. Raises `PermanentError` for one that is no media at all."""
        self.looker = looker
        self._sources = [source for source, _ in job.pictures]
        self._questions = [
            Question("picture", media[source], pointer, colors=job.is_adjusted) for source, pointer in job.pictures
        ]
        track = job.audio.soundtrack
        self._has_track = track is not None
        if track is not None:
            self._questions.append(Question("sound", media[track], job.audio.pointer, allowed.SOUND_CONTAINERS))
        for question in self._questions:
            _check_beginning(question)
        _ask(looker, self._questions)

    def found(self, cancelled: Callable[[], bool] = lambda: False) -> Looked:
        """Wait for what it finds. Raises `PermanentError`, with the pointer of the source: MEDIA_UNDECODABLE or
        LIMIT_EXCEEDED."""
        answers = _hear(self.looker, self._questions, cancelled)
        probes = {source: _probe(answer) for source, answer in zip(self._sources, answers, strict=False)}
        return probes, _read(_SOUND, answers[-1]) if self._has_track else None


def sources(job: Job, media: Mapping[str, Path], *, cancelled: Callable[[], bool] = lambda: False) -> Looked:
    """Look into a job's sources, and wait for it. Raises what `Look` raises."""
    with looking.looker() as looker:
        return Look(job, media, looker).found(cancelled)


def without_picture(spans: Sequence[Span], media: Mapping[str, Medium]) -> str:
    """The pointer of the first clip that has no picture where it starts; "" where all have."""
    questions = [
        Question(
            "moment", media[span.source].path, span.pointer, stream=media[span.source].probe.video, at=span.in_point
        )
        for span in spans
    ]
    try:
        with looking.looker() as looker:
            _ask(looker, questions)
            answers = _hear(looker, questions)
    except PermanentError as error:
        return error.pointer
    return next((question.pointer for question, seen in zip(questions, answers, strict=True) if seen is not True), "")


def measure(videos: Sequence[Path], looker: Looker) -> list[Measured]:
    """Measure videos that a render made: they, too, hold what strangers' bytes became."""
    questions = [Question("made", video) for video in videos]
    _ask(looker, questions)
    return [_read(_MEASURED, answer) for answer in _hear(looker, questions)]


_PROBE, _SOUND, _MEASURED = TypeAdapter(Probe), TypeAdapter(SoundProbe), TypeAdapter(Measured)


def _check_beginning(question: Question) -> None:
    with question.path.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
    if not sniff.is_media(head):
        message = f"The source is no video or picture: by its first bytes it is {sniff.otherwise(head)}."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, question.pointer)


def _ask(looker: Looker, questions: Sequence[Question]) -> None:
    looker.ask(json.dumps({"caps": caps(), "questions": [question.asked() for question in questions]}))


def _hear(looker: Looker, questions: Sequence[Question], cancelled: Callable[[], bool] = lambda: False) -> list[Any]:
    """The answer to each question. Raises `PermanentError` for the first file that is refused."""
    heard = looker.hear(len(questions), cancelled)
    found = [_found(line, question) for line, question in zip(heard.lines, questions, strict=False)]
    if len(found) == len(questions):
        return found
    if not heard.is_ready or heard.returncode in OUTSIDE_SIGNALS:
        said = heard.messages.rpartition("\n")[2]
        raise InspectionError(f"Looking into the sources {ending(heard.returncode)}: {said or 'it said nothing'}")
    message = f"The source can't be decoded: looking into it {ending(heard.returncode)}."
    raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, questions[len(found)].pointer)


def _found(line: str, question: Question) -> Any:
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
    return answer["found"]


def _probe(answer: object) -> Probe:
    found = _read(_PROBE, answer)
    names = [found.codec, found.pixel_format, *([found.sound.codec] if found.sound else [])]
    is_named = all(_NAME.fullmatch(name) for name in names) and _COLORS.fullmatch(found.colors)
    if not is_named or min(found.width, found.height) < 1:
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
