"""The pipeline of one job: fetch, render, publish."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.consumer.job_run import JobRun
from worker.consumer.meter import cpu_seconds
from worker.consumer.standby import JobProcesses, Standby
from worker.errors import CancelledError, SupersededError
from worker.helpers.order_of_part import OrderMaker
from worker.job import ErrorCode, Job, PermanentError, video_key
from worker.media.fetch import Fetched, FetchedMedia, Fetcher, fetch_all
from worker.media.publish import OutputKeys, Publisher, Upload, output_keys
from worker.probe.client import ProbeProcess
from worker.probe.pending_probe import PendingProbe
from worker.sandbox.client import InspectionError
from worker.telemetry.stages import StageClock
from worker.video.context import RenderContext
from worker.video.crew import Crew
from worker.video.ffmpeg import FFmpegError
from worker.video.render import render_painting
from worker.video.result import Video
from worker.video.text_overlays import painter_with

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedVideo:
    """A published video and its object keys."""

    video: Video
    keys: OutputKeys
    bytes_fetched: int
    bytes_published: int
    cpu_seconds: float
    """CPU seconds of this process and of its child processes, mainly FFmpeg."""
    duration: float
    """Of the video at `keys`, in seconds."""
    extras: Mapping[str, str]
    """Object keys of the named files beside the video, by name; the webhook lists them."""
    is_superseded: bool = False
    """Whether `keys`, `duration` and `extras` are a later job's, and nothing was published."""


def run_pipeline(job: Job, run: JobRun, fetcher: Fetcher, publisher: Publisher, standby: Standby) -> PublishedVideo:
    """Make a job's video with the processes of `standby`, and publish it.

    `run.cancelled` is called often; once it returns True, FFmpeg is killed and nothing is published. Raises
    `PermanentError` for what can never succeed, `CancelledError` when cancelled, and `LeaseLostError` where the job
    belongs to another worker; anything else may succeed later.
    """
    clock = run.task.clock
    cpu_before = cpu_seconds()
    temporary, processes = standby.take()
    with temporary as folder:
        video, fetched = _fetch_and_render(job, run, fetcher, Path(folder), processes)
        if run.cancelled():
            raise CancelledError
        keys = output_keys(job, publisher.bucket)
        extras = {extra.name: keys.of(extra) for extra in video.extras if extra.name}
        duration, is_superseded = video.measured.duration, False
        description = {"video": keys.video, "thumbnail": keys.thumbnail, "duration": duration, "extras": extras}
        with clock.stage("publish"):
            uploads = [
                *(Upload(extra.path, keys.of(extra), extra.content_type) for extra in video.extras),
                Upload(video.thumbnail, keys.thumbnail, "image/jpeg"),
                Upload(video.path, keys.video, "video/mp4"),
            ]
            name = video_key(job)
            try:
                publisher.publish(job.job_id, run.claim.attempt, uploads, lambda: run.acquire_video(name, description))
            except SupersededError as superseded:
                newer, is_superseded = superseded.newer, True
                keys = OutputKeys(newer["video"], newer["thumbnail"])
                duration, extras = newer["duration"], newer["extras"]
            finally:
                run.release_video(name)
        return PublishedVideo(
            video,
            keys,
            bytes_fetched=fetched.bytes,
            bytes_published=sum(upload.path.stat().st_size for upload in uploads),
            cpu_seconds=cpu_seconds() - cpu_before,
            duration=duration,
            extras=extras,
            is_superseded=is_superseded,
        )


def _fetch_and_render(
    job: Job, run: JobRun, fetcher: Fetcher, folder: Path, processes: JobProcesses
) -> tuple[Video, Fetched]:
    """Make the video below `folder` of the parts of sources that it needs, or of the whole sources where that fails: an
    index may lie, and what is wrong with a source must be found in all of it."""
    parts = folder / "parts"
    try:
        with processes:
            return _attempt(job, run, fetcher, parts, processes, in_parts=True)
    except _PartsFailedError as failure:
        reason = {"reason": str(failure.__cause__)}
        logger.info("The fetched parts of the sources can't be rendered: the whole sources are fetched.", extra=reason)
        shutil.rmtree(parts)
        with JobProcesses(folder) as others:
            video, fetched = _attempt(job, run, fetcher, folder / "whole", others, in_parts=False)
        return video, Fetched(fetched.bytes + failure.bytes)


class _PartsFailedError(Exception):
    """The job can't be rendered of the `bytes` that were fetched of its sources."""

    def __init__(self, bytes_: int) -> None:
        super().__init__()
        self.bytes = bytes_


def _attempt(
    job: Job, run: JobRun, fetcher: Fetcher, workdir: Path, processes: JobProcesses, *, in_parts: bool
) -> tuple[Video, Fetched]:
    clock = run.task.clock
    workdir.mkdir()
    painter = painter_with(processes.painter, job, workdir)  # paints while sources are fetched
    with clock.stage("fetch"):
        pending = PendingProbe(job, processes.probes, run.cancelled)
        media = fetch_all(job, fetcher, workdir / "inputs", pending, run.cancelled, in_parts=in_parts)
        run.on_fetched(media.fetched.bytes)
    run.on_progress(0.0)
    with clock.stage("render"):
        stages = StageClock(clock.span)
        crew = _crew(job, run, pending.process, media) if in_parts else None  # an attempt's parts are offered once
        context = RenderContext(workdir, stages, run.on_progress, run.cancelled, crew)
        try:
            return render_painting(job, media.paths, painter, pending, context), media.fetched
        except (PermanentError, FFmpegError, InspectionError) as error:
            is_other = isinstance(error, PermanentError) and error.code is not ErrorCode.MEDIA_UNDECODABLE
            if is_other or not media.fetched.is_partial:
                raise
            raise _PartsFailedError(media.fetched.bytes) from error


def _crew(job: Job, run: JobRun, probe: ProbeProcess, media: FetchedMedia) -> Crew | None:
    """The other workers that may help with an attempt, if there can be any."""
    if run.helpers is None:
        return None
    maker = OrderMaker(job.job_id, run.claim.attempt, probe, media)
    return run.helpers.crew(maker, waited_seconds=run.task.message.waited_seconds, on_used=run.on_used_by_helpers)
