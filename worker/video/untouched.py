"""When a base video may be taken over without encoding it again: nothing changes, and it already is what we would make.

Half of the answer is in what the source is; whether each of its frames stands on its own beat is seen only in the copy,
which costs a hundredth of encoding: if it isn't exact, it is thrown away.
"""

from worker.job import Output
from worker.video.probe import Probe
from worker.video.timeline import Timeline

BITS_PER_PIXEL = 0.25
"""Of a frame, at most: what a camera spends is too much for a phone on the road. 15 Mbit/s for 1080x1920 at 30 fps."""


def may_be_copied(timeline: Timeline, probe: Probe, output: Output) -> bool:
    """Whether the picture is to stay as it is, and has the output's form."""
    span = timeline.spans[0]
    is_changed = not timeline.is_base or timeline.texts or span.adjusted
    has_size = (probe.width, probe.height, probe.rotation) == (output.width, output.height, 0)
    has_colours = probe.matrix == "bt709" and probe.transfer == "sdr" and not probe.full_range
    has_form = probe.codec == output.codec == "h264" and probe.pixel_format == "yuv420p" and not probe.interlaced
    has_rate = abs(probe.fps - output.fps) < 1e-6
    is_alone = not output.renditions and not output.hls
    return not is_changed and has_size and has_colours and has_form and has_rate and is_alone and probe.can_seek
