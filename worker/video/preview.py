"""A job looked at without rendering it: one frame as PNG, and a finished video at a glance."""

from pathlib import Path

from worker.text.animation import STANDING, moves_of
from worker.text.paint import paint
from worker.video import ffmpeg, graph, placing, timeline
from worker.video.medium import Medium
from worker.video.overlaying import PlacedOverlay
from worker.video.painting import Patience, write
from worker.video.preparing import Begun
from worker.video.video import Video

_COLUMNS, _ROWS = 4, 3
_SHEET_WIDTH = 1080
"""Pixels, of the whole sheet."""


def frame(begun: Begun, at_seconds: float) -> Path:
    """The picture that the video will show at a time, as a PNG below the job's folder. Reads no more than that moment
    of the sources. Raises what `render` raises."""
    job, workdir, probes = begun.job, begun.workdir, begun.looked[0]
    whole = placing.place(job, probes)
    number = min(max(timeline.to_frame(at_seconds, whole.fps), 0), whole.frames - 1)
    short, skipped = timeline.moment(whole, number, probes)
    sources = {source: Medium(begun.media[source], found) for source, found in probes.items()}
    overlays: list[PlacedOverlay] = []
    for index, placed in enumerate(whole.texts):
        if not placed.first <= number <= placed.last:
            continue
        shown = placed.last - placed.first + 1
        moves = moves_of(placed.text, shown, whole.fps)
        pose = moves.pose_at(number - placed.first, shown) if moves else STANDING
        overlay, _ = paint(placed.text, (job.output.width, job.output.height), begun.painter.typefaces, pose=pose)
        if overlay is not None:
            shown_frames = (0, short.frames - 1)
            overlays.append(
                write(overlay, index, shown_frames, workdir, patience=Patience(), pointer=placed.text.pointer)
            )
    ffmpeg.run(graph.still(short, sources, overlays, job.output, skipped).arguments(workdir), workdir=workdir)
    return workdir / graph.STILL


def contact_sheet(video: Video, target: Path) -> None:
    """Twelve moments of a finished video in one PNG."""
    count = _COLUMNS * _ROWS
    numbers = sorted({int((index + 0.5) * video.frames / count) for index in range(count)})
    chosen = "+".join(f"eq(n,{number})" for number in numbers)
    width = _SHEET_WIDTH // _COLUMNS // 2 * 2
    filters = f"select='{chosen}',scale={width}:-2,tile={_COLUMNS}x{_ROWS}:padding=4:margin=4"
    source = ("-i", f"file:{video.path}", "-an", "-vf", filters, "-frames:v", "1", "-fps_mode", "passthrough")
    ffmpeg.run((*source, "-f", "image2", "-update", "1", "-c:v", "png", "-y", f"file:{target}"), workdir=target.parent)
