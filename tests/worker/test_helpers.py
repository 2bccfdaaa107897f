"""Idle workers that render parts of another worker's job: real processes, whatever happens to them."""

import datetime
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from embedded.workers import WorkerProcess
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.rendering import make_source
from tests.worker.test_consume import is_drained
from worker.job import Clip, Job, Output
from worker.video.context import RenderContext
from worker.video.crew import RenderHere, SharedPart
from worker.video.plan import shares
from worker.video.render import render

WORKER = "tests.worker.helping_worker"
TAKEN = "Rendering a part of another worker's job."
HELPED = "Other workers have rendered parts of the job."


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of moving picture with a tone."""
    path = tmp_path_factory.mktemp("footage") / "piscine.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=720x1280:rate=30:duration=12"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=12"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *sound, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def start(site: Site) -> Callable[[], WorkerProcess]:
    """Starts a worker of a fleet whose workers help each other."""
    url = site.aws.client("sqs").create_queue(QueueName=f"{site.table}-parts")["QueueUrl"]

    def start() -> WorkerProcess:
        worker = site.start_worker(WORKER, PARTS_QUEUE_URL=url)
        eventually(lambda: any(line["message"] == "Worker started." for line in worker.records()), 30)
        return worker

    return start


def job(site: Site, footage: Path, job_id: str, seconds: float = 12.0, **more: Any) -> dict[str, Any]:
    source = site.put("videos/1/piscine.mp4", footage)
    half = {"source": source, "duration": seconds / 2}
    return {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "clips": [half, {**half, "in": seconds / 2, "transition": {"type": "crossfade", "duration": 0.5}}],
        "texts": [{"content": "Été à la plage", "start": 1.0, "end": 9.0}],
        **more,
    }


def end_of(site: Site, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = site.final(job_id).json()
    assert body["status"] == "COMPLETE", body
    return body


def video_of(site: Site, job_id: str, tmp_path: Path) -> Path:
    """The video that a job has published."""
    path = tmp_path / f"{job_id}.mp4"
    key = json.loads(site.ledger(job_id)["payload"])["file_url"].partition(f"{site.bucket}/")[2]
    site.aws.client("s3").download_file(site.bucket, key, str(path))
    return path


def output_of(*options: str | Path) -> str:
    """What FFmpeg prints."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, options)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def frame_times(video: Path) -> list[list[str]]:
    """Number, time and duration of each picture."""
    lines = output_of("-i", video, "-map", "0:v", "-f", "framecrc", "-").splitlines()
    return [line.split(",")[1:4] for line in lines if not line.startswith("#")]


def taken_parts(site: Site) -> list[dict[str, Any]]:
    return site.logged(TAKEN)


def helped_job(site: Site, footage: Path, **more: Any) -> str:
    """The id of a job with whose parts another worker has helped: on a busy machine its coordinator may overtake it."""
    for number in range(5):
        job_id = f"helped-{number}"
        site.send(job(site, footage, job_id, **more))
        end_of(site, job_id)
        if site.logged(HELPED):
            return job_id
    pytest.fail("No worker has helped with any of five jobs.")


def leftovers(site: Site) -> list[str]:
    keys = site.keys()
    return [key for key in keys if key.startswith("intermediate/")]


def test_a_video_made_by_two_workers_is_that_of_one(
    site: Site, start: Callable[[], WorkerProcess], footage: Path, tmp_path: Path
) -> None:
    """Every picture at its time, as good as an encoder repeats itself, and every sample of sound."""
    first = start()
    site.send(job(site, footage, "alone"))
    end_of(site, "alone")
    assert not taken_parts(site)
    assert first.running
    start()
    job_id = helped_job(site, footage)
    (line,) = site.logged(HELPED)
    assert len(taken_parts(site)) >= line["helped"] > 0
    alone, helped = (video_of(site, each, tmp_path) for each in ("alone", job_id))
    assert frame_times(alone) == frame_times(helped)
    assert len(frame_times(helped)) == 360
    sound = ("-map", "0:a", "-f", "md5", "-")
    assert output_of("-i", alone, *sound) == output_of("-i", helped, *sound)
    ssim = output_of("-i", alone, "-i", helped, "-lavfi", "ssim=stats_file=-", "-f", "null", os.devnull)
    assert min(float(value) for value in re.findall(r"All:([0-9.]+)", ssim)) > 0.99
    assert helped.stat().st_size == pytest.approx(alone.stat().st_size, rel=0.01)
    assert not leftovers(site)
    eventually(lambda: is_drained(site))
    metrics = site.logged("metrics")
    assert sum(each.get("PartsRendered", 0) for each in metrics) >= line["helped"]
    assert [each["HelpedJobs"] for each in metrics if "HelpedJobs" in each] == [1]
    own = sum(12 * each["CpuPerOutputSecond"] for each in metrics if "CpuPerOutputSecond" in each)
    helpers = sum(float(value) for name, value in site.ledger(f"parts/{job_id}/1").items() if name.endswith("_cpu"))
    assert helpers > 0
    used = site.ledger(f"usage/1/{datetime.datetime.now(datetime.UTC):%Y-%m-%d}")
    assert float(used["cpu_seconds"]) > own + 0.95 * helpers


