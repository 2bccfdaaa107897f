"""The corpus of footage: one row per container, codec and oddity, made by a script and never stored.

A row says how its file is made, when its pictures begin, and how late its sound is; expected pictures follow from
that. docs/reference/footage.md is written from the rows (table.py).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

from tests.footage import animated, boxed, joined, marked

FPS = 30
"""Frame rate of every output."""

Maker = Callable[[Path], Path]


@dataclass(frozen=True)
class Footage:
    """A row. `make` writes the file; `times` are the seconds at which its pictures begin, by number; `seconds` is its
    length, `late` by how many seconds its sound comes after its picture."""

    container: str
    codecs: str
    oddity: str
    make: Maker
    times: tuple[tuple[int, float], ...]
    seconds: float = 3.0
    late: float = 0.0
    in_points: tuple[float, ...] = (0.0, 0.07, 1.0, 1.51)
    has_sound: bool = True
    ends: bool = False
    """Whether a clip without a duration is tried too: it ends with the file."""

    @property
    def name(self) -> str:
        """The row in one word, for the name of a test and of the file."""
        words = f"{self.codecs}-{self.oddity}".lower().replace(",", "").replace(" ", "-").replace("/", "-")
        return f"{words}.{self.container}"

    def shown(self, in_point: float, frame: int) -> int:
        """Which picture the output's frame `frame` of a clip from `in_point` on shows: the last that has begun."""
        begun = [number for number, time in self.times if _frame((time - in_point) * FPS) <= frame]
        return begun[-1] if begun else self.times[0][0]

    def is_certain(self, in_point: float) -> bool:
        """Whether no picture begins so close to the middle of two frames that rounding decides."""
        return all(abs((time - in_point) * FPS % 1 - 0.5) > 0.04 for _, time in self.times)


def _frame(value: float) -> int:
    return math.floor(abs(value) + 0.5) * (1 if value > 0 else -1)


def times(count: int = 90, rate: float = 30, first: float = 0.0) -> tuple[tuple[int, float], ...]:
    """When the pictures of a constant rate begin."""
    return tuple((number, first + number / rate) for number in range(count))


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "30")
OPEN_GOP = "open-gop=1:keyint=15:min-keyint=15:bframes=3:b-adapt=0"
X264_OPEN = ("-c:v", "libx264", "-preset", "veryfast", "-x264-params", f"{OPEN_GOP}:scenecut=0")
X265_OPEN = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"{OPEN_GOP}:log-level=error")
AAC, PCM, MP3, OPUS = (("-c:a", codec) for codec in ("aac", "pcm_s16le", "libmp3lame", "libopus"))
_REALTIME = ("-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0")
STANDING = (0, 40, 41, 70, 89)
"""Frames of a screen on which little happens: the first stands for 1.3 s."""


def _cfr(
    container: str,
    codecs: str,
    oddity: str,
    video: Sequence[str],
    audio: Sequence[str] = AAC,
    *,
    first: float = 0.0,
    late: float = 0.0,
) -> Footage:
    return Footage(
        container, codecs, oddity, partial(marked.make, video=video, audio=audio), times(first=first), late=late
    )


def _standing(
    container: str,
    codecs: str,
    video: Sequence[str],
    audio: Sequence[str] = AAC,
    *,
    oddity: str = "a picture stands for long",
    kept: Sequence[int] = STANDING,
) -> Footage:
    return Footage(
        container,
        codecs,
        oddity,
        partial(marked.make, video=video, audio=audio, kept=kept),
        tuple((number, number / 30) for number in kept),
        in_points=(0.0, 0.7, 1.2, 1.34, 2.5),
        has_sound=bool(audio),
    )


