"""How a source fills the output: contain, cover, blur, stretch. Pure: sizes in, filters out.

`contain` shows all of it between bars, `cover` fills and crops, `stretch` fills and distorts, `blur` is `contain` over
a blurred `cover`. Colors become limited-range BT.709 here, in the same step as the size: the rest of the graph, and
the player, rely on it.
"""

from collections.abc import Sequence

from worker.probe.model import Probe
from worker.video.plan import upright

_BLUR_SHRINK = 8
"""Factor by which the blurred background is made smaller: a 64th of the work, without a visible difference."""

_BLUR_SPREAD = 1 / 22
"""Standard deviation of the background's blur, in widths of it: 48 pixels of 1080."""


_PRIMARIES = {"bt2020": "2020", "p3": "smpte432"}
"""zimg's names of primaries wider than BT.709's."""

_SDR_WHITE_NITS = 203
"""Luminance in HDR of SDR's white, in nits: ITU-R BT.2408."""

_TONES = "tonemap=mobius:param=0.56:desat=0:peak=10"
"""Luminance up to 0.56 of white (114 nits) is kept, and what is brighter, up to ten times white, is compressed. White
itself becomes 231 of 255, as by the EETF of ITU-R BT.2390 (BT.2408, annex 5) for a master of 1,000 nits: 230."""

Size = tuple[int, int]
"""Width and height in pixels."""


def chains(
    fit: str, probe: Probe, size: Size, *, source: str, label: str, before: Sequence[str], after: Sequence[str]
) -> list[str]:
    """Filter chains from the pad `source` to a picture of `size` named `label`.

    `before` are filters on the source's own frames, `after` filters on the fitted picture except its bars, which stay
    black, as in the editor, whatever is adjusted.
    """
    inner = contained(probe, size)
    if fit == "blur" and inner != size:
        shrunk = _even(size[0] / _BLUR_SHRINK, size[0]), _even(size[1] / _BLUR_SHRINK, size[1])
        background = ",".join([*_cover(probe, shrunk), f"gblur=sigma={shrunk[0] * _BLUR_SPREAD:.3g}"])
        return [
            f"[{source}]{','.join([*before, 'split'])}[{label}f][{label}g]",
            f"[{label}g]{background},scale={size[0]}:{size[1]}:flags=bilinear,setsar=1[{label}h]",
            f"[{label}f]{','.join(_scale(probe, inner))}[{label}i]",
            f"[{label}h][{label}i]{','.join([f'overlay={_corner(inner, size)}', *after])}[{label}]",
        ]
    pad: list[str] = []
    match fit:
        case "cover":
            fitted = _cover(probe, size)
        case "stretch":
            fitted = _scale(probe, size)
        case _:
            fitted, pad = _scale(probe, inner), _pad(inner, size)
    return [f"[{source}]{','.join([*before, *fitted, *after, *pad])}[{label}]"]


def contained(probe: Probe, size: Size) -> Size:
    """The largest even size of the source's shape within `size`."""
    width, height = size
    scale = min(width / probe.width, height / probe.height)
    return _even(probe.width * scale, width), _even(probe.height * scale, height)


def _even(length: float, limit: int) -> int:
    return min(max(2 * round(length / 2), 2), limit)


def _cover(probe: Probe, size: Size) -> list[str]:
    """Crop to the output's shape, in fractions of the decoded size (pixels may not be square), then scale."""
    source, wanted = probe.width / probe.height, size[0] / size[1]
    shares = across, down = min(wanted / source, 1.0), min(source / wanted, 1.0)
    if across == down == 1:
        return _scale(probe, size)
    is_line = min(probe.width * across, probe.height * down) < 2
    across, down = upright.crop(probe, shares)
    if is_line:  # at least one pixel must remain
        crop = f"crop=max(iw*{across:.8f}\\,1):max(ih*{down:.8f}\\,1):exact=1"
    else:
        crop = f"crop=iw*{across:.8f}:ih*{down:.8f}"
    return [crop, *_scale(probe, size)]


def _scale(probe: Probe, size: Size) -> list[str]:
    if probe.transfer != "sdr":
        return _tone_mapped(probe, size)
    source = f"in_color_matrix={probe.matrix}:in_range={'pc' if probe.full_range else 'tv'}"
    scaled = f"scale={upright.scale(probe, size)}:{source}:out_color_matrix=bt709:out_range=tv"
    return [scaled, *_narrowed(probe), "format=yuv420p", *upright.filters(probe), "setsar=1"]


def _narrowed(probe: Probe) -> list[str]:
    """Filters that convert wide primaries to BT.709's. The curve is sRGB's, as for stills, whichever SDR names, and
    what BT.709 lacks is clipped."""
    if probe.primaries not in _PRIMARIES:
        return []
    curve = "iec61966-2-1"
    source = f"pin={_PRIMARIES[probe.primaries]}:tin={curve}:min=709:rin=tv"
    return ["format=yuv420p10le", f"zscale={source}:p=709:t={curve}:m=709:r=tv"]


def _tone_mapped(probe: Probe, size: Size) -> list[str]:
    """Map HDR to BT.709's narrower range of luminance and colors: scaled first, since the rest is costly."""
    source = f"in_color_matrix={probe.matrix}:in_range={'pc' if probe.full_range else 'tv'}"
    transfer = {"pq": "smpte2084", "hlg": "arib-std-b67"}[probe.transfer]
    light = f"pin={_PRIMARIES.get(probe.primaries, '2020')}:tin={transfer}:min=2020_ncl:rin=tv"
    return [
        f"scale={upright.scale(probe, size)}:{source}:out_color_matrix=bt2020:out_range=tv,format=yuv420p10le",
        f"zscale={light}:t=linear:npl={_SDR_WHITE_NITS},format=gbrpf32le",
        f"zscale=p=709,{_TONES}",
        "zscale=t=709:m=709:r=tv,format=yuv420p",
        *upright.filters(probe),
        "setsar=1",
    ]


def _pad(inner: Size, size: Size) -> list[str]:
    return [] if inner == size else [f"pad={size[0]}:{size[1]}:{_corner(inner, size)}:black"]


def _corner(inner: Size, size: Size) -> str:
    """Position of a centred picture; even, since the chroma planes are halved."""
    return f"{(size[0] - inner[0]) // 4 * 2}:{(size[1] - inner[1]) // 4 * 2}"
