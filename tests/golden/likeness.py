"""Similarity of two pictures."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.float64]

_WINDOW = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
_WINDOW /= _WINDOW.sum()
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Constants of SSIM as its authors define it: https://www.cns.nyu.edu/~lcv/ssim/"""

_VISIBLE = 12
"""Smallest difference from the background, in levels of 255, at which a pixel counts as part of the text."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Likeness:
    """Structural similarity (1 = identical), mean difference in levels of 255, and the largest offset between two edges
    of the bounding boxes, in pixels."""

    ssim: float
    mean: float
    offset: int


def compare(ours: Pixels, theirs: Pixels, *, margin: int = 20) -> Likeness:
    """Compare two texts on mid-gray, within the second's bounding box plus `margin` pixels."""
    left, top, right, bottom = _bounding_box(theirs)
    offset = max(abs(a - b) for a, b in zip(_bounding_box(ours), (left, top, right, bottom), strict=True))
    height, width = ours.shape[:2]
    area = (
        slice(max(top - margin, 0), min(bottom + margin, height)),
        slice(max(left - margin, 0), min(right + margin, width)),
    )
    a, b = ours[area], theirs[area]
    return Likeness(float(np.mean([ssim(a[..., c], b[..., c]) for c in range(3)])), float(np.abs(a - b).mean()), offset)


def ssim(a: Pixels, b: Pixels) -> float:
    """Mean structural similarity of two planes."""
    mean_a, mean_b = _blur(a), _blur(b)
    var_a, var_b = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    return float((top / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))).mean())


def _blur(plane: Pixels) -> Pixels:
    rows = np.apply_along_axis(lambda line: np.convolve(line, _WINDOW, "valid"), 1, plane)
    result: Pixels = np.apply_along_axis(lambda line: np.convolve(line, _WINDOW, "valid"), 0, rows)
    return result


def _bounding_box(picture: Pixels) -> Box:
    ys, xs = np.nonzero(np.abs(picture - 128).max(axis=2) > _VISIBLE)
    assert len(xs), "nothing was painted"
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
