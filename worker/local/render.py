"""Renders one job file on this machine, by the worker's code except for fetching and publishing."""

import argparse
import sys
from pathlib import Path

from worker.job import ErrorCode, Job, JobWarning, MessageBody, PermanentError, parse_message
from worker.local import actions
from worker.media.fetch import FolderFetcher, fetch_all
from worker.painter.painter import Painter
from worker.probe.client import ProbeProcess
from worker.probe.pending_probe import PendingProbe
from worker.sandbox.client import ChildProcess, InspectionError
from worker.video.context import RenderContext
from worker.video.ffmpeg import FFmpegError
from worker.video.prepare import probe_job
from worker.video.text_overlays import paint_ahead

_BAR_WIDTH = 40


def render_file(options: argparse.Namespace, folder: Path, process: ProbeProcess, painting: ChildProcess) -> int:
    """Run `python -m worker render` with its parsed options (worker/__main__.py), and print warnings and errors.

    `process` is the probe, and `painting` the painter, which load meanwhile; files go into `folder`.
    Returns the exit code: 0, 1 where the job failed, 2 where its file can't be read.
    """
    try:
        body = options.job.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{options.job} can't be read: {error}", file=sys.stderr)
        return 2
    try:
        parsed = parse_message(MessageBody(body))
        painter = Painter(painting, folder)
        if not parsed.job.fonts:
            paint_ahead(parsed.job, painter)
        warnings = _render(options, parsed.job, folder, process, painter)
    except PermanentError as error:
        where = f" ({error.pointer})" if error.pointer else ""
        print(f"\n{_printable(f'{error.code}{where}: {error.message}')}", file=sys.stderr)
        return 1
    except (FFmpegError, InspectionError, OSError) as error:  # a worker would retry, and finally report this
        print(f"\n{ErrorCode.RENDER_FAILED}: {_printable(str(error))}", file=sys.stderr)
        return 1
    for warning in (*parsed.warnings, *warnings):
        print(_printable(f"warning {warning.code} ({warning.pointer}): {warning.message}"), file=sys.stderr)
    return 0


def _render(
    options: argparse.Namespace, job: Job, workdir: Path, process: ProbeProcess, painter: Painter
) -> tuple[JobWarning, ...]:
    output: Path | None = options.output
    pending = PendingProbe(job, [process])
    fetcher = FolderFetcher(options.media_root)
    media = fetch_all(job, fetcher, workdir / "inputs", pending, lambda: False, in_parts=False).paths
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
    probed = probe_job(job, media, pending, painter, RenderContext(workdir, on_progress=_show_progress))
    if options.explain:
        actions.explain(probed)
    if output is None:
        return ()
    if options.frame is not None:
        actions.frame(probed, options.frame, output)
        return ()
    return actions.video(probed, process, output, options.contact_sheet)


def _printable(text: str) -> str:
    """Escape characters that would control a terminal: names of sources come from the job."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _show_progress(fraction: float) -> None:
    """Draw a progress bar on a terminal; nothing where stderr goes to a file."""
    if sys.stderr.isatty():
        done = round(fraction * _BAR_WIDTH)
        bar = "#" * done + "." * (_BAR_WIDTH - done)
        print(f"\r[{bar}] {fraction:4.0%}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)
