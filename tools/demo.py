"""`make demo`: deploys the stack into the embedded AWS and renders two videos.

Only AWS is emulated: cdktf, Terraform and the AWS provider deploy the `dev` environment into the embedded AWS; workers
run as processes with the variables of the task definition; jobs are sent by SQS in the backend's dialect, videos are
written to S3, results are signed webhooks.
"""

import argparse
import base64
import json
import os
import re
import secrets
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment, DeploymentError
from embedded.footage import FootageError, prepare
from embedded.process import REPOSITORY, StartError
from embedded.receiver import Delivery, WebhookReceiver, ends
from embedded.workers import WorkerProcess, container_environment, run_task
from tools import running
from tools.inspect_video import Inspection, contact_sheet, inspect

DEMO = REPOSITORY / "demo"
EXAMPLES = REPOSITORY / "examples"
WORKERS = 2
TAG = "demo"
"""The image's tag: the demo builds none, since its workers run without containers."""
JOB_TIMEOUT_SECONDS = 300

JOBS = ("backend-clips", "backend-base-video")
"""The example jobs that are sent."""
SOURCES = {
    "videos/21/16/jardin été.MOV": "portrait.MOV",
    "videos/21/16/terrasse.mp4": "garden.mp4",
    "videos/21/16/allée.mp4": "rotated.mp4",
    "generated-videos/7/4e9d1c7b-0f3a-4b62-a8d5-91c6e2f7b302.mp4": "base.mp4",
}
"""Object keys in the example jobs, and the footage that is uploaded under each."""

console = Console(highlight=False)


@dataclass(frozen=True)
class Outcome:
    """The result of one job."""

    name: str
    webhook: Delivery
    worker: Mapping[str, Any]
    """The worker's last log line about the job."""
    video: Path
    inspection: Inspection


def main() -> int:
    """Run the demo. Returns the exit code: 0 if both videos were rendered and verified and their webhooks received."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the embedded AWS and the workers running")
    parser.add_argument("--stop", action="store_true", help="end what --keep left running")
    options = parser.parse_args()
    if options.stop or running.any_left(DEMO):
        running.stop(DEMO, console)
        if options.stop:
            return 0
    try:
        with ExitStack() as stack:
            run(stack, keep=options.keep)
    except (DeploymentError, StartError, FootageError, DemoError) as error:
        console.print(f"[red bold]The demo failed.[/] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped; nothing is left running.")
        return 130
    return 0


class DemoError(RuntimeError):
    """A job has a wrong result; the message says which job and what is wrong."""


def run(stack: ExitStack, *, keep: bool) -> None:
    """Run the demo. `stack` stops all processes at the end, unless `keep` is set."""
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / "jobs").mkdir(parents=True)
    began = time.monotonic()

    step("Embedded AWS and webhook receiver")
    aws = stack.enter_context(EmbeddedAws(log=DEMO / "aws.log", detach=keep))
    receiver = stack.enter_context(
        WebhookReceiver(record=DEMO / "webhooks.jsonl", log=DEMO / "receiver.log", detach=keep)
    )
    done(f"{aws.endpoint}, {receiver.url}")

    step("cdktf deploy of the dev environment: Terraform and the real AWS provider")
    workdir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hospup-demo-")))
    deployment = Deployment(aws, DEMO / "deployment" if keep else workdir, variables={"worker_image_tag": TAG})
    deployment.create_state_bucket()
    applied: list[str] = []
    outputs = deployment.deploy(lambda line: show_progress(line, applied))
    done(f"{len(applied)} resources applied, state in s3://{deployment.state_bucket} (workspace dev)")

    step("Webhook secret, footage, and an image's name in the registry")
    put_image(aws, outputs["ecr_repository_uri"])
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    aws.client("secretsmanager").put_secret_value(SecretId=outputs["webhook_secret_arn"], SecretString=secret)
    footage = prepare(REPOSITORY / ".build" / "footage" / "clips")
    s3 = aws.client("s3")
    for key, name in SOURCES.items():
        s3.upload_file(str(footage[name]), outputs["media_bucket"], key)
    done(f"{len(SOURCES)} clips in s3://{outputs['media_bucket']}: upright, rotated by metadata, assembled")

    step(f"{WORKERS} workers, configured from the task definition")
    environment = container_environment(aws, outputs["task_definition_arn"])
    workers = [
        WorkerProcess(
            aws,
            environment,
            DEMO / f"worker-{number}.log",
            fresh_log=True,
            log_group=outputs["log_group_name"],
            task=run_task(aws, outputs["cluster_name"], outputs["service_name"]),
        )
        for number in range(1, WORKERS + 1)
    ]
    for worker in workers:
        stack.callback(worker.stop)
    for worker in workers:
        wait_until_ready(worker)
    done(", ".join(f"process {worker.pid}" for worker in workers) + ": warm, polling")

    step("Two jobs in the backend's dialect, by SQS")
    sqs = aws.client("sqs")
    jobs = {name: example(name, outputs["media_bucket"], receiver.url) for name in JOBS}
    for job in jobs.values():
        sqs.send_message(QueueUrl=outputs["queue_url"], MessageBody=json.dumps(job, ensure_ascii=False))
    outcomes = [collect(name, job, aws, receiver, workers) for name, job in jobs.items()]
    for outcome in outcomes:
        verify(outcome, secret)
    sheet = contact_sheet([outcome.video for outcome in outcomes], DEMO / "contact-sheet.jpg")
    done("both videos rendered and verified, both webhooks received")
    summarise(outcomes, applied, sheet, time.monotonic() - began)
    if keep:
        stack.pop_all()  # keeps the processes running
        running.remember(DEMO, [aws.pid, receiver.pid, *(worker.pid for worker in workers)])
        explain_keep(aws, outputs, receiver)


def put_image(aws: EmbeddedAws, repository: str) -> None:
    """Put an empty image into the registry, as if it had been pushed: `image list` and `doctor` look for it."""
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": "sha256:0", "size": 1}, "layers": []}
    aws.client("ecr").put_image(
        repositoryName=repository.partition("/")[2], imageManifest=json.dumps(manifest), imageTag=TAG
    )


def wait_until_ready(worker: WorkerProcess) -> None:
    """Wait until a worker polls the queue. Raises DemoError if it doesn't."""
    deadline = time.monotonic() + 30
    while not any(record["message"] == "Worker started." for record in worker.records()):
        if not worker.running or time.monotonic() > deadline:
            raise DemoError(f"a worker did not start; see demo/{worker.log.name}.")
        time.sleep(0.05)


