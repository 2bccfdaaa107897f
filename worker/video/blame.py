"""Which source is to blame, once a render has failed for one of them.

Asked only then: looking into every clip before each render would cost every job for the sake of the few that fail.
"""

from collections.abc import Mapping

import av

from worker.video.medium import Medium
from worker.video.probe import CONTAINERS, PROTOCOLS
from worker.video.timeline import Span, Timeline

_FRAMES = 600
"""Decoded at most while looking for a clip's first picture: two key frames are rarely further apart."""


def blamed(timeline: Timeline, media: Mapping[str, Medium]) -> str:
    """The pointer of the first clip that has no picture where it starts; "" where all have."""
    return next((span.pointer for span in timeline.spans if not _has_picture(span, media[span.source])), "")


def _has_picture(span: Span, medium: Medium) -> bool:
    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": CONTAINERS}
    try:
        with av.open(str(medium.path), options=options) as container:
            stream = next(s for s in container.streams.video if s.index == medium.probe.video)
            first = (container.start_time or 0) / av.time_base
            if span.in_point:
                container.seek(round((first + span.in_point) * av.time_base))
            for count, frame in enumerate(container.decode(stream)):
                if frame.time is None or frame.time - first >= span.in_point - 1e-3 or count > _FRAMES:
                    return True
    except av.FFmpegError:
        return False
    return False
