"""Encoder options: H.264 (or H.265, AV1) and AAC in an MP4 that starts to play at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from worker.job import Output
from worker.video.plan.fit import Size
from worker.video.plan.key_frames import KEYFRAME_SECONDS
from worker.video.plan.levels import RateLimit, rate_limit

_X264 = {"draft": ("superfast", 24), "standard": ("veryfast", 23), "high": ("medium", 20)}
"""Preset and constant rate factor. `standard` has the quality of the old worker's three passes in a third of their CPU
time (`make bench-render`); the scale isn't comparable between presets, nor between codecs."""

_X264_LOOKAHEAD = {"superfast": 10, "veryfast": 10, "medium": 20}
_X264_TUNING = "aq-mode=2:ipratio=1:mbtree=1:rc-lookahead="
"""Distributes bits by a frame's own variance, and by what later frames take from it. With a ratio of 1 a key frame's
quality doesn't depend on the frames before it, so that a part is encoded as it is in the whole. At equal VMAF, `draft`
takes 12 % fewer bytes than without, `standard` as many (`python -m benchmarks.encoder_settings`)."""

_TAIL_FRAMES_MORE = 10
"""Frames by which an encoder is late beside its lookahead, at most."""

_OTHER_TAIL_FRAMES = {"h265": 20, "av1": 40}
"""H.265's presets look ahead 5 to 15 frames. With 40 frames, AV1 is encoded as in the whole
(tests/worker/test_shared_parts.py)."""

_X265 = {"draft": ("ultrafast", 22), "standard": ("superfast", 23), "high": ("fast", 17)}
_SVT_AV1 = {"draft": ("12", 36), "standard": ("10", 33), "high": ("8", 18)}
"""Each about a point from H.264's VMAF at the same quality, in two thirds of its bytes (`high`: nine tenths, H.265 in a
tenth more): the table in docs/design/rendering.md is measured by `make bench-quality`."""

_STREAMED_BITS, _STREAMED_BITS_MIN = 0.12, 100_000
"""Most bits per pixel of a streamed rung: 7.5 Mbit/s at 1080p30, 3.3 at 720p30, 1.5 at
480p30, about what Apple's authoring specification recommends. Ordinary footage stays far below; grain and confetti
would stall a phone. https://developer.apple.com/documentation/http-live-streaming

The second number is the least of a rung, in bits per second: x264 counts thousands."""

_AUDIO_BITS = "160k"

_HVC1 = ("-tag:v", "hvc1")
"""Apple's players recognise H.265 in MP4 only by this tag."""

_BT709_TAGS = "colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
"""ISO/IEC 23091-2: 1 is BT.709."""

CONTAINER = ("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4")
"""No metadata of the sources (place, device) is carried over; the index comes first."""

JPEG_COLORS = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p"
"""Filters to full-range BT.601, which a JPEG holds by definition (JFIF 1.02)."""

JPEG = ("-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", "-f", "image2", "-update", "1")


@dataclass(frozen=True)
class Encoding:
    """The encoder's settings for one file.

    `aligned` puts a key frame on each even second, wherever scenes cut, so that players can switch between files there.
    `limit` is of the level that a player must have, or of the rung.
    """

    codec: str
    preset: str
    crf: int
    fps: int
    limit: RateLimit
    aligned: bool = False

    @classmethod
    def of(
        cls, output: Output, *, size: Size | None = None, quality: str | None = None, codec: str | None = None
    ) -> "Encoding":
        """The settings of a size, quality and codec; default: those of the job's `output`."""
        codec, quality = codec or output.codec, quality or output.quality
        preset, crf = {"h264": _X264, "h265": _X265, "av1": _SVT_AV1}[codec][quality]
        return cls(codec, preset, crf, output.fps, rate_limit(codec, size or (output.width, output.height), output.fps))

    def streamed(self, pixels: int) -> "Encoding":
        """The same settings for a rung of a ladder with this number of pixels per frame, and a player's buffer of two
        seconds: https://trac.ffmpeg.org/wiki/Encode/H.264#ConstrainedencodingVBVmaxbitrate"""
        bits = max(round(_STREAMED_BITS * pixels * self.fps), _STREAMED_BITS_MIN)
        return replace(self, aligned=True, limit=self.limit.within(RateLimit(bits, 2 * bits)))

    @property
    def tail_frames(self) -> int:
        """Frames behind a frame on which the encoder's decisions about it depend: a part is encoded as in the whole if
        so many are encoded behind it, and dropped."""
        if self.codec == "h264":
            return _X264_LOOKAHEAD[self.preset] + _TAIL_FRAMES_MORE
        return _OTHER_TAIL_FRAMES[self.codec]

    def video_options(self, key_frames: Iterable[int] = ()) -> tuple[str, ...]:
        """FFmpeg's options for the video stream, with key frames at these frames, and two seconds behind every key
        frame at the latest. Groups of pictures are closed, so that players seek and cut there."""
        # Half a frame early, since decimals aren't exact.
        times = ",".join(f"{(frame - 0.5) / self.fps:.4f}" for frame in key_frames)
        forced = ("-force_key_frames", times) if times else ()
        rate = ("-maxrate:v", str(self.limit.bits), "-bufsize:v", str(self.limit.buffer))
        frames = ("-r", str(self.fps), "-g", str(self.fps * KEYFRAME_SECONDS), "-flags:v", "+cgop")
        return (*self._codec(), *rate, *frames, *forced)

    def cut_options(self, frames: int) -> tuple[str, ...]:
        """FFmpeg's options to drop what is encoded behind so many frames, where there is a key frame."""
        return ("-bsf:v", f"noise=amount=0:drop=gte(pts*tb\\,{(frames - 0.5) / self.fps:.4f})")

    def copy_options(self) -> tuple[str, ...]:
        """FFmpeg's options to copy a stream with this encoding."""
        return ("-c:v", "copy", *(_HVC1 if self.codec == "h265" else ()))

    def _codec(self) -> tuple[str, ...]:
        quality = ("-preset", self.preset, "-crf", str(self.crf))
        match self.codec:
            case "h265":
                return (
                    "-c:v",
                    "libx265",
                    *quality,
                    *_HVC1,
                    "-forced-idr",
                    "1",
                    "-x265-params",
                    "log-level=error:open-gop=0",
                )
            case "av1":
                return ("-c:v", "libsvtav1", *quality)
            case _:
                tuning = ("-x264-params", f"{_X264_TUNING}{_X264_LOOKAHEAD[self.preset]}")
                return ("-c:v", "libx264", *quality, "-profile:v", "high", *tuning)


def video_copy_options() -> tuple[str, ...]:
    """FFmpeg's options to copy an H.264 stream, except its color tags."""
    return ("-c:v", "copy", "-bsf:v", f"h264_metadata={_BT709_TAGS}")


def audio_options(*, copied: bool) -> tuple[str, ...]:
    """FFmpeg's options for the audio stream: encoded as AAC, or copied."""
    return ("-c:a", "copy") if copied else ("-c:a", "aac", "-b:a", _AUDIO_BITS)