def example(name: str, bucket: str, webhook_url: str) -> dict[str, Any]:
    """One of the example jobs with this deployment's bucket and receiver; it is also written to demo/jobs."""
    text = (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")
    job: dict[str, Any] = json.loads(text.replace("hospup-files/", f"{bucket}/")) | {"webhook_url": webhook_url}
    (DEMO / "jobs" / f"{name}.json").write_text(json.dumps(job, indent=2, ensure_ascii=False), encoding="utf-8")
    return job


def collect(
    name: str, job: Mapping[str, Any], aws: EmbeddedAws, receiver: WebhookReceiver, workers: list[WorkerProcess]
) -> Outcome:
    """Wait for a job's final webhook, and download its video."""
    try:
        delivery = receiver.wait_for(ends(job["job_id"]), JOB_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise DemoError(f"{name}: no webhook after {JOB_TIMEOUT_SECONDS} s; see demo/worker-*.log.") from error
    body = delivery.json()
    if body["status"] != "COMPLETE":
        raise DemoError(f"{name}: {body['error']} ({body['error_code']}).")
    video = DEMO / f"{name}.mp4"
    for url, path in ((body["file_url"], video), (body["thumbnail_url"], video.with_suffix(".jpg"))):
        bucket, _, key = unquote(urlsplit(url).path).lstrip("/").partition("/")
        aws.client("s3").download_file(bucket, key, str(path))
    return Outcome(name, delivery, closing_line(job["job_id"], workers), video, inspect(video))


def closing_line(job_id: str, workers: list[WorkerProcess]) -> Mapping[str, Any]:
    """The worker's log line about a finished job."""
    for worker in workers:
        for record in worker.records():
            if record.get("job_id") == job_id and record["message"] == "Job complete.":
                return record
    raise DemoError(f"no worker logged the end of job {job_id}")


def verify(outcome: Outcome, secret: str) -> None:
    """Raise DemoError unless the video matches the job and the webhook's signature is valid."""
    from standardwebhooks import Webhook, WebhookVerificationError  # noqa: PLC0415  used only here

    seen, event = outcome.inspection, outcome.webhook.json()
    if (seen.width, seen.height, seen.fps) != (1080, 1920, 30) or not seen.has_sound:
        raise DemoError(f"{outcome.name}: the video is {seen}.")
    if abs(seen.duration - event["duration"]) > 1 / seen.fps:
        raise DemoError(f"{outcome.name}: the webhook says {event['duration']} s, the file {seen.duration} s.")
    try:
        Webhook(secret).verify(outcome.webhook.body.encode(), outcome.webhook.headers)
    except WebhookVerificationError as error:
        raise DemoError(f"{outcome.name}: the webhook's signature is wrong.") from error


def summarise(outcomes: list[Outcome], applied: list[str], sheet: Path, seconds: float) -> None:
    """Print a table of the jobs, a webhook, and where the videos are."""
    table = Table(title="Two jobs at once, from SQS to webhook (seconds)", title_justify="left")
    stages = ("waited", "claim", "fetch", "render", "publish", "total")
    table.add_column("job")
    for column in (*stages, "speed"):
        table.add_column(column, justify="right")
    for outcome in outcomes:
        seconds_of = {**outcome.worker, **outcome.worker["stages"]}
        speed = f"{outcome.inspection.duration / seconds_of['render']:.1f}x"
        table.add_row(outcome.name, *(f"{seconds_of[stage]:.2f}" for stage in stages), speed)
    console.print()
    console.print(table)
    console.print("waited: from SQS to a worker; speed: seconds of video made in a second, while")
    console.print(f"{len(outcomes)} workers share {os.cpu_count()} cores.")
    payload = json.dumps(outcomes[-1].webhook.json(), indent=2, ensure_ascii=False)
    console.print(Panel(Syntax(payload, "json", word_wrap=True), title="A webhook, its signature verified"))
    here = DEMO.relative_to(REPOSITORY)
    console.print(f"{len(applied)} resources applied and 2 videos delivered in {seconds:.0f} s. Look at them:")
    for outcome in outcomes:
        seen = outcome.inspection
        console.print(
            f"  {here}/{outcome.video.name}, thumbnail {here}/{outcome.video.with_suffix('.jpg').name}\n"
            f"    {seen.width}x{seen.height}, {seen.fps:g} fps, {seen.duration:.2f} s, {seen.megabytes:.1f} MB, sound"
        )
    console.print(f"  {here}/{sheet.name} (both videos at a glance), {here}/worker-*.log, {here}/webhooks.jsonl")
    console.print(
        "\nWhat next: [bold]make test[/]; render a job of your own with [bold].venv/bin/python -m worker render "
        "JOB.json -o OUT.mp4 --media-root DIR[/]; deploy for real: README.md."
    )


def explain_keep(aws: EmbeddedAws, outputs: Mapping[str, Any], receiver: WebhookReceiver) -> None:
    """Print how to send more jobs to the environment that keeps running."""
    variables = aws.environment({}) | {
        "SQS_QUEUE_URL": outputs["queue_url"],
        "PARTS_QUEUE_URL": outputs["parts_queue_url"],
        "JOBS_TABLE": outputs["jobs_table"],
        "MEDIA_BUCKET": outputs["media_bucket"],
        "WEBHOOK_URL": receiver.url,
    }
    lines = [f"export {name}={shlex.quote(str(value))}" for name, value in variables.items()]
    (DEMO / "environment.sh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    console.print(
        Panel(
            "source demo/environment.sh\n"
            ".venv/bin/hospup-video submit demo/jobs/backend-clips.json --new-ids --wait\n"
            ".venv/bin/hospup-video doctor --after-deploy\n"
            ".venv/bin/hospup-video jobs        # queue, workers, logs, image list: docs/reference/commands.md\n"
            "tail -f demo/webhooks.jsonl demo/worker-*.log\n"
            "make demo-stop",
            title="Still running: send more jobs, watch, and end it",
        )
    )


def step(title: str) -> None:
    """Print the start of a step."""
    console.print(f"[bold cyan]>[/] {title} ...")


def done(result: str) -> None:
    """Print the end of a step."""
    console.print(f"  [green]done[/]: {escape(result)}")


def show_progress(line: str, applied: list[str]) -> None:
    """Print and count the resources that Terraform creates."""
    match = re.search(r"(aws_[\w.\[\]\"-]+|terraform_data[\w.]+)[^:]*: Creation complete after (\S+)", line)
    if match:
        applied.append(match[1])
        console.print(f"  {len(applied):3} {escape(match[1])} ({match[2]})", style="dim")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