def _animated(container: str, oddity: str, *, delays: Sequence[int], transparent: bool = False) -> Footage:
    """An animation whose pictures stand for `delays` milliseconds as its file says; browsers show 10 as 100."""
    begins = accumulate((delay if delay > 10 else 100 for delay in delays), initial=0)
    moments = tuple((number, begin / 1000) for number, begin in zip(_ANIMATED, begins, strict=False))[: len(delays)]
    return Footage(
        container,
        {"avif": "AV1", "gif": "GIF", "png": "APNG", "webp": "WebP"}[container],
        oddity,
        partial(animated.make, shown=_ANIMATED[: len(delays)], delays=delays, transparent=transparent),
        moments,
        in_points=(0.0, 0.2, 0.41),
        has_sound=False,
    )


def _see_through(container: str, codec: str, *coding: str) -> Footage:
    """A white video whose alpha is what the others show in white on black."""
    filters = "format=gbrp,split[c][m];[m]format=gray[a];[c]lutrgb=r=255:g=255:b=255[w];[w][a]alphamerge"
    return Footage(
        container,
        codec,
        "transparent",
        partial(marked.make, video=("-c:v", *coding), audio=(), filters=filters, shown=range(60)),
        times(60),
        in_points=(0.0, 1.0, 1.51),
        has_sound=False,
    )


_AAC_PRIMING, _MP2_PRIMING = 1024 / 48_000, 481 / 48_000
"""Seconds by which AAC and MP2 are late in a container that can't say that their encoder added silence."""


def _changing_picture(
    container: str, oddity: str, first: Sequence[str], second: Sequence[str], *, rotation: int = 0
) -> Footage:
    return Footage(
        container,
        "H.264",
        oddity,
        partial(joined.pictures, first=first, second=second, rotation=rotation),
        times(),
        in_points=(0.0, 1.3, 1.7),
        has_sound=False,
    )


def _changing_sound(container: str, oddity: str, first: Sequence[str], second: Sequence[str]) -> Footage:
    return Footage(
        container,
        "H.264, AAC",
        oddity,
        partial(joined.sounds, video=X264, first=first, second=second),
        times(),
        late=_AAC_PRIMING,
        in_points=(0.0, 1.3, 1.33),
    )


def _piped(
    container: str, codecs: str, video: Sequence[str], audio: Sequence[str] = AAC, *, first: float = 0.0
) -> Footage:
    return Footage(
        container,
        codecs,
        "written to a pipe",
        partial(marked.make, video=video, audio=audio, piped=True),
        times(first=first),
        late=first,
        ends=True,
    )


_ANIMATED = (0, 341, 682, 1021, 70, 89, 40, 512)
_PACES = {
    "pictures of many lengths": (130, 100, 300, 70, 500),
    "pictures of 10 ms": (10,) * 8,
    "pictures of 0 ms": (0,) * 8,
}
_VF, _SMALL = "-vf", "scale=40:40:flags=neighbor"
_SIZES = ((), (_VF, _SMALL))
_TURNED = (
    ("on its left side", 90, "transpose=clock"),
    ("head over", 180, "hflip,vflip"),
    ("on its right side", 270, "transpose=cclock"),
)
"""Names, rotations, and filters that undo them."""
_CHANNELS = (("-ac", "1"), ("-ac", "2"))

