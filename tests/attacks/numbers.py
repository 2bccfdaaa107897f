"""Files with wrong sizes and counts, truncated files, and decompression bombs."""

import random
import struct
import zlib
from collections.abc import Iterator

from tests.attacks import boxes
from tests.attacks.made import LIMIT, RENDERS, UNDECODABLE, Attack, Place, chunk, ffmpeg, good, png, refused


def huge(_place: Place) -> Iterator[Attack]:
    """Small files whose pictures need more memory than there is."""
    yield refused("16000x16000.png", png(16_000, 16_000), LIMIT)
    yield refused("line.png", png(30_000_000, 1), RENDERS, LIMIT, UNDECODABLE)
    jpeg = ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", suffix=".jpg")
    start = jpeg.index(b"\xff\xc0") + 5
    yield refused(
        "65000x65000.jpg", jpeg[:start] + struct.pack(">HH", 65_000, 65_000) + jpeg[start + 4 :], LIMIT, UNDECODABLE
    )
    profile = b"x\0\0" + zlib.compress(bytes(200_000_000), 1)
    yield refused("profile-bomb.png", png(64, 64, chunk(b"iCCP", profile)), RENDERS, UNDECODABLE)
    text = b"x\0\0" + zlib.compress(bytes(200_000_000), 1)
    yield refused("text-bomb.png", png(64, 64, *[chunk(b"zTXt", text)] * 3), RENDERS, UNDECODABLE)
    exif = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_535 - 8)
    yield refused("exif.jpg", jpeg[:2] + exif * 500 + jpeg[2:], RENDERS)
    bitmap = b"BM" + struct.pack("<IHHIIiiHHI", 100, 0, 0, 54, 40, 100_000, 100_000, 1, 24, 0) + bytes(100)
    yield refused("bitmap.bmp", bitmap, LIMIT, UNDECODABLE)
    tiff = b"II*\0" + struct.pack("<IH", 8, 2) + struct.pack("<HHII", 256, 4, 1, 1 << 30)
    yield refused("tiff.tif", tiff + struct.pack("<HHII", 257, 4, 1, 1 << 30) + bytes(64))


def long(_place: Place) -> Iterator[Attack]:
    """Small files with a very long duration or very many frames."""
    day = ("-f", "lavfi", "-i", "color=gray:s=16x16:r=1:d=36000", "-c:v", "mpeg4", "-g", "600")
    yield refused("10-hours.mp4", ffmpeg(*day, suffix=".mp4"), LIMIT)
    frame = b"\x21\xf9\x04\x04\x0a\0\0\0" + b"\x2c\0\0\0\0\x08\0\x08\0\0" + b"\x02\x03\x84\x8f\x05\0"
    gif = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    yield refused("100000-frames.gif", gif + frame * 100_000 + b"\x3b", RENDERS, LIMIT, UNDECODABLE)
    animation = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=2", "-c:v", "libwebp_anim", "-loop", "0")
    yield refused("animation.webp", ffmpeg(*animation, suffix=".webp"), RENDERS)
    apng = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=2", "-f", "apng", "-plays", "0")
    yield refused("animation.png", ffmpeg(*apng, suffix=".png"), RENDERS, UNDECODABLE)
    late = boxes.patched(good(), 8 + 16, struct.pack(">I", 0xFFFFFFFF), b"moov", b"mvhd")
    yield refused("lying-duration.mp4", late, LIMIT, RENDERS)


