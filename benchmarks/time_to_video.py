"""Measures the time from a message sent to the webhook COMPLETE, and where it goes, with S3 as far away as a region's.

`python -m benchmarks.time_to_video [--jobs abcd] [--rounds N] [--write]` prints docs/design/time-to-video.md, or
writes it. Real worker processes, one after the other, render each job from an embedded AWS whose S3 has the latency and
the rates of a region (region_s3.py). Beside each fetch, the same sources are downloaded whole, one after the other.
"""

import argparse
import datetime
import json
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from benchmarks import region_s3, renderers
from benchmarks.phone_clips import BITS_PER_SECOND, phone_clip
from embedded.aws import EmbeddedAws
from embedded.footage import prepare
from embedded.process import REPOSITORY, ChildProcess
from embedded.receiver import WebhookReceiver, ends
from embedded.workers import WorkerProcess, make_resources
from worker.video import ffmpeg

NAME = "time-to-video"
PAGE = REPOSITORY / "docs" / "design" / "time-to-video.md"
FOOTAGE = REPOSITORY / ".build" / "footage" / "benchmark"
PHONE = REPOSITORY / ".build" / "footage" / "phone"
WAIT_SECONDS = 1800.0
IDLE_SECONDS = 2.0
"""How long a worker waits for its job, in seconds: by then it has prepared itself for it."""

PHONE_SECONDS = (10, 14, 20, 24, 30)
HLG = (20, 30)
"""Lengths of the phone clips, and which of them are HLG."""

VCPU_SECOND_DOLLARS = (0.03238 + 2 * 0.00356) / 3600 / 2
"""Price of a task of 2 vCPU and 4 GB (ARM, eu-west-1, 2026-05), per vCPU and second."""


@dataclass(frozen=True)
class Run:
    """One job: seconds in all and by stage, bytes, CPU seconds of the job and of all workers, the share of the time in
    which the processor idled, and the seconds and bytes of the sources downloaded whole; `helped` parts were rendered
    by other workers."""

    total: float
    stages: Mapping[str, float]
    rendering: Mapping[str, float]
    video_seconds: float
    fetched: int
    cpu_seconds: float
    workers_cpu_seconds: float
    idle: float
    whole_seconds: float
    whole_bytes: int
    helped: int = 0

    @property
    def outside(self) -> float:
        """Seconds outside FFmpeg and transfer."""
        return self.total - self.stages["fetch"] - self.stages["publish"] - self.rendering["encode"]


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="abcd", help="which of the jobs (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(REPOSITORY)}")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    runs: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory(prefix="time-to-video-") as scratch:
        folder = Path(scratch)
        link_footage(folder / "s3" / NAME)
        with site(folder) as measure:
            for name, (_, message) in JOBS.items():
                if name in options.jobs:
                    runs[name] = [measure(message) for _ in range(options.rounds)]
    text = page(runs, load)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


def _phone_source(seconds: int) -> str:
    return f"s3://{NAME}/{'hlg' if seconds in HLG else 'sdr'}-{seconds}.mov"


def _text(content: str, start: float, end: float) -> dict[str, Any]:
    style = {"fontSize": 80, "fontWeight": 700, "textShadow": "2px 2px 0 #000"}
    return {"content": content, "start": start, "end": end, "position": {"x": 540, "y": 400}, "style": style}


def _studio() -> dict[str, Any]:
    """Today's benchmark: five clips of 720p and 1080p."""
    job = renderers.job()
    clips = [{**clip, "source": clip["source"].replace("s3://media/", f"s3://{NAME}/")} for clip in job["clips"]]
    return {**job, "clips": clips}


def _phone() -> dict[str, Any]:
    clips = [{"source": _phone_source(each), "in": each * 0.4, "duration": 3.0} for each in PHONE_SECONDS]
    return {"clips": clips, "texts": [_text("Bienvenue à l'hôtel", 0.5, 6.0), _text("Réservez maintenant", 8.0, 14.0)]}


def _minute() -> dict[str, Any]:
    clips = [
        {
            "source": _phone_source(PHONE_SECONDS[number % 5]),
            "in": 1.0 + number / 3,
            "duration": 5.4,
            "transition": {"type": "crossfade", "duration": 0.4},
        }
        for number in range(12)
    ]
    texts = [_text(f"Étape {number}", 5.0 * number, 5.0 * number + 4.0) for number in range(12)]
    return {"clips": clips, "texts": texts, "audio": {"soundtrack": f"s3://{NAME}/landscape.mp4", "loop": True}}


