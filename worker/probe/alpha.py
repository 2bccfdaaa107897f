"""Whether a video's pictures may be transparent, also where PyAV's decoder drops their alpha. Imports nothing but PyAV,
as child.py.

WebM has its alpha beside the pictures, H.265 (iPhones, editors of Apple) in a second layer: the renderer's decoders
read both.
"""

import re

import av
from av.container import InputContainer
from av.video.stream import VideoStream

_HEAD_BYTES = 4096
"""Bytes of a first packet in which messages about it come."""

_ALPHA_INFO = re.compile(rb"\x4e\x01\xa5.(.)", re.DOTALL)
"""A unit of supplemental information that begins with one about alpha, its size, and its first byte: ITU-T H.265,
7.3.1.2 and F.14.2.8. The byte has a bit that ends the alpha, and three for its use, 0 if it isn't multiplied in yet."""


def may_be_transparent(
    container: InputContainer, stream: VideoStream, packet: "av.Packet[VideoStream]", frame: av.VideoFrame
) -> bool:
    """Whether the pictures of a stream have an alpha that is still to be multiplied in. `packet` and `frame` are its
    first."""
    codec = stream.codec_context.name
    if (container.format.name, codec) == ("avi", "rawvideo"):
        return False  # in the fourth byte of a pixel most writers leave a 0, which means nothing
    if frame.format.has_palette or any(component.is_alpha for component in frame.format.components):
        return True
    if codec == "hevc":
        info = _ALPHA_INFO.search((stream.codec_context.extradata or b"") + bytes(packet)[:_HEAD_BYTES])
        return info is not None and info[1][0] >> 4 == 0
    return stream.metadata.get("alpha_mode") == "1"
