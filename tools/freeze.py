"""`make freeze INTO=DIR`: writes the behaviour that a refactoring must not change, to compare with `diff -r`.

- `ENV.tf.json` and `module/`: the synthesised Terraform of each environment, and the exported module;
- `webhooks.jsonl`: the body of one webhook of each kind, byte for byte except for times and ports;
- `ledger.txt`, `logs.txt`: the attributes of each job's item, and the messages and fields of a worker's log lines.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from embedded.aws import EmbeddedAws
from embedded.receiver import WebhookReceiver, ends
from embedded.workers import WorkerProcess, make_resources

ROOT = Path(__file__).resolve().parents[1]
NAME = "freeze"
SECONDS = 120

VOLATILE = re.compile(r'"processing_time": ?"[\d.]+s"|127\.0\.0\.1:\d+|\d{4}-\d\d-\d\d(?= )')


def main() -> int:
    """Write all files below the given folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.freeze", description=__doc__)
    parser.add_argument("into", type=Path, help="folder to write to")
    into = parser.parse_args().into.resolve()
    into.mkdir(parents=True, exist_ok=True)
    for environment in ("dev", "staging", "prod"):
        freeze_stack(environment, into)
    freeze_module(into)
    freeze_webhooks(into)
    return 0


def freeze_stack(environment: str, into: Path) -> None:
    """The `cdk.tf.json` of an environment."""
    with tempfile.TemporaryDirectory() as folder:
        _python("main.py", ENV=environment, CDKTF_OUTDIR=folder)
        (stack,) = Path(folder).rglob("cdk.tf.json")
        shutil.copy(stack, into / f"{environment}.tf.json")


def freeze_module(into: Path) -> None:
    """The exported module, in both languages."""
    _python("-m", "tools.module", "--output", str(into / "module"), ENV="prod")


def freeze_webhooks(into: Path) -> None:
    """Webhooks, ledger items and log lines of a worker, for jobs with each kind of end."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws(log=Path(folder) / "aws.log") as aws:
        receiver = WebhookReceiver(record=Path(folder) / "webhooks.jsonl", log=Path(folder) / "receiver.log")
        with receiver:
            environment = make_resources(aws, NAME, _clip(Path(folder)))
            environment["WEBHOOK_URL"] = receiver.url
            log = Path(folder) / "worker.log"
            with WorkerProcess(aws, environment, log) as worker:
                for message in messages():
                    aws.client("sqs").send_message(
                        QueueUrl=environment["SQS_QUEUE_URL"], MessageBody=json.dumps(message)
                    )
                    receiver.wait_for(ends(message["job_id"]), SECONDS)
                deadline = time.monotonic() + SECONDS  # the last item is written after its webhook
                while time.monotonic() < deadline and not any("PeakJobs" in line for line in worker.records()):
                    time.sleep(0.2)
                lines = {f"{line['message']} {sorted(line)}" for line in worker.records()}
            items = aws.client("dynamodb").scan(TableName=NAME)["Items"]
            bodies = [VOLATILE.sub("…", delivery.body) for delivery in receiver.requests()]
    (into / "webhooks.jsonl").write_text("\n".join(bodies) + "\n", encoding="utf-8")
    (into / "logs.txt").write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    shown = sorted(f"{item['job_id']['S']} {sorted((name, *value) for name, value in item.items())}" for item in items)
    (into / "ledger.txt").write_text(VOLATILE.sub("…", "\n".join(shown)) + "\n", encoding="utf-8")


def messages() -> list[dict[str, Any]]:
    """One job for each kind of end, in both dialects."""
    source = f"s3://{NAME}/clip.mp4"
    v1: dict[str, Any] = {"version": 1, "video_id": "été", "property_id": "21"}
    clips = [{"source": source, "duration": 1}]
    output = {"width": 270, "height": 480, "renditions": [{"name": "small", "width": 136, "height": 240}]}
    return [
        v1
        | {"job_id": "v1", "clips": clips, "webhook": {"started": True}, "metadata": {"name": "Hôtel"}}
        | {"output": output},
        v1 | {"job_id": "v1-missing", "clips": [{"source": f"s3://{NAME}/none.mp4"}]},
        v1 | {"job_id": "v1-invalid", "clips": "none"},
        {
            "job_id": "backend",
            "video_id": "16",
            "user_id": "3",
            "template_id": "4",
            "segments": [{"video_url": source, "duration": 1, "order": 0}],
            "text_overlays": [
                {
                    "content": "Été",
                    "start_time": 0,
                    "end_time": 1,
                    "position": {"x": 540, "y": 960},
                    "style": {"color": 7},
                }
            ],
        },
    ]


def _clip(folder: Path) -> Path:
    path = folder / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=270x480:rate=25:duration=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, str(path)], check=True)
    return path


def _python(*arguments: str, **environment: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, env=os.environ | environment)


if __name__ == "__main__":
    sys.exit(main())
