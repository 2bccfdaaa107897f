"""Animations at the pace that browsers give them (worker/probe/delays.py). Pure.

FFmpeg's own options for this have had no effect on GIFs since its parser sets the delays.
"""

from worker.probe import delays
from worker.probe.model import Probe

_BEGIN = "if(N,PREV_OUTPTS+PREV_OUTDURATION,0)"
_DELAY = f"if(lt(DURATION*TB,{delays.MEANT_FROM}),{delays.USUAL}/TB,DURATION)"


def options(probe: Probe) -> tuple[str, ...]:
    """FFmpeg's options of an input: each picture begins when the one before has stood for its time."""
    if probe.is_still or probe.codec not in delays.CODECS:
        return ()
    zero = ("-default_fps", str(delays.APNG_RATE)) if probe.codec == "apng" else ()
    return *zero, f"-bsf:{probe.video}", f"setts=pts='{_BEGIN}':dts='{_BEGIN}':duration='{_DELAY}'"