def _base() -> dict[str, Any]:
    return {"base": {"source": f"s3://{NAME}/assembled.mp4"}, "texts": [_text("Bienvenue", 1.0, 29.0)]}


JOBS = {
    "a": ("15 s of five studio clips, 720p and 1080p", _studio()),
    "b": ("15 s of five phone clips of 10 to 30 s, two of them HLG", _phone()),
    "c": ("60 s of twelve phone clips, transitions, texts, a soundtrack", _minute()),
    "d": ("a base video of 30 s with a text", _base()),
}


def link_footage(folder: Path) -> None:
    """Every source, as a file of the bucket's folder."""
    folder.mkdir(parents=True)
    clips = [*prepare(FOOTAGE).values(), *(phone_clip(PHONE, each, is_hlg=each in HLG) for each in PHONE_SECONDS)]
    for path in clips:
        (folder / path.name).symlink_to(path)
    base = ("-stream_loop", "5", "-i", str(FOOTAGE / "base.mp4"), "-t", "30", "-c", "copy", "-movflags", "+faststart")
    subprocess.run([ffmpeg.executable(), "-v", "error", *base, str(folder / "assembled.mp4")], check=True)


class Site:
    """An AWS; calling it measures a job."""

    def __init__(self, aws: EmbeddedAws, environment: Mapping[str, str], endpoint: str, folder: Path) -> None:
        self._aws, self._environment, self._folder = aws, environment, folder
        self._s3 = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106  of an embedded AWS
            config=Config(s3={"addressing_style": "path"}),
        )
        self._count = 0

    def __call__(
        self, message: Mapping[str, Any], cores: Sequence[set[int] | None] = (None,), *, has_helpers: bool = False
    ) -> Run:
        """Measure a job with a worker for each of `cores`, on these processors alone, which help each other if
        `has_helpers`."""
        whole_seconds, whole_bytes = self._download_whole(message)
        self._count += 1
        job_id = f"measured-{self._count}"
        folder = self._folder / job_id
        # A queue of its own: a long poll of the worker before, which has ended, would take the message.
        queue = self._aws.client("sqs").create_queue(QueueName=job_id)["QueueUrl"]
        with WebhookReceiver(record=folder / "webhooks", log=folder / "receiver.log") as receiver:
            environment = {**self._environment, "WEBHOOK_URL": receiver.url, "SQS_QUEUE_URL": queue}
            if has_helpers:
                parts = self._aws.client("sqs").create_queue(QueueName=f"{job_id}-parts")["QueueUrl"]
                environment["PARTS_QUEUE_URL"] = parts
            workers = [
                WorkerProcess(self._aws, environment, folder / f"worker-{number}.log") for number in range(len(cores))
            ]
            cpu_before = children_cpu_seconds()
            try:
                for worker, own in zip(workers, cores, strict=True):
                    _wait_for(lambda worker=worker: _has_started(worker))
                    _pin(worker, own)
                threading.Event().wait(IDLE_SECONDS)
                body = {"version": 1, **message, "job_id": job_id, "video_id": job_id}
                idle_before, sent = _idle_seconds(), time.time()
                self._aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
                end = receiver.wait_for(ends(job_id), WAIT_SECONDS)
                total = end.time - sent
                idle = (_idle_seconds() - idle_before) / total / (os.cpu_count() or 1)
                if end.json()["status"] != "COMPLETE":
                    raise SystemExit(f"{job_id}: {end.body}")
                _wait_for(lambda: any("stages" in record for worker in workers for record in worker.records()))
                records = [record for worker in workers for record in worker.records()]
            finally:
                for worker in workers:
                    worker.stop()
        done = next(record for record in records if "stages" in record)
        metrics = next(record for record in records if "BytesFetched" in record)
        return Run(
            total=total,
            stages=done["stages"],
            rendering=done["rendering"],
            video_seconds=done["duration"],
            fetched=int(metrics["BytesFetched"]),
            cpu_seconds=metrics["CpuPerOutputSecond"] * done["duration"],
            workers_cpu_seconds=children_cpu_seconds() - cpu_before,
            idle=idle,
            whole_seconds=whole_seconds,
            whole_bytes=whole_bytes,
            helped=sum(record.get("helped", 0) for record in records),
        )

    def _download_whole(self, message: Mapping[str, Any]) -> tuple[float, int]:
        """Download every source of a job whole, one after the other, in eight ranges at a time: seconds and bytes."""
        used = [*message.get("clips", []), *([message["base"]] if "base" in message else [])]
        sources = {item["source"] for item in used} | {message.get("audio", {}).get("soundtrack")} - {None}
        began, fetched = time.monotonic(), 0
        for source in sorted(sources):
            target = self._folder / "whole"
            key = source.rpartition("/")[2]
            self._s3.download_file(NAME, key, str(target), Config=TransferConfig(max_concurrency=8))
            fetched += target.stat().st_size
        return time.monotonic() - began, fetched


