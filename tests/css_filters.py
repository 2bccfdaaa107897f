"""CSS filters in numpy: the reference that adjustments are compared with."""

import numpy as np
import numpy.typing as npt

from worker.job import Adjustments

Colors = npt.NDArray[np.float64]
"""One color per row; R, G, B from 0 to 255."""


def css(rgb: Colors, adjustments: Adjustments) -> Colors:
    """`brightness() contrast() saturate() hue-rotate()`: https://www.w3.org/TR/filter-effects-1/"""
    b, c, s = (1 + value / 100 for value in (adjustments.brightness, adjustments.contrast, adjustments.saturation))
    values = np.clip(rgb / 255 * b, 0, 1)
    values = np.clip((values - 0.5) * c + 0.5, 0, 1)
    luma = np.array([0.213, 0.715, 0.072])
    values = np.clip(values @ (luma + s * (np.eye(3) - luma)).T, 0, 1)
    cosine, sine = np.cos(np.radians(adjustments.hue)), np.sin(np.radians(adjustments.hue))
    turn = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])
    values = np.clip(values @ (luma + cosine * (np.eye(3) - luma) + sine * turn).T, 0, 1)
    result: Colors = values * 255
    return result
