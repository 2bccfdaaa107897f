"""Renders one job file on this machine, by the same code as a worker but for fetching and publishing."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.fetch import FolderFetcher, fetch_all
from worker.job import ErrorCode, Job, JobWarning, PermanentError, parse_message
from worker.video import inspection
from worker.video.ffmpeg import FFmpegError
from worker.video.inspection import InspectionError
from worker.video.probe import Probe, SoundProbe
from worker.video.video import Video

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


def render_file(request: Request) -> int:
    """Do what is asked. Returns the exit code; tells people what happens."""
    try:
        body = request.job_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{request.job_file} can't be read: {error}", file=sys.stderr)
        return 2
    try:
        parsed = parse_message(body)
        with tempfile.TemporaryDirectory(prefix="render-") as folder:
            warnings = _make(request, parsed.job, Path(folder))
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


def _make(request: Request, job: Job, workdir: Path) -> tuple[JobWarning, ...]:
    media = fetch_all(job, FolderFetcher(request.media_root), workdir / "inputs", lambda: False)
    if request.output is not None:
        request.output.parent.mkdir(parents=True, exist_ok=True)
    if request.explains:
        _explain(job, media, workdir)
    if request.output is None:
        return ()
    if request.frame is not None:
        _frame(job, media, workdir, request.frame, request.output)
        return ()
    return _video(job, media, workdir, request, request.output)


# Each of these loads what it needs itself: Skia and NumPy take a third of a second.


def _explain(job: Job, media: Mapping[str, Path], workdir: Path) -> None:
    from worker.video.explain import explain  # noqa: PLC0415
    from worker.video.preparing import prepare  # noqa: PLC0415

    ready = prepare(job, media, workdir)
    print(explain(ready.timeline, ready.media, ready.plan, job.output, ready.copy))


def _frame(job: Job, media: Mapping[str, Path], workdir: Path, at_seconds: float, target: Path) -> None:
    with _looking(job, media) as looked:
        from worker.video import preview  # noqa: PLC0415

    shutil.move(preview.frame(job, media, looked.result()[0], workdir, at_seconds), target)
    print(target)


def _video(
    job: Job, media: Mapping[str, Path], workdir: Path, request: Request, target: Path
) -> tuple[JobWarning, ...]:
    with _looking(job, media) as looked:
        from worker.video import preview  # noqa: PLC0415
        from worker.video.render import render  # noqa: PLC0415

    video = render(job, media, workdir, on_progress=_show, looked=looked.result())
    if request.contact_sheet is not None:
        sheet = workdir / "sheet.png"
        preview.contact_sheet(video, sheet)
        request.contact_sheet.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sheet, request.contact_sheet)
    _move(video, target)
    print(f"{target}: {video.width}x{video.height}, {video.duration:.2f} s, {video.bytes / 1e6:.1f} MB")
    return video.warnings


@contextmanager
def _looking(job: Job, media: Mapping[str, Path]) -> Iterator[Future[tuple[dict[str, Probe], SoundProbe | None]]]:
    """What the sources are, found out in another process while the block loads what it needs in this one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool.submit(inspection.sources, job, media)


def _move(video: Video, output: Path) -> None:
    """The files that came out, laid out as in the bucket."""
    shutil.move(video.path, output)
    shutil.move(video.thumbnail, output.with_suffix(".jpg"))
    for extra in video.extras:
        target = output.parent / f"{output.stem}{extra.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(extra.path, target)


def _printable(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours: names of sources are strangers' words."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _show(fraction: float) -> None:
    """A bar on the terminal; nothing where the output goes to a file."""
    if sys.stderr.isatty():
        done = round(fraction * _BAR_WIDTH)
        bar = "#" * done + "." * (_BAR_WIDTH - done)
        print(f"\r[{bar}] {fraction:4.0%}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)
