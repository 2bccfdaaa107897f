"""Fetching parts of Matroska and WebM files: the video is that of the whole sources, picture by picture and sample by
sample, and the file of the parts has no hole in which a demuxer would look for pictures."""

import random
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import imageio_ffmpeg
import pytest

from tests.worker.rendering import make_source
from tests.worker.test_fetch_parts import FakeS3, fetcher, frames, job_of, made
from worker.consumer import pipeline
from worker.consumer.standby import JobProcesses
from worker.helpers.order_of_part import OrderMaker
from worker.job import Clip, PermanentError
from worker.media.fetch import fetch_all
from worker.media.matroska_layout import Layout, find_layout
from worker.media.matroska_voids import void
from worker.probe import seeking
from worker.probe.client import probe_process
from worker.probe.ebml import CLUSTER, elements, reader
from worker.probe.model import ByteRange
from worker.probe.pending_probe import PendingProbe
from worker.telemetry.stages import StageClock
from worker.video.ffmpeg import FFmpegError

NOISE = "testsrc2=s=WxH:r=RATE:d=SECONDS,noise=alls=40:allf=t,format=yuv420p"
SECONDS = 40.0

X264 = ("-preset", "veryfast", "-crf", "20")
VPX = ("-deadline", "realtime", "-cpu-used", "8", "-g", "45", "-b:v", "2M", "-c:a", "libopus")

INFO, TRACKS, CUES, ATTACHMENTS = 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469
CLUSTER_TIME, SIMPLE_BLOCK, SOUND = 0xE7, 0xA3, 0x82
CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS, CUE_CLUSTER_POSITION = 0xBB, 0xB3, 0xB7, 0xF1

