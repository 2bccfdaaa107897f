"""Stills of every kind: the first picture, upright, in sRGB, over black. Expectations are Chromium 156's pixels."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.footage import pictures
from tests.footage.pictures import ADOBE_RGB, P3, PATCHES, SRGB, centers, chromaticities, chunk, gamma, patches, png
from tests.worker.rendering import probe
from worker.job import ErrorCode, PermanentError, WarningCode
from worker.probe.model import MediaSource, Probe
from worker.video.context import RenderContext
from worker.video.stills import PlainStills, make_plain

AS_P3 = ((239, 35, 36), (0, 203, 58), (40, 81, 218), (219, 157, 125), (128, 128, 128), (248, 198, 0))
AS_ADOBE = ((255, 57, 46), (0, 200, 67), (21, 79, 215), (227, 162, 131), (129, 129, 129), (254, 201, 0))
AS_LINEAR = ((239, 133, 122), (133, 229, 152), (122, 152, 234), (234, 208, 189), (188, 188, 188), (248, 229, 110))


def plain(path: Path, size: tuple[int, int] = (1080, 1920)) -> PlainStills:
    nameless = path.rename(path.with_suffix(""))  # as sources are fetched; libavformat also goes by names
    sources = {"a": MediaSource(nameless, probe(nameless))}
    return make_plain(sources, {"a": "/clips/0/source"}, [size], RenderContext(path.parent))


def refusal(path: Path) -> ErrorCode | None:
    try:
        plain(path)
    except PermanentError as error:
        return error.code
    return None


def decoded(path: Path, size: tuple[int, int] = (1080, 1920)) -> np.ndarray:
    source = plain(path, size).sources["a"]
    assert (source.probe.primaries, source.probe.has_alpha) == ("bt709", False)  # nothing is left to convert
    with Image.open(source.path) as picture:
        return np.asarray(picture.convert("RGB"))


def is_near(actual: list[tuple[int, ...]], expected: tuple[tuple[int, int, int], ...], tolerance: int = 3) -> bool:
    return bool(np.abs(np.array(actual) - np.array(expected)).max() <= tolerance)


def jpeg(**options: object) -> bytes:
    file = io.BytesIO()
    patches().save(file, "JPEG", quality=97, subsampling=0, **options)
    return file.getvalue()


def saved(suffix: str, **options: object) -> bytes:
    file = io.BytesIO()
    patches().save(file, suffix, **options)
    return file.getvalue()


DISPLAY_P3, ADOBE, LINEAR = (pictures.icc_profile(*of) for of in ((P3, None), (ADOBE_RGB, 2.19921875), (SRGB, 1.0)))

COLORS = {
    "plain.jpg": (jpeg(), PATCHES),
    "p3.jpg": (jpeg(icc_profile=DISPLAY_P3), AS_P3),
    "adobe.jpg": (jpeg(icc_profile=ADOBE), AS_ADOBE),
    "p3.png": (saved("PNG", icc_profile=DISPLAY_P3), AS_P3),
    "linear.png": (saved("PNG", icc_profile=LINEAR), AS_LINEAR),
    "p3.webp": (saved("WEBP", lossless=True, icc_profile=DISPLAY_P3), AS_P3),
    "p3.avif": (saved("AVIF", quality=100, icc_profile=DISPLAY_P3, subsampling="4:4:4"), AS_P3),
    "plain.bmp": (saved("BMP"), PATCHES),
    "plain.tiff": (saved("TIFF"), PATCHES),
    "plain.gif": (saved("GIF"), PATCHES),
    "gamma-of-srgb.png": (png(gamma(0.45455)), PATCHES),
    "gamma-1.png": (png(gamma(1.0)), AS_LINEAR),
    "srgb-before-gamma.png": (png(chunk(b"sRGB", b"\0"), gamma(1.0)), PATCHES),
    "chromaticities-alone.png": (png(chromaticities(P3)), PATCHES),
    "cicp-p3.png": (png(chunk(b"cICP", bytes((12, 13, 0, 1)))), AS_P3),
    "cicp-before-gamma.png": (png(gamma(1.0), chunk(b"cICP", bytes((1, 13, 0, 1)))), PATCHES),
    "two.png": (png() + png(picture=patches().transpose(Image.Transpose.ROTATE_180)), PATCHES),
    "gain-map.jpg": (jpeg() + saved("JPEG", quality=10), PATCHES),
}


@pytest.mark.parametrize("name", list(COLORS))
def test_colors(name: str, tmp_path: Path) -> None:
    data, expected = COLORS[name]
    path = tmp_path / name
    path.write_bytes(data)
    tolerance = 5 if name.endswith("avif") else 3  # eight bits of Y'CbCr
    assert is_near(centers(decoded(path)), expected, tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_the_orientation_of_exif(suffix: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turns: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }
    stored = turns[orientation](patches())
    path = pictures.save(tmp_path / f"turned.{suffix}", stored, exif=exif, quality=97)
    picture = decoded(path)
    assert picture.shape[:2] == (60, 40)
    assert is_near(centers(picture), PATCHES, 12)  # WebP and JPEG blur the edges of such small patches


@pytest.mark.parametrize("suffix", ["png", "webp", "avif", "tiff"])
def test_alpha_is_over_black(suffix: str, tmp_path: Path) -> None:
    picture = Image.new("RGBA", (40, 60), (200, 100, 50, 0))
    picture.paste((200, 100, 50, 128), (0, 20, 40, 40))
    picture.paste((200, 100, 50, 255), (0, 40, 40, 60))
    exact: dict[str, dict[str, Any]] = {
        "webp": {"lossless": True, "exact": True},
        "avif": {"quality": 100, "subsampling": "4:4:4"},
    }
    path = pictures.save(tmp_path / f"alpha.{suffix}", picture, **exact.get(suffix, {}))
    assert is_near(centers(decoded(path))[::2], ((0, 0, 0), (100, 50, 25), (200, 100, 50)))


def test_a_gif_of_one_picture_has_no_end(tmp_path: Path) -> None:
    path = tmp_path / "still.gif"
    path.write_bytes(saved("GIF"))
    assert plain(path).sources["a"].probe.is_still


def test_a_large_picture_becomes_smaller_but_keeps_its_shape(tmp_path: Path) -> None:
    path = pictures.save(tmp_path / "large.jpg", patches((2000, 3000)), quality=90)
    source = plain(path, (180, 320)).sources["a"]
    assert (source.probe.width, source.probe.height) == (2000, 3000)
    with Image.open(source.path) as picture:
        assert (180 * 1.1, 320 * 1.1) < picture.size < (500, 750)
        assert is_near(centers(np.asarray(picture.convert("RGB"))), PATCHES)


@pytest.mark.parametrize("is_progressive", [False, True])
def test_half_a_jpeg_is_shown_with_a_warning(tmp_path: Path, is_progressive: bool) -> None:
    path = pictures.save(tmp_path / "half.jpg", patches((400, 600)), quality=95, progressive=is_progressive)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = plain(path)
    assert [warning.code for warning in result.warnings] == [WarningCode.SOURCE_DAMAGED]
    with Image.open(result.sources["a"].path) as picture:
        assert is_near(centers(np.asarray(picture.convert("RGB")))[:2], PATCHES[:2], 12)


@pytest.mark.parametrize("name", ["p3.png", "plain.jpg", "p3.webp", "plain.gif", "p3.avif", "plain.tiff"])
def test_any_damage_is_shown_or_refused(name: str, tmp_path: Path) -> None:
    data = bytearray(COLORS[name][0])
    for seed in range(3):
        broken = bytearray(data)
        for at in np.random.default_rng(seed).integers(12, len(data), 6):
            broken[at] ^= 0x5A
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(broken)
        assert refusal(path) in {None, ErrorCode.MEDIA_UNDECODABLE, ErrorCode.LIMIT_EXCEEDED}


def test_a_still_of_tiles_in_hdr_is_refused(tmp_path: Path) -> None:
    """FFmpeg maps the tones of HDR, and would show the first tile."""
    path = tmp_path / "media"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x10infe....grid")
    still = MediaSource(path, Probe(4032, 3024, duration=0.0, fps=0.0, codec="hevc", transfer="pq", is_still=True))
    with pytest.raises(PermanentError, match="save it as JPEG") as refused:
        make_plain({"a": still}, {"a": "/clips/0/source"}, [(1080, 1920)], RenderContext(tmp_path))
    assert refused.value.pointer == "/clips/0/source"
    path.write_bytes(path.read_bytes().replace(b"grid", b"hvc1"))
    assert make_plain({"a": still}, {"a": ""}, [(1080, 1920)], RenderContext(tmp_path)).sources == {"a": still}
