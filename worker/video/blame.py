"""Which source is to blame, once a render has failed for one of them.

Asked only then: looking into every clip before each render would cost every job for the sake of the few that fail.
"""

from collections.abc import Mapping
from pathlib import Path

from worker.video import allowed, ffmpeg, inspection
from worker.video.medium import Medium
from worker.video.timeline import Span, Timeline


def blamed(timeline: Timeline, media: Mapping[str, Medium], workdir: Path) -> str:
    """The pointer of the first clip that has no picture where it starts, or that FFmpeg alone can't read; "" where
    all are well."""
    pointer = inspection.without_picture(timeline.spans, media)
    return pointer or next((span.pointer for span in timeline.spans if not _is_read(span, media, workdir)), "")


def _is_read(span: Span, media: Mapping[str, Medium], workdir: Path) -> bool:
    medium = media[span.source]
    source = (*allowed.options(), "-ss", f"{span.in_point:.6f}", "-i", f"file:{medium.path}")
    first = ("-map", f"0:{medium.probe.video}", "-frames:v", "1", "-f", "null", "-")
    try:
        ffmpeg.run((*source, *first), workdir=workdir)
    except ffmpeg.FFmpegError:
        return False
    return True