KINDS = {
    "B-frames": ("mkv", (*X264, "-bf", "3", "-b_strategy", "0", "-sc_threshold", "0", "-g", "45")),
    "open GOP": ("mkv", (*X264, "-x264-params", "open-gop=1:bframes=3:b-adapt=0:scenecut=0:keyint=30")),
    "long GOP": ("mkv", (*X264, "-g", "150")),
    "every picture a key frame": ("mkv", ("-preset", "ultrafast", "-crf", "30", "-g", "1")),
    "H.265": ("mkv", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=30")),
    "index at the start": ("mkv", (*X264, "-g", "30", "-cues_to_front", "1")),
    "index in a reserved place": ("mkv", (*X264, "-g", "30", "-reserve_index_space", "50000")),
    "short GOP": ("mkv", (*X264, "-g", "15")),
    "25 fps at a shifted start": ("mkv", (*X264, "-g", "25", "-r", "25", "-output_ts_offset", "1.5")),
    "VP9 and Opus": ("webm", ("-c:v", "libvpx-vp9", *VPX)),
    "VP8 and Opus": ("webm", ("-c:v", "libvpx", *VPX)),
}


@cache
def source(kind: str, folder: Path) -> Path:
    suffix, options = KINDS[kind]
    tone = f"sine=f=440:r=44100:d={SECONDS}"
    path = folder / f"{kind}.{suffix}"
    return make_source(path, NOISE, size=(320, 180), seconds=SECONDS, audio=tone, options=options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(autouse=True)
def _small(small: None) -> None:
    """Small files are fetched in part."""


def layout_of(content: bytes) -> Layout:
    found = find_layout(lambda offset, count: content[offset : offset + count], len(content))
    assert found is not None
    return found


def assert_is_whole(path: Path) -> None:
    """Elements follow one another up to the end, and none that isn't empty has a hole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        layout = find_layout(reader(file), size)
        assert layout is not None
        found = list(elements(reader(file), *layout.content))
        assert found[-1].end == size
        for each in found:
            if each.identifier == CLUSTER:
                file.seek(each.content)
                assert bytes(4096) not in file.read(each.end - each.content)


def assert_parts_are_enough(content: Path, clips: tuple[Clip, ...], workdir: Path) -> Path:
    """The source is fetched in part, into the file returned, and the video is that of the whole."""
    job, s3 = job_of(clips), FakeS3(content)
    parts, of_parts = made(job, s3, workdir / "parts", parts=True)
    assert parts.fetched.is_partial
    assert parts.fetched.bytes == s3.sent < 0.8 * len(s3.content)
    (path,) = parts.paths.values()
    assert_is_whole(path)
    _, of_whole = made(job, s3, workdir / "whole", parts=False)
    pairs = zip(frames(of_parts), frames(of_whole), strict=True)
    assert [number for number, (one, other) in enumerate(pairs) if one != other] == []
    return path


def clip_at(begin: float, duration: float = 1.0, speed: float = 1.0) -> Clip:
    return Clip(source="s3://bucket/a", duration=duration, speed=speed, **{"in": begin})


def drawn_clips(kind: str) -> tuple[Clip, ...]:
    chance = random.Random(kind)  # noqa: S311
    places = [chance.uniform(0, SECONDS), chance.choice([0.0, 0.4, 20.0]), chance.choice([SECONDS - 0.7, SECONDS + 3])]
    return tuple(clip_at(place, chance.uniform(0.4, 1.2), chance.choice([0.5, 1.0, 1.7])) for place in places)


@pytest.mark.parametrize("kind", KINDS)
def test_the_video_of_parts_is_that_of_the_whole(kind: str, folder: Path, tmp_path: Path) -> None:
    assert_parts_are_enough(source(kind, folder), drawn_clips(kind), tmp_path)


def test_tracks_that_do_not_say_their_rate(folder: Path, tmp_path: Path) -> None:
    """As mkvmerge writes pictures at a variable rate. FFmpeg reads five seconds to know one: they are there."""
    content = source("B-frames", folder).read_bytes()
    rate, void = b"\x23\xe3\x83\x84", b"\xec\x86\0\0"
    assert content.count(rate) == 2
    path = tmp_path / "a.mkv"
    path.write_bytes(content.replace(rate, void))
    fetched = assert_parts_are_enough(path, (clip_at(21.3),), tmp_path)
    assert first_packets(fetched) == first_packets(path)


@pytest.mark.parametrize("kind", ["B-frames", "short GOP"])
def test_clusters_of_several_key_frames(kind: str, folder: Path, tmp_path: Path) -> None:
    """FFmpeg begins a cluster at each key frame. Others don't: what is read may end late in one."""
    path = tmp_path / "a.mkv"
    path.write_bytes(regrouped(source(kind, folder).read_bytes(), 4))
    assert_parts_are_enough(path, (clip_at(0.0), clip_at(18.2)), tmp_path)


def test_sound_that_comes_long_after_its_pictures(folder: Path, tmp_path: Path) -> None:
    """Four seconds of the file later: the index doesn't say so, but the probe notices."""
    path = tmp_path / "a.mkv"
    path.write_bytes(regrouped(source("open GOP", folder).read_bytes(), 1, late=4))
    assert_ends_as_with_the_whole(path, (15.0, 31.0), tmp_path)


def regrouped(content: bytes, count: int, *, late: int = 0) -> bytes:
    """A file in which each `count` clusters are one, and the sound comes `late` clusters later than its pictures."""

    def read(offset: int, count: int) -> bytes:
        return content[offset : offset + count]

    layout = layout_of(content)
    base = layout.content.begin
    clusters = [each for each in elements(read, *layout.content) if each.identifier == CLUSTER]
    times = []
    blocks: dict[int, list[tuple[float, int, bytearray, int]]] = defaultdict(list)
    for number, cluster in enumerate(clusters):
        inner = list(elements(read, cluster.content, cluster.end))
        times += [
            int.from_bytes(read(each.content, 8)[: each.end - each.content])
            for each in inner
            if each.identifier == CLUSTER_TIME
        ]
        for order, each in enumerate(inner):
            block, at = bytearray(content[each.start : each.end]), each.content - each.start
            if each.identifier == SIMPLE_BLOCK:
                time = times[-1] + int.from_bytes(block[at + 1 : at + 3], signed=True)
                place = min(number + late * (block[at] == SOUND), len(clusters) - 1)
                blocks[place].append((order / len(inner), time, block, at))
    written = bytearray(content[: layout.first_cluster.begin])
    places: dict[int, int] = {}
    for first in range(0, len(clusters), count):
        inner_bytes = b"\xe7\x88" + times[first].to_bytes(8)
        for number in range(first, min(first + count, len(clusters))):
            places[clusters[number].start - base] = len(written) - base
            for _, time, block, at in sorted(blocks[number]):
                block[at + 1 : at + 3] = (time - times[first]).to_bytes(2, signed=True)
                inner_bytes += block
        written += b"\x1f\x43\xb6\x75" + (1 << 56 | len(inner_bytes)).to_bytes(8) + inner_bytes
    entry = content.index(b"\x53\xab\x84" + CUES.to_bytes(4) + b"\x53\xac") + 10
    width = content[entry - 1] & 0x7F
    written[entry : entry + width] = (len(written) - base).to_bytes(width)
    written += with_cues(content, truth, lambda place: places[place])[slice(*layout.cues)]
    written[base - 8 : base] = (1 << 56 | len(written) - base).to_bytes(8)
    return bytes(written)


def first_packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        times = ((packet, float((packet.dts or 0) * packet.time_base)) for packet in container.demux() if packet.size)
        return [(packet.dts, bytes(packet)) for packet, _ in takewhile(lambda each: each[1] < 5.0, times)]


def test_the_probe_looks_at_no_hole(folder: Path, tmp_path: Path) -> None:
    """In a whole file it looks at pictures a quarter, half and three quarters of its length in."""
    job, path = job_of((clip_at(0.4),)), source("open GOP", folder)
    workdir = tmp_path / "work"
    workdir.mkdir()
    with probe_process([workdir]) as probe:
        pending = PendingProbe(job, [probe])
        media = fetch_all(job, fetcher(FakeS3(path)), workdir, pending, lambda: False, in_parts=True)
        pending.wait()
    (of_parts,) = media.paths.values()
    with av.open(str(path)) as container:
        next(container.decode(video=0))
        expected = seeking.preroll(container, container.streams.video[0], None, SECONDS)
    assert expected > 0.06
    with av.open(str(of_parts)) as container:
        next(container.decode(video=0))
        before = bytes_read()
        assert seeking.preroll(container, container.streams.video[0], None, SECONDS, [0.4, 1.4]) == pytest.approx(
            expected
        )
        assert bytes_read() - before < media.fetched.bytes < len(path.read_bytes()) / 2


def bytes_read() -> int:
    """Bytes that this process has read so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.parametrize("at_end", [False, True], ids=["before the clusters", "after the index"])
def test_attachments_are_not_fetched(at_end: bool, folder: Path, tmp_path: Path) -> None:
    """One of 1 MB, twice what is fetched at first."""
    font, path = tmp_path / "font.ttf", tmp_path / "a.mkv"
    font.write_bytes(random.Random(0).randbytes(1_000_000))  # noqa: S311
    options = ["-attach", str(font), "-metadata:s:t", "mimetype=application/x-truetype-font", "-c", "copy", str(path)]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source("open GOP", folder))]
    subprocess.run([*command, *options], check=True)
    if at_end:
        path.write_bytes(with_attachments_at_the_end(path.read_bytes()))
    assert_parts_are_enough(path, (clip_at(0.0), clip_at(31.3)), tmp_path)
    s3 = FakeS3(path)
    media, _ = made(job_of((clip_at(0.0),)), s3, tmp_path / "again", parts=True)
    (fetched,) = media.paths.values()
    place = s3.content.rindex(font.read_bytes()[-1000:])
    assert fetched.read_bytes()[place : place + 1000] == bytes(1000)


def with_attachments_at_the_end(content: bytes) -> bytes:
    """A file whose attachments are moved behind everything else, and named there by a list of its own (SeekHead)."""
    begin = layout_of(content).content.begin
    found = list(elements(lambda offset, count: content[offset : offset + count], begin, len(content)))
    seek_head, filler, *_ = found
    (moved,) = (each for each in found if each.identifier == ATTACHMENTS)
    behind = content + void(1_000).ljust(1_000, b"\0")
    written = bytearray(behind + content[moved.start : moved.end])
    written[moved.start : moved.start + 9] = void(moved.end - moved.start)
    places = {each.identifier: each.start for each in found if each.identifier in (INFO, TRACKS, CUES)}
    entries = b"".join(
        b"\x4d\xbb\x92\x53\xab\x84" + identifier.to_bytes(4) + b"\x53\xac\x88" + (place - begin).to_bytes(8)
        for identifier, place in {**places, ATTACHMENTS: len(behind)}.items()
    )
    new = b"\x11\x4d\x9b\x74" + bytes([0x80 | len(entries)]) + entries
    new += void(filler.end - seek_head.start - len(new))
    written[seek_head.start : seek_head.start + len(new)] = new
    written[begin - 8 : begin] = (1 << 56 | len(written) - begin).to_bytes(8)
    return bytes(written)


def copied(path: Path, *options: str | Path) -> Path:
    """A file with the tracks of another, by FFmpeg's options."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, options), "-c:v", "copy", "-c:a", "copy"]
    subprocess.run([*command, str(path)], check=True)
    return path


def without_cues(made_of: Path, path: Path) -> Path:
    return copied(path, "-i", made_of, "-live", "1")


def without_duration(made_of: Path, path: Path) -> Path:
    path.write_bytes(made_of.read_bytes().replace(b"\x44\x89\x88", b"\xec\x89\0", 1))
    return path


def with_two_videos(made_of: Path, path: Path) -> Path:
    return copied(path, "-i", made_of, "-map", "0:v", "-map", "0:a", "-map", "0:v")


def with_subtitles(made_of: Path, path: Path) -> Path:
    lines = path.with_suffix(".srt")
    lines.write_text("1\n00:00:01,000 --> 00:00:02,000\nÉté\n")
    return copied(path, "-i", made_of, "-i", lines, "-map", "0", "-map", "1")


def cut_off(made_of: Path, path: Path) -> Path:
    content = made_of.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    return path


def with_something_behind(made_of: Path, path: Path) -> Path:
    path.write_bytes(made_of.read_bytes() + bytes(100_000))
    return path


def with_cues(content: bytes, time: Callable[[int], int], place: Callable[[int], int]) -> bytes:
    """A file whose index says other times, in milliseconds, and other places."""
    written = bytearray(content)

    def read(offset: int, count: int) -> bytes:
        return content[offset : offset + count]

    def change(begin: int, end: int) -> None:
        for each in elements(read, begin, end):
            if each.identifier in (CUES, CUE_POINT, CUE_TRACK_POSITIONS):
                change(each.content, each.end)
            if each.identifier in (CUE_TIME, CUE_CLUSTER_POSITION):
                value = int.from_bytes(content[each.content : each.end])
                width = each.end - each.content
                lie = (time if each.identifier == CUE_TIME else place)(value)
                written[each.content : each.end] = min(max(lie, 0), 256**width - 1).to_bytes(width)

    change(*layout_of(content).cues)
    return bytes(written)


def truth(value: int) -> int:
    return value


def with_clusters_out_of_order(made_of: Path, path: Path) -> Path:
    path.write_bytes(with_cues(made_of.read_bytes(), truth, lambda place: place ^ 1 << 21))
    return path


@pytest.mark.parametrize(
    "change",
    [
        without_cues,
        without_duration,
        with_two_videos,
        with_subtitles,
        cut_off,
        with_something_behind,
        with_clusters_out_of_order,
    ],
)
def test_a_file_whose_index_does_not_say_it_is_fetched_whole(
    change: Callable[[Path, Path], Path], folder: Path, tmp_path: Path
) -> None:
    s3 = FakeS3(change(source("index at the start", folder), tmp_path / "a.mkv"))
    job, workdir = job_of((clip_at(15.0),)), tmp_path / "work"
    workdir.mkdir()
    with probe_process([workdir]) as probe:
        media = fetch_all(job, fetcher(s3), workdir, PendingProbe(job, [probe]), lambda: False, in_parts=True)
    assert (media.fetched.bytes, media.fetched.is_partial) == (len(s3.content), False)


def ending(make: Callable[[], Path]) -> list[bytes] | type[Exception]:
    """The pictures and the sound of a video, or why there is none."""
    try:
        return list(frames(make()))
    except (PermanentError, FFmpegError) as error:
        return type(error)


@pytest.mark.parametrize(
    "lie",
    [
        (truth, lambda place: place + (1 << 23)),
        (truth, lambda place: place + 1_000),
        (truth, lambda place: place + 1_000 * (place % 2)),
        (truth, lambda place: place - place % 200_000),
        (lambda time: time + 4_500, truth),
        (lambda time: time + 10_000, truth),
        (lambda time: time - 10_000, truth),
        (lambda time: time // 2, truth),
        (lambda time: time + time % 7_000, truth),
    ],
    ids=["beyond the end", "in clusters", "some in clusters", "few", "late", "very late", "early", "half", "mixed"],
)
@pytest.mark.parametrize(
    ("kind", "begins"), [("short GOP", (15.0, 31.0)), ("VP9 and Opus", (15.0, 31.0)), ("VP9 and Opus", (36.0,))]
)
def test_an_index_that_lies_ends_as_with_the_whole_source(
    lie: tuple[Callable[[int], int], Callable[[int], int]],
    kind: str,
    begins: tuple[float, ...],
    folder: Path,
    tmp_path: Path,
) -> None:
    lying = tmp_path / "a.mkv"
    lying.write_bytes(with_cues(source(kind, folder).read_bytes(), *lie))
    assert_ends_as_with_the_whole(lying, begins, tmp_path)


def assert_ends_as_with_the_whole(path: Path, begins: tuple[float, ...], workdir: Path) -> None:
    """Parts of the source aren't enough, or the index is of no use: the video is that of the whole all the same."""
    job = job_of(tuple(clip_at(begin) for begin in begins))
    task = SimpleNamespace(clock=StageClock())
    run = cast("Any", SimpleNamespace(task=task, on_progress=print, on_fetched=print, cancelled=bool, helpers=None))

    def by_parts() -> Path:
        return pipeline._fetch_and_render(job, run, fetcher(FakeS3(path)), workdir, JobProcesses(workdir))[0].path

    endings = [
        ending(by_parts),
        ending(lambda: made(job, FakeS3(path), workdir / "expected", parts=False)[1]),
    ]
    assert endings[0] == endings[1]


def test_a_video_that_is_replaced_by_one_of_another_kind_is_probed_again(folder: Path, tmp_path: Path) -> None:
    """By then an MP4 has been probed, whose file can be opened before all is there."""
    options = ("-crf", "16", "-movflags", "faststart")
    first = make_source(tmp_path / "a.mp4", NOISE, size=(480, 270), seconds=16.0, options=options)
    second, replacing = source("open GOP", folder).read_bytes(), threading.Lock()
    job, s3, workdir = job_of((clip_at(4.0),)), FakeS3(first), tmp_path / "work"
    workdir.mkdir()
    with probe_process([workdir]) as probe:
        pending = PendingProbe(job, [probe])

        def replace_what_is_probed() -> None:
            with replacing:  # several ranges are requested at the same time
                if pending._pictures and s3.version == 1:
                    assert pending._pictures["s3://bucket/a"].result().width == 480
                    s3.replace(second)

        s3.before = replace_what_is_probed
        media = fetch_all(job, fetcher(s3), workdir / "inputs", pending, lambda: False, in_parts=True)
        assert media.fetched.is_partial
        assert s3.version == 2
        assert pending.wait().probes["s3://bucket/a"].width == 320


@pytest.mark.parametrize("in_parts", [True, False])
def test_a_helper_fetches_what_its_part_plays(in_parts: bool, folder: Path, tmp_path: Path) -> None:
    """Of the job's two clips one is its part."""
    path = source("open GOP", folder)
    job, s3 = job_of((clip_at(12.0), clip_at(31.0))), FakeS3(path)
    media, _ = made(job, s3, tmp_path / "job", parts=in_parts)
    ((fetched, version),) = media.versions.items()
    with probe_process([fetched]) as probe:
        ranges = OrderMaker("j", 1, probe, media)._ranges(fetched, ((31.0, 32.0),))
    s3.sent = 0
    target = tmp_path / "media"
    fetcher(s3).fetch_ranges(version, [ByteRange(*each) for each in ranges], target, lambda: None)
    assert 0 < s3.sent < 0.5 * len(s3.content)
    assert_is_whole(target)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "fatal", "-ss", "30.5"]
    played = [
        subprocess.run([*command, "-i", each, "-t", "1.5", "-f", "framemd5", "-"], check=True, capture_output=True)
        for each in (target, path)
    ]
    assert played[0].stdout.count(b"\n") > 60
    assert played[0].stdout == played[1].stdout
