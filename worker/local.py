"""Renders one job file on this machine, by the same code as a worker but for fetching and publishing."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from worker.fetch import FolderFetcher, fetch_all
from worker.job import ErrorCode, Job, JobWarning, PermanentError, parse_message
from worker.video import inspection
from worker.video.ffmpeg import FFmpegError
from worker.video.looking import InspectionError, Looker

_BAR_WIDTH = 40


@dataclass(frozen=True)
class Request:
    """What the command line asks for.

    `explains` prints the plan; `frame`, in seconds, writes that picture to `output` instead of a video; `contact_sheet`
    is a PNG to be written besides the video.
    """

    job_file: Path
    media_root: Path
    output: Path | None = None
    explains: bool = False
    frame: float | None = None
    contact_sheet: Path | None = None


def render_file(request: Request, looker: Looker) -> int:
    """Do what is asked, with a looker that has begun to load. Returns the exit code; tells people what happens."""
    try:
        body = request.job_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{request.job_file} can't be read: {error}", file=sys.stderr)
        return 2
    try:
        parsed = parse_message(body)
        with tempfile.TemporaryDirectory(prefix="render-") as folder:
            warnings = _make(request, parsed.job, Path(folder), looker)
    except PermanentError as error:
        where = f" ({error.pointer})" if error.pointer else ""
        print(f"\n{_printable(f'{error.code}{where}: {error.message}')}", file=sys.stderr)
        return 1
    except (FFmpegError, InspectionError, OSError) as error:  # a worker would try again, and in the end say this
        print(f"\n{ErrorCode.RENDER_FAILED}: {_printable(str(error))}", file=sys.stderr)
        return 1
    for warning in (*parsed.warnings, *warnings):
        print(_printable(f"warning {warning.code} ({warning.pointer}): {warning.message}"), file=sys.stderr)
    return 0


def _make(request: Request, job: Job, workdir: Path, looker: Looker) -> tuple[JobWarning, ...]:
    media = fetch_all(job, FolderFetcher(request.media_root), workdir / "inputs", lambda: False)
    if request.output is not None:
        request.output.parent.mkdir(parents=True, exist_ok=True)
    look = inspection.Look(job, media, looker)
    # Skia is loaded while the other process looks.
    from worker import asked  # noqa: PLC0415
    from worker.video.preparing import begin  # noqa: PLC0415

    begun = begin(job, media, workdir, look)
    if request.explains:
        asked.explain(begun)
    if request.output is None:
        return ()
    if request.frame is not None:
        asked.frame(begun, request.frame, request.output)
        return ()
    return asked.video(begun, looker, _show, request.output, request.contact_sheet)


def _printable(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours: names of sources are strangers' words."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _show(fraction: float) -> None:
    """A bar on the terminal; nothing where the output goes to a file."""
    if sys.stderr.isatty():
        done = round(fraction * _BAR_WIDTH)
        bar = "#" * done + "." * (_BAR_WIDTH - done)
        print(f"\r[{bar}] {fraction:4.0%}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)