def _has_started(worker: WorkerProcess) -> bool:
    return any(record["message"] == "Worker started." for record in worker.records())


def _pin(worker: WorkerProcess, cores: set[int] | None) -> None:
    """Let a worker, and what it starts, run on these processors alone."""
    for thread in Path(f"/proc/{worker.pid}/task").iterdir() if cores else ():
        os.sched_setaffinity(int(thread.name), cores or ())


def children_cpu_seconds() -> float:
    """CPU seconds of all processes that this one has started and that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site whose S3 is as far away as a region's; files go below `folder`."""
    with EmbeddedAws(log=folder / "aws.log") as aws:
        environment = make_resources(aws, NAME, prepare(FOOTAGE)["base.mp4"])
        region = ChildProcess("benchmarks.region_s3", [str(folder / "s3"), aws.endpoint], log=folder / "region.log")
        endpoint = region.start()
        try:
            yield Site(aws, {**environment, "AWS_ENDPOINT_URL_S3": endpoint}, endpoint, folder)
        finally:
            region.stop()


def _wait_for(condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("The worker didn't get ready, or didn't end its job.")
        threading.Event().wait(0.05)


def _idle_seconds() -> float:
    """Seconds that all processors together have idled, waiting for disks included."""
    user, nice, system, idle, iowait, *_ = Path("/proc/stat").read_text(encoding="ascii").split()[1:]
    del user, nice, system
    return (int(idle) + int(iowait)) / os.sysconf("SC_CLK_TCK")


def page(runs: Mapping[str, Sequence[Run]], load: float) -> str:
    """The figures as Markdown; `load` is the machine's before the first run."""
    rounds = len(next(iter(runs.values())))
    lines = [
        "# Time to video",
        "",
        f"Written by `make bench-time-to-video` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} "
        f"CPUs ({platform.machine()}), medians of {rounds}, load {load:.1f} before the first run.",
        f"S3 is a model of a region's: {region_s3.LATENCY_SECONDS * 1000:.0f} ms to the first byte, "
        f"{region_s3.CONNECTION_BYTES_PER_SECOND / 1e6:.0f} MB/s per connection, "
        f"{region_s3.ALL_BYTES_PER_SECOND / 1e6:.0f} MB/s in all.",
        f"Phone clips are 4K, H.265 of 10 bits, 30 fps, {BITS_PER_SECOND / 1e6:.0f} Mbit/s.",
        "Time to video is from the message sent to the webhook COMPLETE, of a worker that waits for jobs.",
        "",
        "| job | time to video s | fetch s | encode s | publish s | outside FFmpeg and transfer s | CPU s | idle % "
        "| dollars per video minute |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, made in runs.items():
        median = _median(made)
        dollars = median("cpu_seconds") * VCPU_SECOND_DOLLARS / made[0].video_seconds * 60
        fetch, publish = (statistics.median(run.stages[stage] for run in made) for stage in ("fetch", "publish"))
        encode = statistics.median(run.rendering["encode"] for run in made)
        lines.append(
            f"| {name}: {JOBS[name][0]} | {median('total'):.1f} | {fetch:.2f} | {encode:.1f} | {publish:.2f} "
            f"| {median('outside'):.2f} | {median('cpu_seconds'):.1f} | {100 * median('idle'):.0f} | {dollars:.5f} |"
        )
    lines += [
        "",
        "## What fetching only what is played saves",
        "",
        "Against the same sources downloaded whole, one after the other, eight ranges at a time, in the same run:",
        "",
        "| job | MB fetched | MB whole | share | fetch s | whole s | share |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, made in runs.items():
        median = _median(made)
        fetch = statistics.median(run.stages["fetch"] for run in made)
        lines.append(
            f"| {name} | {median('fetched') / 1e6:.0f} | {median('whole_bytes') / 1e6:.0f} "
            f"| {median('fetched') / median('whole_bytes'):.2f} | {fetch:.2f} | {median('whole_seconds'):.2f} "
            f"| {fetch / median('whole_seconds'):.2f} |"
        )
    return "\n".join([*lines, ""])


def _median(made: Sequence[Run]) -> Any:
    return lambda name: statistics.median(getattr(run, name) for run in made)


if __name__ == "__main__":
    main()
