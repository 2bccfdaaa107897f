"""Videos in SDR whose primaries are wider than BT.709's. Expectations are computed from the primaries, by sRGB's curve,
as those of stills are."""

from pathlib import Path

import numpy as np
import pytest

from tests.footage import marked
from tests.footage.pictures import D65, P3, PATCHES, SRGB, centers, patches
from tests.worker.rendering import probe, renderer
from worker.job import Clip, Output

BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))


def to_xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    red, green, blue, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in (*primaries, D65))
    matrix = np.stack([red, green, blue], 1)
    return np.asarray(matrix * np.linalg.solve(matrix, white))


def in_bt709(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """What the patches are in BT.709, 0..255."""
    coded = np.array(PATCHES) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    light = np.clip(linear @ (np.linalg.inv(to_xyz(SRGB)) @ to_xyz(primaries)).T, 0, 1)
    return np.asarray(np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "primaries", "matrix"),
    [("smpte432", P3, "bt709"), ("bt2020", BT2020, "bt2020nc"), ("bt709", SRGB, "bt709")],
)
def test_wide_colors_are_converted(
    name: str, primaries: tuple[tuple[float, float], ...], matrix: str, tmp_path: Path
) -> None:
    patches((120, 180)).save(tmp_path / "still.png")
    coded = f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range=tv,format=yuv420p"
    tagged = f"setparams=color_primaries={name}:color_trc=bt709:colorspace={matrix}:range=tv"
    coding = ("-vf", f"{coded},{tagged}", "-c:v", "libx264", "-crf", "2", "-preset", "ultrafast", "-bf", "0")
    still = ("-loop", "1", "-framerate", "30", "-i", tmp_path / "still.png", "-t", "0.3")
    marked.encode(*still, *coding, source := tmp_path / "a.mp4")
    output = Output.model_validate({"width": 120, "height": 180, "quality": "high"})
    rendered = renderer(tmp_path)({"a": source}, output=output, clips=(Clip(source="a", duration=0.2),))
    assert np.abs(np.array(centers(rendered.pictures[2])) - in_bt709(primaries)).max() <= 5  # eight bits of Y'CbCr


@pytest.mark.slow
def test_vp9_without_a_matrix_is_in_bt601(tmp_path: Path) -> None:
    """As Chromium takes it, whatever the size."""
    large = ("-f", "lavfi", "-i", "color=red:s=72x720:d=0.1", "-deadline", "realtime")
    for codec, matrix in (("libvpx-vp9", "bt601"), ("libx264", "bt709")):
        marked.encode(*large, "-vf", "format=yuv420p,setparams=colorspace=unknown", "-c:v", codec, tmp_path / "a.mkv")
        assert probe(tmp_path / "a.mkv").matrix == matrix
