"""Files that refer to other files of the folder or of the machine, or to hosts."""

import gzip
import random
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.attacks import boxes
from tests.attacks.made import LIMIT, RENDERS, SECRET, UNDECODABLE, Attack, Place, ffmpeg, good, refused


def playlists(place: Place) -> Iterator[Attack]:
    """Playlists of other files in the folder, elsewhere on the disk, or on hosts inside the network."""
    yield refused("ffconcat-relative.mp4", "ffconcat version 1.0\nfile secret.mp4\n")
    yield refused("ffconcat-absolute.mp4", f"ffconcat version 1.0\nfile '{place.folder / 'secret.mp4'}'\n")
    yield refused("concat-without-head.mp4", f"file '{place.folder / 'secret.mp4'}'\n")
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
    yield refused("hls-file.mp4", f"{head}secret.mp4\n#EXT-X-ENDLIST\n")
    yield refused("hls-absolute.mp4", f"{head}file://{place.folder / 'secret.mp4'}\n#EXT-X-ENDLIST\n")
    yield refused("hls-http.mp4", f"{head}{place.canary}/segment.ts\n#EXT-X-ENDLIST\n")
    yield refused("hls-behind-a-mark.mp4", f"\ufeff{head}{place.canary}/segment.ts\n#EXT-X-ENDLIST\n")
    yield refused("hls-master.m3u8", f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{place.canary}/list.m3u8\n")
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{place.canary}/key"\n'
    yield refused("hls-key.mp4", f"#EXTM3U\n{key}#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n")
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        f' mediaPresentationDuration="PT1S"><Period><BaseURL>{place.canary}/</BaseURL>'
        "<AdaptationSet mimeType='video/mp4'><Representation id='1' bandwidth='1'>"
        "<SegmentList><SegmentURL media='a.mp4'/></SegmentList></Representation></AdaptationSet></Period></MPD>"
    )
    yield refused("dash.mp4", dash)
    port = place.canary.rpartition(":")[2]
    yield refused("sdp.mp4", f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n")
    yield refused("image-pattern%03d.mp4", "image-pattern%03d.mp4\n")
    yield refused("qt-reference.mov", boxes.box(b"ftyp", b"qt  \0\0\0\0qt  ") + _reference_movie(place.canary))
    yield refused("metadata.mp4", ";FFMETADATA1\ntitle=x\n")


def _reference_movie(canary: str) -> bytes:
    """QuickTime's reference movie, which refers to a film at another address."""
    address = canary.encode() + b"/a.mov\0"
    reference = boxes.box(b"rdrf", b"\0\0\0\0url " + struct.pack(">I", len(address)) + address)
    return boxes.box(b"moov", boxes.box(b"rmra", boxes.box(b"rmda", reference)))


def texts(place: Place) -> Iterator[Attack]:
    """Drawings, subtitles, web pages and programs."""
    link = (
        f'<image href="{place.canary}/a.png" width="9" height="9"/><image href="file://{place.folder / "secret.txt"}"/>'
    )
    size = 'width="64" height="64" xmlns="http://www.w3.org/2000/svg"'
    yield refused("drawing.mp4", f"<svg {size}>{link}</svg>")
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{place.folder / "secret.txt"}">]>'
    yield refused("drawing-entity.svg", f'<?xml version="1.0"?>{entity}<svg {size}><text y="20">&x;</text></svg>')
    yield refused("subtitles.mp4", "WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n")
    ass = f"[Script Info]\nScriptType: v4.00+\n[Fonts]\nfontname: {place.folder / 'secret.txt'}\n"
    yield refused("subtitles-ass.mp4", ass)
    yield refused("subtitles-srt.mp4", "1\n00:00:00,000 --> 00:00:01,000\nBonjour\n")
    yield refused("page.mp4", f"<!DOCTYPE html><img src='{place.canary}/x'>")
    yield refused("script.mp4", f"#!/bin/sh\ncat {place.folder / 'secret.txt'}\n")
    yield refused("program.mp4", Path(sys.executable).read_bytes()[:4096])
    yield refused("document.mp4", "%PDF-1.7\n")
    yield refused("noise.mp4", random.Random(1).randbytes(100_000))  # noqa: S311  no secret


def containers(place: Place) -> Iterator[Attack]:
    """Valid files with the wrong suffix, and containers with too many streams or without video."""
    png = ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", suffix=".png")
    yield refused("picture-as-video.mp4", png, RENDERS)
    yield refused("video-as-picture.jpg", good(), RENDERS)
    subtitles = place.folder / "made.ass"
    subtitles.write_text(
        f"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.00,0:00:01.00,"
        f"{{\\fn{place.folder / 'secret.txt'}}}{SECRET}\n"
    )
    video = place.folder / "made.mp4"
    video.write_bytes(good())
    attached = ("-attach", str(subtitles), "-metadata:s:t", "mimetype=application/x-truetype-font")
    mkv = ffmpeg(
        *("-i", str(video), "-i", str(subtitles), *attached, "-map", "0", "-map", "1", "-c", "copy"), suffix=".mkv"
    )
    yield refused("with-subtitles.mkv", mkv, RENDERS)
    streams = [argument for _ in range(500) for argument in ("-map", "0:a")]
    yield refused("500-streams.mp4", ffmpeg("-i", str(video), *streams, "-c", "copy", suffix=".mp4"), LIMIT)
    streams = [argument for _ in range(500) for argument in ("-map", "0:v")]
    yield refused("500-streams.mkv", ffmpeg("-i", str(video), *streams, "-c", "copy", suffix=".mkv"), LIMIT)
    cover = place.folder / "made.png"
    cover.write_bytes(png)
    only_cover = (
        "-i",
        str(video),
        "-i",
        str(cover),
        "-map",
        "0:a",
        "-map",
        "1",
        "-c",
        "copy",
        "-disposition:v",
        "attached_pic",
    )
    yield refused("only-a-cover.m4a", ffmpeg(*only_cover, suffix=".mp4"))
    for path in (subtitles, video, cover):
        path.unlink()


def archives(place: Place) -> Iterator[Attack]:
    """Archives that unpack to far more than their size, or outside their folder."""
    zeros = bytes(20_000_000)
    yield refused("bomb.mp4", gzip.compress(zeros, 1))
    path = place.folder / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("video.mp4", zeros)
        archive.writestr("../../escaped.mp4", SECRET)
    yield refused("archive.mp4", path.read_bytes())
    path.unlink()


def pictures(place: Place) -> Iterator[Attack]:
    """Pictures in formats that are programs, or whose decoders are rarely audited."""
    yield refused("postscript.jpg", f"%!PS-Adobe-3.0\n({place.folder / 'secret.txt'}) run\n")
    yield refused("magick.png", f"push graphic-context\nimage over 0,0 0,0 '{place.canary}/x'\n")
    for suffix in (".pcx", ".sgi", ".xbm", ".tga", ".ppm"):
        source = ("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1")
        yield refused(f"picture{suffix}", ffmpeg(*source, suffix=suffix))


def sounds(place: Place) -> Iterator[Attack]:
    """Soundtracks."""
    silent = ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:r=25:d=0.2", suffix=".mp4")
    music = (
        ("list.mp3", b"ffconcat version 1.0\nfile secret.mp4\n"),
        ("hls.mp3", f"#EXTM3U\n#EXTINF:1,\n{place.canary}/a.mp3\n".encode()),
        ("silent.mp4", silent),
        ("title.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(100_000)),
        ("empty.mp3", b""),
    )
    for name, content in music:
        yield Attack(f"sound-{name}", content, frozenset({UNDECODABLE}), as_soundtrack=True)
