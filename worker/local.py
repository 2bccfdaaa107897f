"""Renders one job file on this machine, by the same code as a worker but for fetching and publishing."""

import shutil
import sys
import tempfile
from pathlib import Path

from worker.fetch import FolderFetcher, fetch_all
from worker.job import PermanentError, parse_message
from worker.video.render import render


def render_file(job_file: Path, output: Path, media_root: Path) -> int:
    """Render `job_file` to `output`, and its thumbnail beside it. Returns the exit code; tells people what happens."""
    try:
        body = job_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{job_file} can't be read: {error}", file=sys.stderr)
        return 2
    try:
        parsed = parse_message(body)
        with tempfile.TemporaryDirectory(prefix="render-") as folder:
            workdir = Path(folder)
            media = fetch_all(parsed.job, FolderFetcher(media_root), workdir / "inputs", lambda: False)
            video = render(parsed.job, media, workdir, on_progress=_show, cancelled=lambda: False)
            output.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(video.path, output)
            shutil.move(video.thumbnail, output.with_suffix(".jpg"))
    except PermanentError as error:
        where = f" ({error.pointer})" if error.pointer else ""
        print(f"\n{error.code}{where}: {error.message}", file=sys.stderr)
        return 1
    for warning in (*parsed.warnings, *video.warnings):
        print(f"warning {warning.code} ({warning.pointer}): {warning.message}", file=sys.stderr)
    print(f"\r{output}: {video.width}x{video.height}, {video.duration:.2f} s, {video.bytes / 1e6:.1f} MB")
    return 0


def _show(fraction: float) -> None:
    if sys.stderr.isatty():
        print(f"\rrendering {fraction:4.0%}", end="", file=sys.stderr, flush=True)
