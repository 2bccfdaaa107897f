"""Fetching parts of sources: the video is that of the whole sources, picture by picture and sample by sample."""

import io
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import pytest
from botocore.exceptions import ClientError

from tests.worker.rendering import SMALL, make_source
from worker.aws.outages import Outages
from worker.consumer import pipeline
from worker.consumer.standby import JobProcesses
from worker.errors import CancelledError
from worker.job import Clip, Job, PermanentError
from worker.media.cloud_fetch import CloudFetcher
from worker.media.fetch import Fetched, FetchedMedia, SourceRequest, fetch_all, raise_missing
from worker.net.allow_list import DestinationPolicy
from worker.probe import inspection
from worker.probe.client import probe_process
from worker.probe.model import ByteRange, PlayedBytes
from worker.probe.pending_probe import PendingProbe
from worker.telemetry.stages import StageClock
from worker.video.context import RenderContext
from worker.video.render import render_painting
from worker.video.text_overlays import painter_of

NOISE = "testsrc2=s=WxH:r=RATE:d=SECONDS,noise=alls=40:allf=t,format=yuv420p"
TONE = "sine=f=440:r=44100:d=SECONDS"
SECONDS = 16.0

KINDS = {
    "index at the end": ("mp4", ("-g", "30")),
    "index at the start": ("mp4", ("-g", "30", "-movflags", "+faststart")),
    "B-frames": ("mov", ("-preset", "veryfast", "-bf", "3", "-g", "45", "-crf", "20")),
    "open GOP": ("mp4", ("-preset", "veryfast", "-x264-params", "open-gop=1:bframes=3:keyint=30", "-crf", "20")),
    "H.265": ("mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=30")),
    "long GOP": ("mp4", ("-g", "150")),
    "25 fps at a shifted start": ("mp4", ("-g", "25", "-r", "25", "-output_ts_offset", "1.5")),
    "another scale of time": ("mov", ("-g", "30", "-video_track_timescale", "600", "-c:a", "pcm_s16le")),
}


@cache
def source(kind: str, folder: Path) -> Path:
    suffix, options = KINDS[kind]
    tone = TONE.replace("SECONDS", str(SECONDS))
    path = folder / f"{kind}.{suffix}"
    return make_source(path, NOISE, size=(480, 270), seconds=SECONDS, audio=tone, options=("-crf", "16", *options))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


NO_PROBE = cast("Any", None)


class FakeS3:
    """S3 of one object, which `replace` replaces."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.version = 1
        self.sent = 0
        self.before: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def replace(self, content: bytes) -> None:
        self.content, self.version = content, self.version + 1

    def get_object(self, *, Bucket: str, Key: str, Range: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: ARG002, N803
        self.before()
        if IfMatch not in {None, str(self.version)}:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "GetObject")
        first, _, last = Range.removeprefix("bytes=").partition("-")
        if int(first) >= len(self.content):
            raise ClientError({"Error": {"Code": "InvalidRange"}}, "GetObject")
        body = self.content[int(first) : int(last) + 1]
        with self._lock:
            self.sent += len(body)
        size = f"bytes {first}-{int(first) + len(body) - 1}/{len(self.content)}"
        return {"Body": io.BytesIO(body), "ContentRange": size, "ETag": str(self.version)}


def fetcher(s3: FakeS3) -> CloudFetcher:
    return CloudFetcher(cast("Any", s3), frozenset({"bucket"}), DestinationPolicy("x"), Outages(threading.Event().wait))


def job_of(clips: tuple[Clip, ...]) -> Job:
    return Job(job_id="j", video_id="v", clips=clips, output=SMALL)


def made(job: Job, s3: FakeS3, workdir: Path, *, parts: bool) -> tuple[FetchedMedia, Path]:
    """The job's video, of parts of the source or of all of it."""
    workdir.mkdir()
    with painter_of(job, workdir) as painter, probe_process([workdir]) as probe:
        pending = PendingProbe(job, [probe])
        media = fetch_all(job, fetcher(s3), workdir / "inputs", pending, lambda: False, in_parts=parts)
        return media, render_painting(job, media.paths, painter, pending, RenderContext(workdir)).path


def frames(video: Path) -> Iterator[bytes]:
    with av.open(str(video)) as container:
        for frame in container.decode(*container.streams.get(video=0, audio=0)):
            yield frame.to_ndarray().tobytes()  # type: ignore[union-attr]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_the_video_of_parts_is_that_of_the_whole(kind: str, folder: Path, tmp_path: Path) -> None:
    chance = random.Random(kind)  # noqa: S311
    ends = chance.choice([(), (Clip(source="s3://bucket/a", **{"in": SECONDS - 0.7}),)])
    clips = tuple(
        Clip(
            source="s3://bucket/a",
            duration=chance.uniform(0.4, 1.2),
            speed=chance.choice([0.5, 1.0, 1.7]),
            **{"in": chance.choice([0.0, 0.4, chance.uniform(0, 6), chance.uniform(0, 6), SECONDS + 3])},
        )
        for _ in range(3)
    )
    job, s3 = job_of((*clips, *ends)), FakeS3(source(kind, folder))
    parts, of_parts = made(job, s3, tmp_path / "parts", parts=True)
    assert parts.fetched.is_partial
    assert parts.fetched.bytes == s3.sent < 0.8 * len(s3.content)
    whole, of_whole = made(job, s3, tmp_path / "whole", parts=False)
    assert not whole.fetched.is_partial
    assert whole.fetched.bytes == len(s3.content)
    pairs = zip(frames(of_parts), frames(of_whole), strict=True)
    assert [number for number, (one, other) in enumerate(pairs) if one != other] == []


