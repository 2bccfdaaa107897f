"""Footage drawn by chance: container, codecs, rate, distance of key frames, and in-points."""

import random
from functools import partial

from tests.footage import corpus, marked
from tests.footage.corpus import Footage

_VIDEO = {
    "H.264": ("-c:v", "libx264", "-preset", "ultrafast"),
    "H.264 with B-frames": ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3"),
    "H.264 in open GOPs": corpus.X264_OPEN,
    "H.265 in open GOPs": corpus.X265_OPEN,
    "MPEG-2": ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "2"),
    "VP8": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"),
}
_SOUNDS = {
    "mp4": ("aac",),
    "mov": ("aac", "pcm_s16le", "alac"),
    "mkv": ("aac", "libopus", "flac", "pcm_s16le"),
    "webm": ("libopus",),
}
_KEPT = 20
"""Pictures of a recording with a variable rate."""

_RATES = (24, 25, 30, 50, 60)


def draw(seed: int) -> Footage:
    """The footage of a seed."""
    chance = random.Random(seed)  # noqa: S311
    container = chance.choice(sorted(_SOUNDS))
    video = "VP8" if container == "webm" else chance.choice([name for name in sorted(_VIDEO) if name != "VP8"])
    sound, rate = chance.choice(_SOUNDS[container]), chance.choice(_RATES)
    options = _VIDEO[video]
    if video not in {"H.264 in open GOPs", "H.265 in open GOPs"}:
        options = (*options, "-g", str(chance.choice((1, 7, 30, 250))))
    shown = range(3 * rate)
    is_variable = video != "MPEG-2" and chance.random() < 0.3
    kept = sorted({0, shown[-1], *chance.sample(shown, _KEPT)}) if is_variable else None
    make = partial(marked.make, video=options, audio=("-c:a", sound), rate=rate, shown=shown, kept=kept)
    times = tuple((number, number / rate) for number in kept or shown)
    footage = Footage(container, f"{video}, {sound}", f"seed {seed}", make, times)
    drawn = (round(chance.uniform(0, 2.4), 3) for _ in range(200))
    certain = [at for at in drawn if footage.is_certain(at)]
    return Footage(container, footage.codecs, footage.oddity, make, times, in_points=tuple(certain[:4]))
