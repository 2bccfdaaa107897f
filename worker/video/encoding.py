"""How the output is compressed: H.264 (or H.265, AV1) and AAC in an MP4 that starts to play at once."""

from dataclasses import dataclass

from worker.job import Output

_KEYFRAME_SECONDS = 2
"""Between key frames; groups of pictures are closed, so that players seek and cut there."""

_X264 = {"draft": ("superfast", 26), "standard": ("veryfast", 22), "high": ("medium", 19)}
"""Preset and constant rate factor. `standard` has the quality of the old worker's three passes in a third of their CPU
time (`make bench-render`); the scale isn't comparable between presets, nor between codecs."""

_X265 = {"draft": ("ultrafast", 22), "standard": ("superfast", 23), "high": ("fast", 17)}
_SVT_AV1 = {"draft": ("12", 36), "standard": ("10", 33), "high": ("8", 18)}
"""Each within about a point of H.264's VMAF at the same quality (91, 93.5 and 97 on real footage at 1080x1920), in half
to nine tenths of its bytes."""

_AUDIO_BITS = "160k"


@dataclass(frozen=True)
class Encoding:
    """The encoder's settings for one output."""

    codec: str
    preset: str
    crf: int
    fps: int
    copies_audio: bool = False

    @classmethod
    def of(cls, output: Output, *, copies_audio: bool = False) -> "Encoding":
        """What the job's `output.codec` and `output.quality` mean."""
        preset, crf = {"h264": _X264, "h265": _X265, "av1": _SVT_AV1}[output.codec][output.quality]
        return cls(output.codec, preset, crf, output.fps, copies_audio)

    def arguments(self) -> tuple[str, ...]:
        """FFmpeg's output options; no metadata of the sources (place, device) is carried over."""
        group = str(self.fps * _KEYFRAME_SECONDS)
        timing = ("-r", str(self.fps), "-g", group, "-flags:v", "+cgop")
        audio = ("-c:a", "copy") if self.copies_audio else ("-c:a", "aac", "-b:a", _AUDIO_BITS)
        container = ("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4")
        return (*self._video(), *timing, *audio, *container)

    def _video(self) -> tuple[str, ...]:
        quality = ("-preset", self.preset, "-crf", str(self.crf))
        match self.codec:
            case "h265":
                # Apple's players know H.265 in MP4 by the tag hvc1 alone.
                return ("-c:v", "libx265", *quality, "-tag:v", "hvc1", "-x265-params", "log-level=error:open-gop=0")
            case "av1":
                return ("-c:v", "libsvtav1", *quality)
            case _:
                return ("-c:v", "libx264", *quality, "-profile:v", "high")