@pytest.mark.usefixtures("small")
def test_a_source_that_is_replaced_meanwhile_is_of_one_version(folder: Path, tmp_path: Path) -> None:
    first, second = (source(kind, folder) for kind in ("index at the end", "index at the start"))
    s3 = FakeS3(first)
    requests = itertools.count()

    def replace_at_the_fourth_request() -> None:
        if next(requests) == 3:
            s3.replace(second.read_bytes())

    s3.before = replace_at_the_fourth_request
    job = job_of((Clip(source="s3://bucket/a", duration=1.0, **{"in": 4.0}),))
    _, video = made(job, s3, tmp_path / "replaced", parts=True)
    _, expected = made(job, FakeS3(second), tmp_path / "second", parts=False)
    assert list(frames(video)) == list(frames(expected))


@pytest.mark.usefixtures("small")
def test_a_source_that_is_always_replaced_may_come_later(folder: Path, tmp_path: Path) -> None:
    s3 = FakeS3(source("index at the end", folder))
    s3.before = lambda: s3.replace(s3.content)
    job = job_of((Clip(source="s3://bucket/a", duration=1.0),))
    with pytest.raises(OSError, match="was replaced 3 times"):
        made(job, s3, tmp_path / "replaced", parts=True)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("options", ["-movflags +frag_keyframe+empty_moov", "-movflags +frag_keyframe", "-c:v mpeg4"])
def test_a_source_whose_index_does_not_say_it_is_fetched_whole(options: str, tmp_path: Path) -> None:
    s3 = FakeS3(
        make_source(tmp_path / "a.mp4", NOISE, size=(480, 270), seconds=8.0, options=("-crf", "16", *options.split()))
    )
    job = job_of((Clip(source="s3://bucket/a", duration=1.0, **{"in": 2.0}),))
    media, _ = made(job, s3, tmp_path / "work", parts=True)
    assert (media.fetched.bytes, media.fetched.is_partial) == (len(s3.content), False)


@pytest.mark.usefixtures("small")
def test_an_index_that_lies_about_places_ends_as_with_the_whole_source(folder: Path, tmp_path: Path) -> None:
    """The tables of chunk offsets name bytes beyond the file's end."""
    content = bytearray(source("index at the start", folder).read_bytes())
    table = content.index(b"stco") + 12
    content[table : table + 400] = b"\x7f" * 400
    lying = tmp_path / "lying.mp4"
    lying.write_bytes(content)
    job = job_of((Clip(source="s3://bucket/a", duration=1.0),))
    endings = []
    for parts in (True, False):
        with pytest.raises(PermanentError) as refused:
            made(job, FakeS3(lying), tmp_path / str(parts), parts=parts)
        endings.append((refused.value.code, refused.value.pointer, refused.value.message))
    assert endings[0] == endings[1]


def test_the_first_source_that_is_missing_ends_the_others(tmp_path: Path) -> None:
    """The others are slow: they end since they are cancelled."""
    began = threading.Event()

    class Slow:
        def fetch(self, request: SourceRequest) -> Fetched:
            if str(request.location).endswith("missing.mp4"):
                assert began.wait(10)
                raise_missing(request.location, request.pointer)
            began.set()
            while True:
                request.check()

    names = ("a", "b", "missing", "c", "d", "e")
    clips = tuple(Clip(source=f"s3://bucket/{name}.mp4", pointer=name) for name in names)
    job = job_of(clips)
    with pytest.raises(PermanentError) as refused:
        fetch_all(job, Slow(), tmp_path, PendingProbe(job, [NO_PROBE]), lambda: False, in_parts=True)
    assert refused.value.pointer == "missing"


def test_a_cancelled_job_fetches_no_further(tmp_path: Path) -> None:
    job, s3 = job_of((Clip(source="s3://bucket/a"),)), FakeS3(Path(__file__))
    with pytest.raises(CancelledError):
        fetch_all(job, fetcher(s3), tmp_path, PendingProbe(job, [NO_PROBE]), lambda: True, in_parts=True)


@pytest.mark.usefixtures("small")
def test_a_job_whose_parts_cannot_be_rendered_is_rendered_of_the_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is said to name the first bytes alone: what the clip plays reads as zeros."""
    first = [ByteRange(0, 1000)]
    monkeypatch.setattr(inspection, "played_bytes", lambda *_: PlayedBytes(first, first))
    s3 = FakeS3(source("index at the start", folder))
    job = job_of((Clip(source="s3://bucket/a", duration=1.0, **{"in": 8.0}),))
    task = SimpleNamespace(clock=StageClock())
    run = cast("Any", SimpleNamespace(task=task, on_progress=print, on_fetched=print, cancelled=bool, helpers=None))
    video, fetched = pipeline._fetch_and_render(job, run, fetcher(s3), tmp_path, JobProcesses(tmp_path))
    assert fetched.bytes == s3.sent > len(s3.content)
    _, expected = made(job, s3, tmp_path / "expected", parts=False)
    assert list(frames(video.path)) == list(frames(expected))
