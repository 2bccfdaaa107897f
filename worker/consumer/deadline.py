"""The deadline of one job, derived from the video's length and from the measured rendering speed.

FFmpeg has watchdogs of its own (worker/video/ffmpeg.py); this one covers everything, for example a download that
trickles or an upload that hangs. Without it such a job holds its worker, lease after lease, without end.
"""

import time

BASE_SECONDS = 900.0
"""Time for fetching, publishing, and everything else that doesn't grow with the video, in seconds."""

SECONDS_PER_SECOND = 30.0
"""Rendering time per second of video, in seconds: a hundred times what a usual job needs."""

SLOWDOWN_FACTOR = 4.0
"""How much slower the rest of a video may render than the part before: a blurred 4K clip may follow a plain one."""

LEEWAY_SECONDS = 120.0
"""Added to every prediction, in seconds."""


class Deadline:
    """The time by which one job must end; `video_seconds` is the longest that its video can be.

    Each step of progress moves the deadline to the predicted end, with `SLOWDOWN_FACTOR` and `LEEWAY_SECONDS` to spare,
    and never beyond the longest time for a job of this length.
    """

    def __init__(self, video_seconds: float, now: float | None = None) -> None:
        self._started = time.monotonic() if now is None else now
        self._last = self._started + BASE_SECONDS + SECONDS_PER_SECOND * video_seconds
        self._end = self._last
        self._rendering_since: float | None = None

    def update(self, fraction: float, now: float | None = None) -> None:
        """Move the deadline: the video is rendered to `fraction`, 0 (rendering begins) to 1."""
        now = time.monotonic() if now is None else now
        if self._rendering_since is None:
            self._rendering_since = now
        if fraction > 0:
            rest = (now - self._rendering_since) * (1 - fraction) / fraction
            self._end = min(now + SLOWDOWN_FACTOR * rest + LEEWAY_SECONDS, self._last)

    def is_over(self, now: float | None = None) -> bool:
        """Whether the deadline has passed."""
        return (time.monotonic() if now is None else now) > self._end
