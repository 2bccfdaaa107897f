"""How a job is split into parts for idle workers, and what parts cost: assumptions, each with its reason.

A trace knows a job's render seconds only. So its pictures are taken as evenly costly, none of its cuts lies within a
transition, and all of its sources are in S3. The worker's own numbers are measured by `make bench-helpers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PartTimings:
    """The durations of helped jobs in seconds, and the sizes of parts."""

    offer: float = 0.3
    """Time from the offer until helpers have claimed parts, for which a helped job waits."""
    unanswered: float = 0.3
    """Time that a coordinator waits for the first claim where no worker is idle, which it can't know."""
    start: float = 1.5
    """Time from a claim until the helper renders: it fetches the sources and loads fonts and texts."""
    join: float = 1.0
    """Time to download the helpers' parts, to join all parts by stream copy, and to verify the video."""
    undivided: float = 2.0
    """Part of a job's render seconds that is not for its pictures: fetch, sound, upload, webhook. The rows of
    docs/design/time-to-video.md have 0.8 to 2.6 s."""
    render_per_video_second: float = 22 / 15
    """Render seconds per second of video: a trace's median of 22 s is taken as a video of 15 s. The rows of
    docs/design/time-to-video.md have 0.6 (studio clips) to 2.4 (phone clips)."""
    key_frames: float = 2.0
    """Distance of the key frames that parts begin at, in seconds of video."""
    shortest: float = 2.0
    """Render seconds of a part, at least."""
    most: int = 8
    """Parts of a job, at most."""
    least_gain: float = 1.5
    """Seconds that a job must save to be offered, if every part found a worker at once."""

    def split(self, render_seconds: float) -> Sequence[float]:
        """The render seconds of each part, longest first; none of a job that is not offered.

        Params:
            render_seconds: what the job takes one worker.
        """
        pictures = render_seconds - self.undivided
        step = self.key_frames * self.render_per_video_second
        steps = int(max(pictures, 0.0) / step)
        count = min(steps, int(max(pictures, 0.0) / self.shortest), self.most)
        if count < 2:
            return ()
        each, longer = divmod(steps, count)
        parts = [step * (each + (number < longer)) for number in range(count)]
        parts[-1] += pictures - steps * step
        parts.sort(reverse=True)
        gain = pictures - (self.offer + self.start + parts[0] + self.join)
        return parts if gain >= self.least_gain else ()
