"""The pipeline of one job: fetch, render, publish."""

import resource
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.consumer.job_run import JobRun
from worker.errors import CancelledError, SupersededError
from worker.job import Job, video_key
from worker.media.fetch import Fetcher, fetch_all
from worker.media.publish import OutputKeys, Publisher, Upload, output_keys
from worker.telemetry.stages import StageClock
from worker.video.context import RenderContext
from worker.video.render import render_painting
from worker.video.result import Video
from worker.video.text_overlays import painter_of


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


def run_pipeline(job: Job, run: JobRun, fetcher: Fetcher, publisher: Publisher) -> PublishedVideo:
    """Make a job's video and publish it.

    `run.cancelled` is called often; once it returns True, FFmpeg is killed and nothing is published. Raises
    `PermanentError` for what can never succeed, `CancelledError` when cancelled, and `LeaseLostError` where the job
    belongs to another worker; anything else may succeed later.
    """
    clock = run.task.clock
    cpu_before = cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="job-") as folder:
        workdir = Path(folder)
        with painter_of(job, workdir) as painter:  # paints while the sources are fetched
            with clock.stage("fetch"):
                media = fetch_all(job, fetcher, workdir / "inputs", run.cancelled)
            run.on_progress(0.0)
            with clock.stage("render"):
                context = RenderContext(workdir, StageClock(clock.span), run.on_progress, run.cancelled)
                video = render_painting(job, media, painter, context)
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
            bytes_fetched=sum(path.stat().st_size for path in media.values()),
            bytes_published=sum(upload.path.stat().st_size for upload in uploads),
            cpu_seconds=cpu_seconds() - cpu_before,
            duration=duration,
            extras=extras,
            is_superseded=is_superseded,
        )


def cpu_seconds() -> float:
    """CPU seconds that this process, and those of its children that have ended, have used so far."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
