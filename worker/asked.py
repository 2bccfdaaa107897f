"""What the command line may be asked for: the plan, one frame, the video. Needs Skia: it is loaded late."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.job import Job, JobWarning
from worker.video import preview
from worker.video.explain import explain as explained
from worker.video.inspection import Looked
from worker.video.looking import Looker
from worker.video.preparing import prepare
from worker.video.render import render_looked
from worker.video.video import Video


@dataclass(frozen=True)
class Given:
    """A job, its sources' files by URL, what they are, and a folder to work in."""

    job: Job
    media: Mapping[str, Path]
    looked: Looked
    workdir: Path


def explain(given: Given) -> None:
    """Print the timeline and FFmpeg's command."""
    ready = prepare(given.job, given.media, given.looked, given.workdir)
    print(explained(ready.timeline, ready.media, ready.plan, given.job.output, ready.copy))


def frame(given: Given, at_seconds: float, target: Path) -> None:
    """Write the picture of a moment to `target`, a PNG."""
    shutil.move(preview.frame(given.job, given.media, given.looked[0], given.workdir, at_seconds), target)
    print(target)


def video(
    given: Given, looker: Looker, on_progress: Callable[[float], None], target: Path, contact_sheet: Path | None
) -> tuple[JobWarning, ...]:
    """Write the video to `target`, what else the job asks for beside it, and its moments to `contact_sheet`, a PNG."""
    made = render_looked(given.job, given.media, given.looked, given.workdir, looker, on_progress=on_progress)
    if contact_sheet is not None:
        sheet = given.workdir / "sheet.png"
        preview.contact_sheet(made, sheet)
        contact_sheet.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sheet, contact_sheet)
    _move(made, target)
    print(f"{target}: {made.width}x{made.height}, {made.duration:.2f} s, {made.bytes / 1e6:.1f} MB")
    return made.warnings


def _move(video: Video, output: Path) -> None:
    """The files that came out, laid out as in the bucket."""
    shutil.move(video.path, output)
    shutil.move(video.thumbnail, output.with_suffix(".jpg"))
    for extra in video.extras:
        target = output.parent / f"{output.stem}{extra.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(extra.path, target)
