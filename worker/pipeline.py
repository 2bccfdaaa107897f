"""One job from start to end: fetch, render, publish."""

import resource
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from worker.cancelled import CancelledError
from worker.fetch import Fetcher, fetch_all
from worker.job import Job
from worker.store import Keys, Output, Publisher, output_keys
from worker.telemetry import StageClock
from worker.video.render import render
from worker.video.video import Video


@dataclass(frozen=True)
class Made:
    """A published video and where it lies."""

    video: Video
    keys: Keys
    bytes_fetched: int
    bytes_published: int
    cpu_seconds: float
    """Of this process and of those that it started, FFmpeg above all."""

    @property
    def extras(self) -> dict[str, str]:
        """Object keys of the files beside the video that people are told of, by name."""
        return {extra.name: self.keys.of(extra) for extra in self.video.extras if extra.name}


def make(
    job: Job,
    *,
    attempt: int,
    still_ours: Callable[[], None],
    fetcher: Fetcher,
    publisher: Publisher,
    clock: StageClock,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Made:
    """Make a job's video and publish it.

    `attempt` is the claim's number; `still_ours` is asked just before the video appears, and raises where the job is
    another worker's by then.

    `on_progress` hears the rendered share, 0 (rendering starts) to 1; `cancelled` is asked often, and once it says
    yes, FFmpeg is killed and nothing is published. Raises `PermanentError` for what can never succeed and
    `CancelledError` when cancelled; anything else may succeed later.
    """
    cpu_before = cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="job-") as folder:
        workdir = Path(folder)
        with clock.stage("fetch"):
            media = fetch_all(job, fetcher, workdir / "inputs", cancelled)
        on_progress(0.0)
        with clock.stage("render"):
            parts = StageClock(clock.span)
            video = render(job, media, workdir, clock=parts, on_progress=on_progress, cancelled=cancelled)
        if cancelled():
            raise CancelledError
        keys = output_keys(job, publisher.bucket)
        with clock.stage("publish"):
            outputs = [
                *(Output(extra.path, keys.of(extra), extra.content_type) for extra in video.extras),
                Output(video.thumbnail, keys.thumbnail, "image/jpeg"),
                Output(video.path, keys.video, "video/mp4"),
            ]
            publisher.publish(job.job_id, attempt, outputs, still_ours)
        return Made(
            video,
            keys,
            bytes_fetched=sum(path.stat().st_size for path in media.values()),
            bytes_published=sum(output.path.stat().st_size for output in outputs),
            cpu_seconds=cpu_seconds() - cpu_before,
        )


def cpu_seconds() -> float:
    """CPU seconds that this process, and those of its children that have ended, have used so far."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
