"""A job made ready for the encoder: its sources probed, its timeline placed, its texts painted, its graph planned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.job import Job, JobWarning
from worker.telemetry import StageClock
from worker.video import fonts, graph, loudness, outputs, placing, timeline
from worker.video.blame import blaming
from worker.video.inspection import Look, Looked
from worker.video.medium import Medium
from worker.video.outputs import Encoded
from worker.video.painting import Painter, Patience
from worker.video.plan import RenderPlan
from worker.video.timeline import Timeline


@dataclass(frozen=True)
class Prepared:
    """A job ready to be encoded. `music` is the soundtrack file; `copy` is the plan to take a base video over as it is,
    where that may be possible."""

    timeline: Timeline
    media: Mapping[str, Medium]
    music: Path | None
    files: tuple[Encoded, ...]
    plan: RenderPlan
    copy: RenderPlan | None
    warnings: tuple[JobWarning, ...]


@dataclass(frozen=True)
class Begun:
    """A job whose sources have been looked into, with whatever could be painted meanwhile. `media` holds the file of
    each of its sources by URL; everything is written below `workdir`."""

    job: Job
    media: Mapping[str, Path]
    workdir: Path
    looked: Looked
    painter: Painter


def begin(
    job: Job,
    media: Mapping[str, Path],
    workdir: Path,
    look: Look,
    *,
    clock: StageClock | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Begun:
    """Make fonts ready and paint the texts that stand still, while another process looks; then wait for that.

    Raises `PermanentError` for a font or a source that is none, and for texts that take too long; what `Look.found`
    raises.
    """
    clock = clock or StageClock()
    with clock.stage("paint"):
        painter = Painter(fonts.typefaces(job, media, workdir), Patience(cancelled))
        painter.paint_ahead(job.texts, [size for size, _ in outputs.compositions(outputs.files(job.output))])
    with clock.stage("probe"):
        return Begun(job, media, workdir, look.found(cancelled), painter)


def prepare(
    begun: Begun, *, clock: StageClock | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Prepared:
    """Everything up to the encoder, once the sources have been looked into: place, paint, plan.

    Raises `PermanentError` for what can never succeed.
    """
    clock = clock or StageClock()
    job, media, workdir = begun.job, begun.media, begun.workdir
    probes, music = begun.looked
    placed = placing.place(job, probes, music)
    files = outputs.files(job.output)
    with clock.stage("paint"):
        compositions, paint_warnings = _painted(placed, files, begun.painter, workdir)
    sources = {source: Medium(media[source], found) for source, found in probes.items()}
    track = media[placed.soundtrack.source] if placed.soundtrack else None
    blames = blaming(placed, sources, track, workdir=workdir, cancelled=cancelled)
    with clock.stage("loudness"), blames:
        gain, loudness_warnings = loudness.gain(placed, sources, track, workdir=workdir, cancelled=cancelled)
    shown = min(timeline.to_frame(job.output.thumbnail.time, placed.fps), placed.frames - 1)
    plan = graph.build(placed, sources, compositions, thumbnail=shown, music=track, gain=gain)
    copy = graph.copied(placed, sources, job.output, music=track, gain=gain)
    warnings = (*placed.warnings, *paint_warnings, *loudness_warnings)
    return Prepared(placed, sources, track, files, plan, copy, warnings)


def _painted(
    placed: Timeline, files: Sequence[Encoded], painter: Painter, workdir: Path
) -> tuple[list[graph.Composition], tuple[JobWarning, ...]]:
    """The compositions with their texts painted; what texts are warned of in one, they are in each."""
    made: list[graph.Composition] = []
    warnings: list[JobWarning] = []
    for size, group in outputs.compositions(files):
        folder = workdir / f"texts-{size[0]}x{size[1]}"
        folder.mkdir(exist_ok=True)
        overlays, found = painter.paint(placed.texts, size, placed.fps, folder)
        made.append(graph.Composition(size, overlays, group))
        warnings += [warning for warning in found if warning not in warnings]
    return made, tuple(warnings)
