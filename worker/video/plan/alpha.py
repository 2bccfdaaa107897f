"""Transparent videos over black, which is what is behind a clip. Pure.

FFmpeg would drop the alpha, so that colors appear which an editor hid. It is multiplied in before the picture is
scaled, which would mix hidden colors into the edges. A source without alpha costs nothing.
"""

from worker.probe.model import Probe

_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read WebM's alpha, a second stream of pictures; libavcodec's own ignore it.
https://www.webmproject.org/docs/container/#AlphaMode"""


def options(probe: Probe) -> tuple[str, ...]:
    """FFmpeg's options of an input."""
    decoder = _DECODERS.get(probe.codec) if probe.has_alpha else None
    return (f"-c:{probe.video}", decoder) if decoder else ()


def over_black(probe: Probe) -> list[str]:
    """Filters that lay each picture over black. Alpha is straight, as in browsers: no container says otherwise."""
    return ["premultiply=inplace=1"] if probe.has_alpha else []
