"""Runs workers on this machine under load, random and in a burst, and keeps their logs for a picture of the dashboard.

Only AWS and the scale differ from production: workers are processes; most jobs are small (a few seconds of a 540 x
960 video), so that two cores render about a hundred of them.
"""

import argparse
import itertools
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import imageio_ffmpeg

from embedded.aws import EmbeddedAws
from embedded.receiver import WebhookReceiver
from embedded.workers import WorkerProcess, make_resources

NAME = "load"
CALM_SECONDS, BURST_SECONDS = 8.0, 0.8
"""Mean interval between two jobs, in seconds: most of the time, and in the third quarter of the run."""

BROKEN, TWICE = 0.03, 0.03
"""Share of jobs whose clip is missing, and share of messages that are sent twice."""

LONG = 0.1
"""Share of jobs that are long enough for idle workers to help."""


def main() -> int:
    """Run the load. Returns 0; the logs are in the folder named."""
    parser = argparse.ArgumentParser(prog="python -m tools.load", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the workers' logs go; emptied first")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long jobs are sent (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="how many workers run (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (default %(default)s)")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    run(options.folder, options.minutes * 60, options.workers, random.Random(options.seed))  # noqa: S311  no secret
    return 0


def run(folder: Path, seconds: float, workers: int, chance: random.Random) -> None:
    """Send jobs for some seconds, then wait until all are done."""
    with (
        EmbeddedAws(log=folder / "aws.txt") as aws,
        WebhookReceiver(record=folder / "webhooks.jsonl", log=folder / "receiver.txt") as receiver,
    ):
        environment = make_resources(aws, NAME, _clip(folder), helpers=True) | {"WEBHOOK_URL": receiver.url}
        fleet = [WorkerProcess(aws, environment, folder / f"worker-{n}.log") for n in range(1, workers + 1)]
        try:
            _send(aws, environment["SQS_QUEUE_URL"], seconds, chance)
            _wait_until_empty(aws, environment["SQS_QUEUE_URL"])
        finally:
            for worker in fleet:
                worker.stop()


def _clip(folder: Path) -> Path:
    path = folder / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=540x960:rate=25:duration=4"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


def _send(aws: EmbeddedAws, queue: str, seconds: float, chance: random.Random) -> None:
    sqs = aws.client("sqs")
    began = time.monotonic()
    for number in itertools.count(1):
        elapsed = time.monotonic() - began
        if elapsed > seconds:
            return
        body = json.dumps(_job(number, chance))
        for _ in range(2 if chance.random() < TWICE else 1):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        is_burst = 0.5 < elapsed / seconds < 0.75
        time.sleep(chance.expovariate(1 / (BURST_SECONDS if is_burst else CALM_SECONDS)))


def _job(number: int, chance: random.Random) -> dict[str, object]:
    clip = "missing.mp4" if chance.random() < BROKEN else "clip.mp4"
    identity = f"load-{number}"
    is_long = chance.random() < LONG
    size = {"width": 1080, "height": 1920} if is_long else {"width": 540, "height": 960}
    seconds = 4.0 if is_long else round(chance.uniform(1.0, 2.0), 2)
    return {
        "version": 1,
        "job_id": identity,
        "video_id": identity,
        "property_id": "1",
        "output": {**size, "fps": 25},
        "clips": [{"source": f"s3://{NAME}/{clip}", "duration": seconds}] * 3,
        "texts": [{"content": "Bienvenue", "start": 0, "end": 1, "position": {"x": 270, "y": 480}}],
    }


def _wait_until_empty(aws: EmbeddedAws, queue: str) -> None:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while True:
        counts = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(int(count) for count in counts.values()):
            return
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
