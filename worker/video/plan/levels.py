"""The levels of the video codecs: the bit rate and buffer that a decoder of a level has, by size and frame rate. Pure.

A file names the level that a player must have. Without a limit, constant quality spends on noise and confetti several
times the bits of the level that size and frame rate ask for: players with hardware decoders stutter, or refuse.
Every size and frame rate of the contract is within level 6.
"""

from dataclasses import dataclass

from worker.video.plan.fit import Size

_MACROBLOCK = 16
"""Side of H.264's unit of size, in pixels."""

_LEAST_PIXELS = 720 * 1280
_LEAST_FPS = 30
"""Size and frame rate whose level smaller outputs get too. Every decoder has it, and the lowest levels, made for video
calls, allow less than constant quality takes."""

_SVT_AV1_PART = 0.75
"""Part of a level's rate that SVT-AV1 is told: on noise it spends up to a quarter more than its limit, not the same in
each run, and ignores the buffer."""


@dataclass(frozen=True)
class RateLimit:
    """The most bits per second, and the size in bits of the buffer through which a decoder gets them."""

    bits: int
    buffer: int

    def within(self, other: "RateLimit") -> "RateLimit":
        """The smaller of two limits."""
        return RateLimit(min(self.bits, other.bits), min(self.buffer, other.buffer))


@dataclass(frozen=True)
class _Level:
    """A level: the most pixels per picture and per second, the longest side, and what its decoders take."""

    pixels: int
    pixels_per_second: int
    side: float
    limit: RateLimit


def _h264(macroblocks: int, per_second: int, kilobits: int, buffer: int) -> _Level:
    """A row of table A-1 of ITU-T H.264 in its units; the High profile has 1.25 times its rates (table A-2), and a side
    may have the root of eight times the picture's macroblocks (A.3.1)."""
    area = _MACROBLOCK**2
    side = _MACROBLOCK * (8 * macroblocks) ** 0.5
    return _Level(macroblocks * area, per_second * area, side, RateLimit(1250 * kilobits, 1250 * buffer))


def _h265(pixels: int, per_second: int, kilobits: int) -> _Level:
    """A row of tables A.8 and A.9 of ITU-T H.265, Main tier; a side may have the root of eight times the pixels."""
    return _Level(pixels, per_second, (8 * pixels) ** 0.5, RateLimit(1000 * kilobits, 1000 * kilobits))


def _av1(pixels: int, per_second: int, side: int, megabits: int) -> _Level:
    """A row of the table in annex A.3 of the AV1 specification, Main tier and profile; `side` is `MaxVSize`, the
    smaller of its two bounds. The buffer holds a second (E.3.2). https://aomediacodec.github.io/av1-spec/#levels"""
    bits = round(1_000_000 * megabits * _SVT_AV1_PART)
    return _Level(pixels, per_second, side, RateLimit(bits, bits))


_LEVELS = {
    "h264": (
        _h264(3_600, 108_000, 14_000, 14_000),  # 3.1
        _h264(5_120, 216_000, 20_000, 20_000),
        _h264(8_192, 245_760, 20_000, 25_000),  # 4
        _h264(8_192, 245_760, 50_000, 62_500),
        _h264(8_704, 522_240, 50_000, 62_500),
        _h264(22_080, 589_824, 135_000, 135_000),  # 5
        _h264(36_864, 983_040, 240_000, 240_000),
        _h264(36_864, 2_073_600, 240_000, 240_000),
        _h264(139_264, 4_177_920, 240_000, 240_000),  # 6
    ),
    "h265": (
        _h265(983_040, 33_177_600, 10_000),  # 3.1
        _h265(2_228_224, 66_846_720, 12_000),  # 4
        _h265(2_228_224, 133_693_440, 20_000),
        _h265(8_912_896, 267_386_880, 25_000),  # 5
        _h265(8_912_896, 534_773_760, 40_000),
        _h265(8_912_896, 1_069_547_520, 60_000),
        _h265(35_651_584, 1_069_547_520, 60_000),  # 6
    ),
    "av1": (
        _av1(1_065_024, 31_950_720, 3_096, 10),  # 3.1
        _av1(2_359_296, 70_778_880, 3_456, 12),  # 4.0
        _av1(2_359_296, 141_557_760, 3_456, 20),
        _av1(8_912_896, 267_386_880, 4_352, 30),  # 5.0
        _av1(8_912_896, 534_773_760, 4_352, 40),
        _av1(8_912_896, 1_069_547_520, 4_352, 60),
        _av1(35_651_584, 1_069_547_520, 8_704, 60),  # 6.0
    ),
}


def rate_limit(codec: str, size: Size, fps: int) -> RateLimit:
    """The limit of the lowest level that has a size and a frame rate."""
    pixels = size[0] * size[1]
    if codec == "h264":
        pixels = _MACROBLOCK**2 * -(-size[0] // _MACROBLOCK) * -(-size[1] // _MACROBLOCK)
    pixels, fps = max(pixels, _LEAST_PIXELS), max(fps, _LEAST_FPS)
    level = next(
        level
        for level in _LEVELS[codec]
        if pixels <= level.pixels and pixels * fps <= level.pixels_per_second and max(size) <= level.side
    )
    return level.limit
