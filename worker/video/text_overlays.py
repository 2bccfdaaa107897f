"""The overlays of a timeline: its texts, painted for each output size."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from worker.job import Animation, Job, JobWarning, WarningCode
from worker.painter.client import painter_process
from worker.painter.model import PaintOrder
from worker.painter.painter import Painter
from worker.sandbox.client import ChildProcess
from worker.text.layout.animation import animation_of
from worker.video.plan import output_files
from worker.video.plan.fit import Size
from worker.video.plan.overlays import PlacedOverlay
from worker.video.plan.timeline import Timeline


@contextmanager
def painter_of(job: Job, workdir: Path) -> Iterator[Painter]:
    """A painter of a job's texts, which loads while the block begins. See `painter_with`."""
    if not job.texts:
        yield Painter(None, workdir)
        return
    with painter_process(workdir) as process:
        yield painter_with(process, job, workdir)


def painter_with(process: ChildProcess, job: Job, workdir: Path) -> Painter:
    """A painter of a job's texts that uses this process. It begins with the texts that depend on nothing else."""
    if not job.texts:
        process.finish()
        return Painter(None, workdir)
    painter = Painter(process, workdir)
    if not job.fonts:
        paint_ahead(job, painter)
    return painter


def paint_ahead(job: Job, painter: Painter) -> None:
    """Begin to paint the texts without animation: they don't depend on the sources."""
    sizes = [size for size, _ in output_files.compositions(output_files.files(job.output))]
    painter.start([PaintOrder(text, size) for size in sizes for text in job.texts if text.animation == Animation()])


def paint_texts(
    timeline: Timeline, sizes: Sequence[Size], painter: Painter, cancelled: Callable[[], bool]
) -> tuple[list[tuple[PlacedOverlay, ...]], tuple[JobWarning, ...]]:
    """The overlays for an output of each size; an invisible text is left out. Raises what `Painter.paint` raises."""
    animations = [animation_of(item.text, item.last - item.first + 1, timeline.fps) for item in timeline.texts]
    orders = [
        PaintOrder(item.text, size, animation)
        for size in sizes
        for item, animation in zip(timeline.texts, animations, strict=True)
    ]
    pictures = iter(painter.paint(orders, cancelled))
    warnings: list[JobWarning] = []
    compositions: list[tuple[PlacedOverlay, ...]] = []
    for _ in sizes:
        overlays: list[PlacedOverlay] = []
        for item, painted in zip(timeline.texts, pictures, strict=False):
            warnings += painted.warnings
            if painted.overlay is None:
                message = "The text lies outside of the picture, or is invisible."
                warnings.append(JobWarning(WarningCode.TEXT_DROPPED, item.text.pointer, message))
            else:
                overlays.append(PlacedOverlay(painted.overlay, item.first, item.last, painted.path, painted.mask))
        compositions.append(tuple(overlays))
    return compositions, tuple(dict.fromkeys(warnings))