ROWS = (
    _cfr("mp4", "H.264, AAC", "none", X264),
    _cfr("mp4", "H.264, AAC", "key frames only", (*X264, "-g", "1")),
    _cfr("mp4", "H.264, AAC", "open GOP", X264_OPEN),
    _cfr("mp4", "H.265, AAC", "open GOP", X265_OPEN),
    _cfr("mkv", "H.264, AAC", "open GOP", X264_OPEN),
    _cfr("ts", "H.264, AAC", "open GOP", X264_OPEN, first=_AAC_PRIMING, late=_AAC_PRIMING),
    _cfr("flv", "H.264, AAC", "small in-points", (*X264, "-bf", "2"), first=_AAC_PRIMING, late=_AAC_PRIMING),
    _cfr("avi", "H.264, PCM", "small in-points", X264, PCM),
    _cfr("avi", "MPEG-4, PCM", "small in-points", ("-c:v", "mpeg4", "-q:v", "2", "-g", "30", "-vtag", "XVID"), PCM),
    _cfr("mov", "MPEG-2, PCM", "open GOP", ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "2"), PCM),
    _cfr("mxf", "MPEG-2, PCM", "none", ("-c:v", "mpeg2video", "-q:v", "2"), PCM),
    _cfr("mpg", "MPEG-2, MP2", "none", ("-c:v", "mpeg2video", "-q:v", "2"), ("-c:a", "mp2"), late=_MP2_PRIMING),
    _cfr("ogv", "Theora, Vorbis", "none", ("-c:v", "libtheora", "-q:v", "10"), ("-c:a", "libvorbis")),
    _cfr("webm", "VP8, Opus", "none", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), OPUS),
    _standing("mp4", "H.264, AAC", X264),
    _standing("mov", "MPEG-4, PCM", ("-c:v", "mpeg4", "-q:v", "2"), PCM),
    _standing("webm", "VP8, Opus", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), OPUS),
    _standing("mkv", "H.264, AAC", X264),
    _standing("mkv", "H.264, AAC", X264, oddity="the last picture stands for long", kept=STANDING[:-1]),
    _standing("gif", "GIF", ("-c:v", "gif"), ()),
    *(_changing_picture(container, "another size midway", *_SIZES) for container in ("mp4", "mkv", "ts")),
    *(
        _changing_picture("mp4", f"another size midway, {turn}", (_VF, lie), (_VF, f"{lie},{_SMALL}"), rotation=angle)
        for turn, angle, lie in _TURNED
    ),
    _changing_picture("mp4", "another pixel format midway", (), ("-pix_fmt", "yuv444p")),
    _changing_picture("mp4", "another range midway", (), ("-vf", "scale=out_range=pc", "-color_range", "pc")),
    _piped("webm", "VP8, Opus", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), OPUS),
    _piped("mkv", "H.264, AAC", X264),
    _piped("avi", "MPEG-4, PCM", ("-c:v", "mpeg4", "-q:v", "2", "-g", "30"), PCM),
    _piped("flv", "H.264, AAC", (*X264, "-bf", "0"), first=_AAC_PRIMING),
    *(
        Footage(
            "mov",
            "H.264",
            oddity,
            partial(boxed.without_length, value=value),
            times(),
            has_sound=False,
            ends=True,
        )
        for oddity, value in (("lengths of 0", b"\0\0\0\0"), ("lengths of 4294967295", b"\xff\xff\xff\xff"))
    ),
    *(
        Footage(container, "H.264", "rows hidden by the container", boxed.cropped, times(), has_sound=False)
        for container in ("mov", "mkv")
    ),
    *(_changing_sound(container, "from mono to stereo", *_CHANNELS) for container in ("mp4", "mkv", "ts")),
    *(
        _animated(container, oddity, delays=delays)
        for container in ("gif", "png", "webp")
        for oddity, delays in _PACES.items()
    ),
    _animated("avif", "pictures of many lengths", delays=_PACES["pictures of many lengths"]),
    *(
        _animated(container, "transparent", delays=_PACES["pictures of many lengths"], transparent=True)
        for container in ("gif", "png", "webp")
    ),
    _see_through("mov", "ProRes 4444", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le"),
    _see_through("mov", "Animation", "qtrle"),
    _see_through("mov", "PNG", "png"),
    _see_through("mov", "H.265", "libx265", "-pix_fmt", "yuva420p", *X265_OPEN[2:]),
    _see_through("webm", "VP8", "libvpx", "-pix_fmt", "yuva420p", *_REALTIME),
    _see_through("webm", "VP9", "libvpx-vp9", "-pix_fmt", "yuva420p", *_REALTIME),
    _changing_sound("ts", "from 48 to 44.1 kHz", ("-ar", "48000"), ("-ar", "44100")),
)
