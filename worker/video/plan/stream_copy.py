"""When a base video's stream may be copied: nothing changes, and it already has the form of an output. Pure.

Only the copy shows whether its timestamps are exact; if not, the video is encoded. A copy costs a hundredth of
encoding.
"""

from worker.job import Output
from worker.probe.model import Probe
from worker.video.plan.timeline import Timeline

BITS_PER_PIXEL = 0.25
"""Most bits per pixel of a frame: a camera's rate is too much for a phone on a mobile network. 15 Mbit/s for 1080x1920
at 30 fps."""


def may_be_copied(timeline: Timeline, probe: Probe, output: Output) -> bool:
    """Whether the picture stays unchanged and has the output's form."""
    span = timeline.spans[0]
    is_changed = not timeline.is_base or timeline.texts or span.adjusted
    is_whole = not probe.is_cropped and probe.can_seek
    has_size = (probe.width, probe.height, probe.rotation) == (output.width, output.height, 0)
    has_colors = (probe.matrix, probe.primaries, probe.transfer, probe.full_range) == ("bt709", "bt709", "sdr", False)
    has_form = probe.codec == output.codec == "h264" and probe.pixel_format == "yuv420p" and not probe.interlaced
    has_rate = abs(probe.fps - output.fps) < 1e-6
    is_only_file = not output.renditions and not output.hls
    return not is_changed and has_size and has_colors and has_form and has_rate and is_only_file and is_whole