def truncated(_place: Place) -> Iterator[Attack]:
    """Truncated uploads, and files without frames or duration."""
    yield refused("empty.mp4", b"")
    yield refused("one-byte.mp4", b"\0")
    whole, front = good(), good(faststart=True)
    for percent in (1, 30, 60, 99):
        yield refused(f"truncated-{percent}.mp4", whole[: len(whole) * percent // 100])
    for percent in (5, 30, 60, 99):
        part = front[: len(front) * percent // 100]
        yield refused(f"truncated-front-{percent}.mp4", part, UNDECODABLE, RENDERS)
    yield refused("without-samples.mp4", front[: front.index(b"mdat") + 4])
    still = ("-f", "lavfi", "-i", "color=red:s=64x64:r=25:d=1", "-frames:v", "1")
    yield refused("one-frame.mp4", ffmpeg(*still, suffix=".mp4"), RENDERS)
    empty = ("-f", "lavfi", "-i", "color=red:s=64x64:r=25:d=1", "-t", "0", "-c:v", "libx264")
    yield refused("no-frame.mp4", ffmpeg(*empty, suffix=".mp4"))
    none = boxes.patched(good(), 8 + 16, bytes(4), b"moov", b"mvhd")
    yield refused(
        "zero-duration.mp4", boxes.patched(none, 8 + 16, bytes(4), b"moov", b"trak", b"mdia", b"mdhd"), RENDERS
    )


def crafted(place: Place) -> Iterator[Attack]:
    """MP4 files with wrong sizes, counts, offsets and references."""
    for name, address in (
        ("relative", "secret.mp4"),
        ("absolute", f"file://{place.folder / 'secret.mp4'}"),
        ("http", f"{place.canary}/a.mp4"),
    ):
        outside = boxes.patched(good(), 11, b"\0", b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref", b"url ")
        path = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref", b"url ")
        yield refused(
            f"outside-{name}.mp4", boxes.grown(outside, address.encode() + b"\0", *path), UNDECODABLE, RENDERS
        )
    table = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    most = struct.pack(">I", 0xFFFFFFFF)
    ends = (UNDECODABLE, LIMIT, RENDERS)
    yield refused("box-too-large.mp4", boxes.patched(good(), 0, most, b"moov"), *ends)
    yield refused("box-too-small.mp4", boxes.patched(good(), 0, struct.pack(">I", 4), b"moov", b"trak"), *ends)
    yield refused("box-negative.mp4", struct.pack(">I4sq", 1, b"mdat", -1) + good(), *ends)
    for name, kind, offset in (
        ("sizes", b"stsz", 16),
        ("times", b"stts", 12),
        ("chunks", b"stco", 12),
        ("groups", b"stsc", 12),
    ):
        yield refused(f"count-of-{name}.mp4", boxes.patched(good(), offset, most, *table, kind), *ends)
    yield refused("sample-size.mp4", boxes.patched(good(), 12, struct.pack(">I", 0x7FFFFFFF), *table, b"stsz"), *ends)
    yield refused("offsets.mp4", boxes.patched(good(), 16, most * 1, *table, b"stco"), *ends)
    yield refused("timescale-0.mp4", boxes.patched(good(), 20, bytes(4), b"moov", b"trak", b"mdia", b"mdhd"), *ends)
    yield refused(
        "matrix.mp4", boxes.patched(good(), 48, struct.pack(">9i", *[0x7FFFFFFF] * 9), b"moov", b"trak", b"tkhd"), *ends
    )
    nested = b""
    for _ in range(20_000):
        nested = boxes.box(b"moov", nested)[: 1 << 20]
    yield refused("nested.mp4", nested)
    aspect = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.4,setsar=65535/1", "-c:v", "mpeg4")
    yield refused("aspect.mp4", ffmpeg(*aspect, suffix=".mp4"), RENDERS)
    fast = ("-f", "lavfi", "-i", "color=red:s=16x16:r=60000:d=0.1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    yield refused("60000-fps.mkv", ffmpeg(*fast, suffix=".mkv"), RENDERS, UNDECODABLE)
    for name, head in (
        ("ebml", b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 200),
        ("riff", b"RIFF\xff\xff\xff\xffAVI " + b"LIST\xff\xff\xff\xffhdrl" * 50),
    ):
        yield refused(f"{name}.mkv", head)
    yield refused("transport.ts", (b"\x47" + bytes(187)) * 500)
    yield refused("transport-noise.ts", b"".join(b"\x47" + random.Random(n).randbytes(187) for n in range(2000)))  # noqa: S311


def codecs(_place: Place) -> Iterator[Attack]:
    """Codecs whose decoders are not needed."""
    for codec, suffix in (
        ("magicyuv", ".mkv"),
        ("snow", ".mkv"),
        ("huffyuv", ".mkv"),
        ("cinepak", ".avi"),
        ("zmbv", ".avi"),
    ):
        source = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.2", "-c:v", codec, "-strict", "-2")
        yield refused(f"{codec}{suffix}", ffmpeg(*source, suffix=suffix))
