"""The worker's painted text as pixels to compare."""

import numpy as np

from tests.golden.likeness import Pixels
from worker.job import Text
from worker.text.fonts.catalog import Typefaces
from worker.text.paint.overlay import paint

SIZE = WIDTH, HEIGHT = 1080, 1920


def worker_pixels(text: Text, typefaces: Typefaces, height: int) -> Pixels:
    """A text over mid-gray: the first `height` rows of an output."""
    painted, warnings = paint(text, SIZE, typefaces)
    assert painted is not None
    assert not warnings
    pixels = np.full((HEIGHT, WIDTH, 3), 128.0)
    overlay, data = painted.overlay, next(painted.frames()).data
    rgba = np.frombuffer(data, np.uint8).reshape(overlay.height, overlay.width, 4).astype(float)
    area = slice(overlay.y, overlay.y + overlay.height), slice(overlay.x, overlay.x + overlay.width)
    alpha = rgba[..., 3:] / 255
    pixels[area] = pixels[area] * (1 - alpha) + rgba[..., :3] * alpha
    return pixels[:height]