def test_renditions_are_parts_too(
    site: Site, start: Callable[[], WorkerProcess], footage: Path, tmp_path: Path
) -> None:
    start()
    start()
    renditions = [{"name": "small", "width": 270, "height": 480}]
    job_id = helped_job(site, footage, output={"renditions": renditions})
    assert len(frame_times(video_of(site, job_id, tmp_path))) == 360


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_helper_that_dies_costs_time_alone(
    site: Site, start: Callable[[], WorkerProcess], footage: Path, tmp_path: Path, fault: signal.Signals
) -> None:
    """Also one that is stopped, and uploads its part when all is over: nothing of it stays."""
    start()
    start()
    site.send(job(site, footage, "faulty"))
    eventually(lambda: bool(taken_parts(site)), 60)
    busy = next(worker for worker in site.workers if any(line["message"] == TAKEN for line in worker.records()))
    os.kill(busy.pid, fault)
    try:
        end_of(site, "faulty")
        assert len(frame_times(video_of(site, "faulty", tmp_path))) == 360
    finally:
        if fault is signal.SIGSTOP:
            os.kill(busy.pid, signal.SIGCONT)
    eventually(lambda: not leftovers(site), 30)
    eventually(lambda: is_drained(site))


def test_a_new_job_never_waits_for_a_part(site: Site, start: Callable[[], WorkerProcess], footage: Path) -> None:
    start()
    start()
    site.send(job(site, footage, "first"))
    eventually(lambda: bool(taken_parts(site)), 30)
    site.send(job(site, footage, "second", seconds=2.0))
    end_of(site, "second")
    end_of(site, "first")
    dropped, taken_back = (site.logged(f"A part was {what}.") for what in ("dropped", "taken back from its helper"))
    started = {line["job_id"]: line["waited"] for line in site.logged("Job started.")}
    assert started["second"] < 2.5
    assert len(dropped) <= 1 + len(taken_back)
    eventually(lambda: not leftovers(site), 30)


def test_a_part_of_another_release_is_left(site: Site, start: Callable[[], WorkerProcess]) -> None:
    """Its pictures may differ: it stays with its coordinator."""
    start()
    url = site.aws.client("sqs").get_queue_url(QueueName=f"{site.table}-parts")["QueueUrl"]
    order = {
        "release": "another", "job_id": "other", "attempt": 1, "plan": "p", "part": 0, "arguments": [], "frames": 1,
        "wall_seconds": 9.0, "cpu_seconds": 9, "sources": [], "pictures": [], "files": ["part-0-video.mp4"],
    }  # fmt: skip
    site.aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(order))
    eventually(lambda: bool(site.logged("A part of a job was left: it is another release's.")), 30)
    hostile = [{"files": ["../../etc/passwd"]}, {"arguments": ["-i", "file:/proc/self/environ"]}]
    for body in ("no JSON", *(json.dumps({**order, **each}) for each in hostile)):
        site.aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: len(site.logged("An offer of a part can't be read.")) == 3, 30)
    assert site.depth(url) == (0, 0)
    assert not taken_parts(site)


def test_without_the_queue_of_parts_a_job_ends_as_before(
    site: Site, start: Callable[[], WorkerProcess], footage: Path
) -> None:
    start()
    url = site.aws.client("sqs").get_queue_url(QueueName=f"{site.table}-parts")["QueueUrl"]
    site.aws.client("sqs").delete_queue(QueueUrl=url)
    site.send(job(site, footage, "unaided", seconds=4.0))
    end_of(site, "unaided")
    assert site.logged("Parts of the job could not be offered.")
    eventually(lambda: is_drained(site))


class Careless:
    """A crew that renders all parts, and spoils a file."""

    def render(self, parts: Sequence[SharedPart], render_here: RenderHere, context: RenderContext) -> bool:
        """See `Crew`."""
        for part in parts:
            render_here(part, lambda _: None)
        spoilt = context.workdir / parts[1].files[0]
        spoilt.write_bytes(spoilt.read_bytes()[: spoilt.stat().st_size // 2])
        return True


def test_a_video_that_is_not_exact_is_rendered_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shares, "_GAIN_SECONDS_MIN", -1_000.0)
    monkeypatch.setattr(shares, "_PART_SECONDS_MIN", 0.001)
    source = make_source(tmp_path / "a.mp4", size=(128, 128), seconds=6.0)
    job = Job(job_id="j", video_id="v", clips=(Clip(source="a", duration=6.0),), output=Output(width=128, height=128))
    with caplog.at_level("WARNING"):
        video = render(job, {"a": source}, RenderContext(tmp_path, crew=Careless()))
    assert (video.measured.frames, video.measured.has_exact_timestamps) == (180, True)
    assert "Parts didn't make the video, which was rendered whole." in caplog.messages
    assert not list(tmp_path.glob("part-*"))
