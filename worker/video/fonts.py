"""The fonts that a job brings along: checked and rebuilt in a cage (worker/text/fontfile.py), then loaded."""

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from worker.job import ErrorCode, Job, PermanentError, limits
from worker.text.typefaces import Typefaces, bundled
from worker.video.looking import InspectionError
from worker.video.process import Cage, caged, ending, finished

_CAGE = Cage(memory_bytes=1024**3, file_bytes=limits.FONT_UNPACKED_BYTES)
"""The largest CJK fonts take 300 MB while they are taken apart."""

_CPU_SECONDS = 20
"""Of one font; an ordinary one takes half a second, the largest CJK font two."""

_WALL_SECONDS = 240.0
"""Of all of them: for a machine that stands still."""

_READY = "ready"
"""What fontfile.py says first."""

_OUTSIDE_SIGNALS = (-9, -15)
"""SIGKILL and SIGTERM come from outside, and prove nothing against the font."""

_SHOWN_CHARACTERS = 200


def typefaces(job: Job, media: Mapping[str, Path], folder: Path) -> Typefaces:
    """The worker's own fonts and the job's. `media` holds their files by URL; rebuilt ones are written into `folder`.

    Raises `PermanentError`, with the pointer of a font that is none: MEDIA_UNDECODABLE or LIMIT_EXCEEDED.
    """
    if not job.fonts or not job.texts:
        return bundled()
    targets = [folder / f"font-{index}" for index in range(len(job.fonts))]
    _rebuild(job, media, targets)
    files = {
        (font.family, font.weight, font.style == "italic"): path for font, path in zip(job.fonts, targets, strict=True)
    }
    return Typefaces(own=files)


def _rebuild(job: Job, media: Mapping[str, Path], targets: list[Path]) -> None:
    request = {
        "characters": "".join(sorted({character for text in job.texts for character in text.content} | {" "})),
        "fonts": [
            {"source": str(media[font.source]), "target": str(target), "weight": font.weight}
            for font, target in zip(job.fonts, targets, strict=True)
        ],
        "caps": {
            "bytes": limits.FONT_BYTES,
            "unpacked_bytes": limits.FONT_UNPACKED_BYTES,
            "cpu_seconds": _CPU_SECONDS,
        },
    }
    with caged(_command(), _CAGE, workdir=Path("/"), told=json.dumps(request)) as process:
        heard = finished(process, _WALL_SECONDS)
        returncode = process.returncode
    if heard is None:
        raise InspectionError(f"Looking into the fonts took longer than {_WALL_SECONDS:g} s.")
    said, messages = heard
    ready, *answers = said.split("\n")
    for font, answer in zip(job.fonts, answers[:-1], strict=False):
        _check(json.loads(answer), font.pointer)
    if len(answers) > len(job.fonts):
        return
    if ready != _READY or returncode in _OUTSIDE_SIGNALS:
        last = messages.strip().rpartition("\n")[2]
        raise InspectionError(f"Looking into the fonts {ending(returncode)}: {last or 'it said nothing'}")
    message = f"The font can't be used: looking into it {ending(returncode)}."
    raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, job.fonts[max(len(answers) - 1, 0)].pointer)


def _check(answer: Mapping[str, object], pointer: str) -> None:
    if "refused" in answer:
        code = ErrorCode.LIMIT_EXCEEDED if answer["refused"] == "LIMIT_EXCEEDED" else ErrorCode.MEDIA_UNDECODABLE
        reason = str(answer.get("reason"))[:_SHOWN_CHARACTERS]
        raise PermanentError(code, f"The font can't be used: {reason}.", pointer)


def _command() -> list[str]:
    """Python without its site, that finds this package and what fontfile.py needs."""
    paths = [str(Path(__file__).parents[2])]
    for name in ("fontTools", "brotli"):
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None  # noqa: S101, PT018  requirements of the worker
        origin = Path(spec.origin)
        paths.append(str(origin.parents[1] if origin.name == "__init__.py" else origin.parent))
    code = "import sys; sys.path += sys.argv[1:]; from worker.text.fontfile import main; main()"
    return [sys.executable, "-I", "-S", "-c", code, *paths]
