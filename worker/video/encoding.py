"""How the output is compressed: H.264 (or H.265, AV1) and AAC in an MP4 that starts to play at once."""

from dataclasses import dataclass, replace

from worker.job import Output

_KEYFRAME_SECONDS = 2
"""Between key frames; groups of pictures are closed, so that players seek and cut there."""

_X264 = {"draft": ("superfast", 27), "standard": ("veryfast", 23), "high": ("medium", 20)}
"""Preset and constant rate factor. `standard` has the quality of the old worker's three passes in a third of their CPU
time (`make bench-render`); the scale isn't comparable between presets, nor between codecs."""

_X264_TUNING = "aq-mode=2"
"""Bits go where a frame's own variance asks for them: at `standard` 7 % smaller and 0.2 VMAF better than x264's default
at a rate factor one lower, for no time."""

_X265 = {"draft": ("ultrafast", 22), "standard": ("superfast", 23), "high": ("fast", 17)}
_SVT_AV1 = {"draft": ("12", 36), "standard": ("10", 33), "high": ("8", 18)}
"""Each within a point of H.264's VMAF at the same quality, in six to seven tenths of its bytes (`high`: in nine tenths,
H.265 in as many): the table in docs/rendering.md is measured by `make bench-quality`."""

_STREAMED_BITS = 0.12
"""A second for each pixel of a second, at most, where a player streams: 7.5 Mbit/s at 1080p30, 3.3 at 720p30, 1.5 at
480p30, about what Apple's authoring specification recommends. Ordinary footage stays far below; grain and confetti
would stop a telephone. https://developer.apple.com/documentation/http-live-streaming"""

_AUDIO_BITS = "160k"

_BT709_TAGS = "colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
"""ISO/IEC 23091-2: 1 is BT.709."""

CONTAINER = ("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4")
"""No metadata of the sources (place, device) is carried over; the index comes first."""

JPEG_COLOURS = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p"
"""A filter to full-range BT.601, which is what a JPEG holds by definition (JFIF 1.02)."""

JPEG = ("-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", "-f", "image2", "-update", "1")


@dataclass(frozen=True)
class Encoding:
    """The encoder's settings for one file.

    `aligned` puts a key frame on each even second, wherever scenes cut, so that players can change between files there;
    `peak_bits` is the most that a second may take of a player's line, None: whatever the quality takes.
    """

    codec: str
    preset: str
    crf: int
    fps: int
    aligned: bool = False
    peak_bits: int | None = None

    @classmethod
    def of(cls, output: Output, *, quality: str | None = None, codec: str | None = None) -> "Encoding":
        """What the job's `output.codec` and `output.quality`, or those given, mean."""
        codec, quality = codec or output.codec, quality or output.quality
        preset, crf = {"h264": _X264, "h265": _X265, "av1": _SVT_AV1}[codec][quality]
        return cls(codec, preset, crf, output.fps)

    def streamed(self, pixels: int) -> "Encoding":
        """The same for a rung of a ladder, whose pictures have so many pixels."""
        return replace(self, aligned=True, peak_bits=round(_STREAMED_BITS * pixels * self.fps))

    def picture(self) -> tuple[str, ...]:
        """FFmpeg's options for the video stream."""
        forced = ("-force_key_frames", f"expr:gte(t,n_forced*{_KEYFRAME_SECONDS})") if self.aligned else ()
        group = str(self.fps * _KEYFRAME_SECONDS)
        return (*self._codec(), *self._cap(), "-r", str(self.fps), "-g", group, "-flags:v", "+cgop", *forced)

    def _codec(self) -> tuple[str, ...]:
        quality = ("-preset", self.preset, "-crf", str(self.crf))
        match self.codec:
            case "h265":
                # Apple's players know H.265 in MP4 by the tag hvc1 alone.
                return ("-c:v", "libx265", *quality, "-tag:v", "hvc1", "-x265-params", "log-level=error:open-gop=0")
            case "av1":
                return ("-c:v", "libsvtav1", *quality)
            case _:
                return ("-c:v", "libx264", *quality, "-profile:v", "high", "-x264-params", _X264_TUNING)

    def _cap(self) -> tuple[str, ...]:
        """A player's buffer of two seconds: https://trac.ffmpeg.org/wiki/Encode/H.264#ConstrainedencodingVBVmaxbitrate"""
        if self.peak_bits is None:
            return ()
        return ("-maxrate:v", str(self.peak_bits), "-bufsize:v", str(2 * self.peak_bits))


def copied_picture() -> tuple[str, ...]:
    """Options for an H.264 stream that is taken over as it is, but for its colour tags."""
    return ("-c:v", "copy", "-bsf:v", f"h264_metadata={_BT709_TAGS}")


def sound(*, copied: bool) -> tuple[str, ...]:
    """Options for the audio stream: AAC, or the source's own."""
    return ("-c:a", "copy") if copied else ("-c:a", "aac", "-b:a", _AUDIO_BITS)
