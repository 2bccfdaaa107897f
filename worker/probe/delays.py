"""How long a picture of an animation stands: one of 10 ms or less for 100 ms, as in browsers.

Old GIFs say 0 or 10 ms and mean "as fast as can be". https://bugs.webkit.org/show_bug.cgi?id=36082
"""

CODECS = frozenset({"gif", "apng", "webp_anim"})
"""libavcodec's names of animations."""

MEANT_FROM, USUAL = 0.011, 0.1
"""The least delay that is meant, and the one that stands for lesser ones, in seconds."""

APNG_RATE = round(1 / USUAL)
"""libavformat's option `default_fps`: the pictures per second of an APNG whose delays are 0, 15 by default."""


def standing(delay: float) -> float:
    """Seconds for which a picture stands whose file says `delay` seconds."""
    return delay if delay >= MEANT_FROM else USUAL
