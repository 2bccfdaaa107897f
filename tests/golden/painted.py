"""The worker's painting as a picture to compare."""

import numpy as np

from tests.golden.likeness import Pixels
from worker.job import Text
from worker.text.paint import paint
from worker.text.typefaces import Typefaces

SIZE = WIDTH, LINES = 1080, 1920


def painted(text: Text, typefaces: Typefaces, height: int) -> Pixels:
    """A text over mid-grey: the first lines of an output."""
    overlay, warnings = paint(text, SIZE, typefaces)
    assert overlay is not None
    assert not warnings
    picture = np.full((LINES, WIDTH, 3), 128.0)
    data = next(overlay.pictures()).data
    rgba = np.frombuffer(data, np.uint8).reshape(overlay.height, overlay.width, 4).astype(float)
    place = slice(overlay.y, overlay.y + overlay.height), slice(overlay.x, overlay.x + overlay.width)
    alpha = rgba[..., 3:] / 255
    picture[place] = picture[place] * (1 - alpha) + rgba[..., :3] * alpha
    return picture[:height]
