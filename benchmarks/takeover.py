"""Measures how soon another worker takes over the job of a killed one: `python -m benchmarks.takeover`, two minutes.

Two workers with production's settings, one long job. The worker that renders is killed with SIGKILL, and the ledger is
polled until the other worker has claimed the job.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import imageio_ffmpeg

from embedded.aws import EmbeddedAws
from embedded.workers import WorkerProcess

NAME = "takeover"
WAIT_SECONDS = 240.0

Found = TypeVar("Found")


def main() -> int:
    """Print the seconds; returns 0 where the job was taken over."""
    with tempfile.TemporaryDirectory() as scratch, EmbeddedAws(log=Path(scratch) / "aws.log") as aws:
        folder = Path(scratch)
        queue = create_resources(aws, folder)
        environment = {
            "SQS_QUEUE_URL": queue,
            "MEDIA_BUCKET": NAME,
            "JOBS_TABLE": NAME,
            "AWS_DEFAULT_REGION": "eu-west-1",
        }
        workers = [WorkerProcess(aws, environment, folder / f"{number}.log") for number in range(2)]
        try:
            aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(long_job()))
            wait_for(lambda: attempt(aws) == 1)
            wait_for(lambda: any(map(started, workers)))
            next(filter(started, workers)).kill()
            killed = time.monotonic()
            wait_for(lambda: attempt(aws) == 2)
            print(f"taken over after {time.monotonic() - killed:.1f} s")
        finally:
            for worker in workers:
                worker.stop()
    return 0


def create_resources(aws: EmbeddedAws, folder: Path) -> str:
    """A queue, a bucket with a clip, a ledger. Returns the queue's URL."""
    clip = folder / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=270x480:rate=25:duration=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, str(clip)], check=True)
    aws.client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.client("s3").upload_file(str(clip), NAME, "clip.mp4")
    aws.client("dynamodb").create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
    )
    return str(aws.client("sqs").create_queue(QueueName=NAME)["QueueUrl"])


def long_job() -> dict[str, object]:
    """A job of ten minutes at 3840 x 3840, which renders longer than the measurement."""
    return {
        "version": 1,
        "job_id": NAME,
        "video_id": NAME,
        "property_id": "1",
        "output": {"width": 3840, "height": 3840, "fps": 60},
        "clips": [{"source": f"s3://{NAME}/clip.mp4", "duration": 600}],
    }


def attempt(aws: EmbeddedAws) -> int:
    """The latest claim's number; 0 before the first."""
    item = aws.client("dynamodb").get_item(TableName=NAME, Key={"job_id": {"S": NAME}}).get("Item", {})
    return int(item.get("attempt", {"N": "0"})["N"])


def started(worker: WorkerProcess) -> bool:
    """Whether the worker has begun the job."""
    return any(record["message"] == "Job started." for record in worker.records())


def wait_for(poll: Callable[[], Found]) -> Found:
    """Poll until the result is true. Returns the result."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := poll()):
        if time.monotonic() > deadline:
            sys.exit("it never happened")
        time.sleep(0.1)
    return found


if __name__ == "__main__":
    sys.exit(main())
