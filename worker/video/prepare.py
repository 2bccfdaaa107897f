"""Prepares a job for the encoder: sources probed, timeline built, texts painted, filter graph planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.job import Job, JobWarning
from worker.painter.painter import Painter
from worker.probe.model import MediaSource, ProbeResults
from worker.probe.pending_probe import PendingProbe
from worker.text.fonts import job_fonts
from worker.video import loudness, stills
from worker.video.context import RenderContext
from worker.video.diagnose import attribute_errors
from worker.video.ffmpeg import Limits
from worker.video.plan import build_timeline, cost, filter_graph, memory, output_files, parts, shares
from worker.video.plan.filter_graph import Composition
from worker.video.plan.output_files import OutputSpec
from worker.video.plan.parts import Part
from worker.video.plan.render_plan import RenderPlan
from worker.video.plan.timeline import Timeline, to_frame
from worker.video.text_overlays import paint_ahead, paint_texts

_WALL_SECONDS, _WALL_SECONDS_PER_SECOND = 120.0, 30.0
"""Longest duration of a run in seconds, and what each second of each file adds: 30 times slower than real time."""

_TOLERANCE = 2
"""How much more processor time than the budget a run may take: an estimate may be wrong."""


@dataclass(frozen=True)
class ProbedJob:
    """A job whose sources have been probed. `media` holds the file of each source by URL, stills as plain pictures;
    `painter` may have painted static texts already."""

    job: Job
    media: Mapping[str, Path]
    context: RenderContext
    results: ProbeResults
    painter: Painter
    warnings: tuple[JobWarning, ...] = ()

    def sources(self) -> dict[str, MediaSource]:
        """The picture sources, by URL."""
        return {source: MediaSource(self.media[source], probe) for source, probe in self.results.probes.items()}


@dataclass(frozen=True)
class RenderJob:
    """A job ready to be encoded. `music` is the soundtrack's file; `gain` is applied to all sound, in decibels;
    `thumbnail` is the number of a frame; `copy` is the plan to copy a base video's stream, if that may be possible."""

    timeline: Timeline
    media: Mapping[str, MediaSource]
    music: Path | None
    files: tuple[OutputSpec, ...]
    compositions: tuple[Composition, ...]
    thumbnail: int
    gain: float
    copy: RenderPlan | None
    warnings: tuple[JobWarning, ...]

    def split(self, budget: int = memory.BUDGET_BYTES) -> list[Part]:
        """The parts that are rendered one after the other so that none needs more memory than `budget` bytes."""
        return parts.split(self.timeline, self.media, self.compositions, budget)

    def share(self) -> list[tuple[Part, float]]:
        """The parts that workers may render at the same time, each with its seconds; see `shares.share`."""
        return shares.share(self.timeline, self.media, self.compositions)

    def write_lists(self, split: Sequence[Part], folder: Path) -> None:
        """Write the lists by which FFmpeg joins parts; none of a single one."""
        for name, text in parts.lists(split, self.compositions).items() if len(split) > 1 else ():
            (folder / name).write_text(text, encoding="utf-8")

    def paths(self, folder: Path) -> list[Path]:
        """The video files below `folder`."""
        return [folder / file.file for file in self.files]

    def limits(self, plan: RenderPlan) -> Limits:
        """Most that a run of `plan` may use."""
        seconds = (plan.frames or self.timeline.frames) / self.timeline.fps
        return Limits(
            wall_seconds=_WALL_SECONDS + _WALL_SECONDS_PER_SECOND * seconds * len(self.files),
            cpu_seconds=int(_TOLERANCE * cost.budget(self.timeline.duration)),
        )

    def plans(self, split: Sequence[Part], folder: Path) -> list[RenderPlan]:
        """The runs of FFmpeg that make all files: a single one, or one for each part and one that joins them, which
        reads the lists that `write_lists` writes into `folder`."""
        timeline, media, compositions = self.timeline, self.media, self.compositions
        thumbnail, music, gain = self.thumbnail, self.music, self.gain
        if len(split) == 1:
            return [filter_graph.build(timeline, media, compositions, thumbnail=thumbnail, music=music, gain=gain)]
        pictures = [parts.part_plan(part, timeline, media, compositions, thumbnail) for part in split]
        return [*pictures, parts.join_plan(timeline, media, compositions, folder, music=music, gain=gain)]


def probe_job(
    job: Job, media: Mapping[str, Path], pending: PendingProbe, painter: Painter, context: RenderContext
) -> ProbedJob:
    """Load the job's own fonts while the probe runs, wait for it, and decode the stills. `media` holds the file of each
    source by URL.

    Raises `PermanentError` for a broken font or source, what `PendingProbe.wait` raises, and `FFmpegError`.
    """
    if job.fonts and job.texts:
        with context.clock.stage("paint"):
            fonts = job_fonts.rebuild(job, media, context.workdir, context.cancelled)
            painter.load_fonts(job.fonts, fonts, context.cancelled)
            paint_ahead(job, painter)
    with context.clock.stage("probe"):
        results = pending.wait()
        sources = {source: MediaSource(media[source], probe) for source, probe in results.probes.items()}
        sizes = [size for size, _ in output_files.compositions(output_files.files(job.output))]
        plain = stills.make_plain(sources, dict(job.pictures), sizes, context)
        files = {source: found.path for source, found in plain.sources.items()}
        probes = {source: found.probe for source, found in plain.sources.items()}
        results = ProbeResults(probes, results.soundtrack)
        return ProbedJob(job, {**media, **files}, context, results, painter, plain.warnings)


def prepare(probed: ProbedJob) -> RenderJob:
    """Build the timeline, paint the texts, measure the loudness and plan the render. Raises `PermanentError` for what
    can never succeed."""
    job, context = probed.job, probed.context
    timeline = build_timeline.place(job, probed.results.probes, probed.results.soundtrack)
    files = output_files.files(job.output)
    groups = output_files.compositions(files)
    with context.clock.stage("paint"):
        sizes = [size for size, _ in groups]
        overlays, paint_warnings = paint_texts(timeline, sizes, probed.painter, context.cancelled)
    compositions = tuple(
        Composition(size, painted, group) for (size, group), painted in zip(groups, overlays, strict=True)
    )
    sources = probed.sources()
    cost.check(timeline, sources, compositions)
    memory.check_sources(timeline, sources)
    music = probed.media[timeline.soundtrack.source] if timeline.soundtrack else None
    with context.clock.stage("loudness"), attribute_errors(timeline, sources, music, context):
        gain, loudness_warnings = loudness.gain(timeline, sources, music, context)
    thumbnail = min(to_frame(job.output.thumbnail.time, timeline.fps), timeline.frames - 1)
    copy = filter_graph.stream_copy_plan(timeline, sources, job.output, music=music, gain=gain)
    warnings = (*probed.warnings, *timeline.warnings, *paint_warnings, *loudness_warnings)
    return RenderJob(timeline, sources, music, files, compositions, thumbnail, gain, copy, warnings)
