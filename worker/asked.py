"""What the command line may be asked for: the plan, one frame, the video. Needs Skia: it is loaded late."""

import shutil
from collections.abc import Callable
from pathlib import Path

from worker.job import JobWarning
from worker.video import preview
from worker.video.explain import explain as explained
from worker.video.looking import Looker
from worker.video.preparing import Begun, prepare
from worker.video.render import render_begun
from worker.video.video import Video


def explain(begun: Begun) -> None:
    """Print the timeline and FFmpeg's command."""
    ready = prepare(begun)
    print(explained(ready.timeline, ready.media, ready.plan, begun.job.output, ready.copy))


def frame(begun: Begun, at_seconds: float, target: Path) -> None:
    """Write the picture of a moment to `target`, a PNG."""
    shutil.move(preview.frame(begun, at_seconds), target)
    print(target)


def video(
    begun: Begun, looker: Looker, on_progress: Callable[[float], None], target: Path, contact_sheet: Path | None
) -> tuple[JobWarning, ...]:
    """Write the video to `target`, what else the job asks for beside it, and its moments to `contact_sheet`, a PNG."""
    made = render_begun(begun, looker, on_progress=on_progress)
    if contact_sheet is not None:
        sheet = begun.workdir / "sheet.png"
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
