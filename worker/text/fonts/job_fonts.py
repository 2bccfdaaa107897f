"""The fonts that a job brings along: checked and rebuilt in the sandbox (sanitizer.py)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from worker.job import ErrorCode, Job, PermanentError, limits
from worker.sandbox.child import RefusedError
from worker.sandbox.client import ChildProgram, child_process, python_command
from worker.sandbox.process import SandboxLimits

_LIMITS = SandboxLimits(memory_bytes=1024**3, file_bytes=limits.FONT_UNPACKED_BYTES)
"""The largest CJK fonts take 300 MB while they are rebuilt."""

_CPU_SECONDS, _CPU_SECONDS_PER_CHARACTER, _CPU_SECONDS_MAX = 2.0, 0.004, 20.0
_CPU_SECONDS_PER_MB, _CPU_SECONDS_PER_WOFF2_MB = 1.0, 8.0
"""Processor time per font, by the size of its file and the number of characters wanted, up to a most. An ordinary one
takes 0.2 s; WOFF2 takes 3 to 8 s per MB to unpack, and a character 1 ms."""

_ALWAYS = " -\u2010"
"""Characters that layout may add to a text: spaces, and the hyphens shown at soft ones."""

_WALL_SECONDS = 240.0


def rebuild(
    job: Job, media: Mapping[str, Path], folder: Path, cancelled: Callable[[], bool] = lambda: False
) -> list[Path]:
    """Rebuild the job's fonts into files in `folder`. `media` holds the received files by URL.

    Raises `PermanentError` with the pointer of a refused font (MEDIA_UNDECODABLE or LIMIT_EXCEEDED), `CancelledError`,
    and `InspectionError`.
    """
    targets = [folder / f"font-{index}" for index in range(len(job.fonts))]
    written = {character for text in job.texts for character in text.content} | set(_ALWAYS)
    in_each_case = {each for character in written for each in (character, character.upper(), character.lower())}
    characters = "".join(sorted(set("".join(in_each_case))))
    allowed = {
        "bytes": limits.FONT_BYTES,
        "unpacked_bytes": limits.FONT_UNPACKED_BYTES,
        "cpu_seconds": int(_CPU_SECONDS_MAX),
    }
    fonts = [
        {
            "source": str(media[font.source]),
            "target": str(target),
            "weight": font.weight,
            "characters": characters,
            "cpu_seconds": _cpu_seconds(media[font.source], characters),
        }
        for font, target in zip(job.fonts, targets, strict=True)
    ]
    command = python_command("worker.text.fonts.sanitizer", ["fontTools", "brotli"])
    program = ChildProgram(command, "font", _LIMITS, _WALL_SECONDS)
    sources = [media[font.source] for font in job.fonts]
    with child_process(program, targets[0].parent, readable=sources) as process:
        process.send(allowed, fonts)
        try:
            process.receive(len(fonts), cancelled)
        except RefusedError as error:
            message = f"The font can't be used: {error}."
            raise PermanentError(ErrorCode(error.code), message, job.fonts[error.index].pointer) from None
    return targets


def _cpu_seconds(path: Path, characters: str) -> int:
    with path.open("rb") as file:
        per_megabyte = _CPU_SECONDS_PER_WOFF2_MB if file.read(4) == b"wOF2" else _CPU_SECONDS_PER_MB
    for_size = per_megabyte * path.stat().st_size / 1024**2
    return int(min(_CPU_SECONDS + for_size + _CPU_SECONDS_PER_CHARACTER * len(characters), _CPU_SECONDS_MAX))
