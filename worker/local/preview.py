"""Previews: one frame of a job as a PNG, and a contact sheet of a finished video."""

import sys
from pathlib import Path

from worker.painter.model import PaintOrder
from worker.text.layout.animation import REST_POSE, animation_of
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan import build_timeline, filter_graph, timeline
from worker.video.plan.excerpt import excerpt
from worker.video.plan.overlays import PlacedOverlay
from worker.video.prepare import ProbedJob
from worker.video.result import Video

_COLUMNS, _ROWS = 4, 3
_SHEET_WIDTH = 1080
"""Width of the whole sheet, in pixels."""


def frame(probed: ProbedJob, at_seconds: float) -> Path:
    """The picture that the video will show at `at_seconds`, as a PNG in the job's folder. Reads only that moment of the
    sources. Raises the same exceptions as `render`."""
    job, workdir, probes = probed.job, probed.context.workdir, probed.results.probes
    whole = build_timeline.place(job, probes)
    number = min(max(timeline.to_frame(at_seconds, whole.fps), 0), whole.frames - 1)
    if at_seconds > whole.duration:
        print(f"The video ends at {whole.duration:g} s: this is its last frame.", file=sys.stderr)
    short = excerpt(whole, number, number + 1, probes)
    orders: list[PaintOrder] = []
    for placed in whole.texts:
        if placed.first <= number <= placed.last:
            shown = placed.last - placed.first + 1
            animation = animation_of(placed.text, shown, whole.fps)
            pose = animation.pose_at(number - placed.first, shown) if animation else REST_POSE
            orders.append(PaintOrder(placed.text, (job.output.width, job.output.height), pose=pose))
    overlays = [
        PlacedOverlay(painted.overlay, 0, short.frames - 1, painted.path, painted.mask)
        for painted in probed.painter.paint(orders, probed.context.cancelled)
        if painted.overlay is not None
    ]
    plan = filter_graph.still_plan(short, probed.sources(), overlays, job.output)
    ffmpeg.run(plan.arguments(workdir), probed.context)
    return workdir / filter_graph.STILL


def contact_sheet(video: Video, target: Path) -> None:
    """Write twelve frames of a finished video, evenly spaced, to one PNG."""
    count = _COLUMNS * _ROWS
    numbers = sorted({int((index + 0.5) * video.measured.frames / count) for index in range(count)})
    chosen = "+".join(f"eq(n,{number})" for number in numbers)
    width = _SHEET_WIDTH // _COLUMNS // 2 * 2
    filters = f"select='{chosen}',scale={width}:-2,tile={_COLUMNS}x{_ROWS}:padding=4:margin=4"
    source = ("-i", f"file:{video.path}", "-an", "-vf", filters, "-frames:v", "1", "-fps_mode", "passthrough")
    ffmpeg.run(
        (*source, "-f", "image2", "-update", "1", "-c:v", "png", "-y", f"file:{target}"), RenderContext(target.parent)
    )
