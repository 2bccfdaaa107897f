"""When a job has taken too long: a hard end that follows from its length and from how fast it goes.

FFmpeg has watchdogs of its own (worker/video/ffmpeg.py); this one is around everything, a download that trickles and
an upload that hangs included. Take it out, and such a job holds its worker, lease after lease, for as long as it likes.
"""

import time

BASE_SECONDS = 900.0
"""For fetching, publishing, and whatever doesn't grow with the video."""

SECONDS_PER_SECOND = 30.0
"""Of rendering for a second of video: a hundred times what a usual job needs."""

SLOWER_THAN_PREDICTED = 4.0
"""The rest of a video may go so much slower than what is done: a blurred 4K clip may follow a plain one."""

LEEWAY_SECONDS = 120.0


class Deadline:
    """The end of one job's time; `video_seconds` is how long its video will be at most.

    Each step of progress moves it to where the job should be done by then, with room to spare, and never beyond what
    a job of this length may take at all.
    """

    def __init__(self, video_seconds: float, now: float | None = None) -> None:
        self._started = time.monotonic() if now is None else now
        self._last = self._started + BASE_SECONDS + SECONDS_PER_SECOND * video_seconds
        self._end = self._last
        self._rendering_since: float | None = None

    def progressed(self, fraction: float, now: float | None = None) -> None:
        """The video is rendered to `fraction`, 0 (rendering begins) to 1."""
        now = time.monotonic() if now is None else now
        if self._rendering_since is None:
            self._rendering_since = now
        if fraction > 0:
            rest = (now - self._rendering_since) * (1 - fraction) / fraction
            self._end = min(now + SLOWER_THAN_PREDICTED * rest + LEEWAY_SECONDS, self._last)

    def is_over(self, now: float | None = None) -> bool:
        """Whether the job has used its time up."""
        return (time.monotonic() if now is None else now) > self._end
