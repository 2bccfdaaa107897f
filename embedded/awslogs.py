"""`python -m embedded.awslogs GROUP STREAM FILE`: what Fargate's awslogs driver does with a container's output.

It sends the lines of its standard input to CloudWatch Logs, and also appends them to a file. It ends with its input.
Then it stops the container's ECS task, if `--task ARN` names it: a task ends with its only container.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

import argparse
import queue
import sys
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SECONDS = 0.5
"""Time between two batches, in seconds."""
_EVENTS = 1_000
_NO_RETRIES = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
"""An embedded AWS that has ended takes nothing more."""

Line = tuple[float, str]


def main() -> None:
    """Ship standard input until its end."""
    parser = argparse.ArgumentParser(prog="python -m embedded.awslogs", description=__doc__)
    for name in ("group", "stream", "file"):
        parser.add_argument(name)
    parser.add_argument("--task")
    options = parser.parse_args()
    lines: queue.Queue[Line | None] = queue.Queue()
    shipper = threading.Thread(target=_ship, args=(lines, options.group, options.stream))
    shipper.start()
    with Path(options.file).open("ab") as file:
        for line in sys.stdin.buffer:
            file.write(line)
            file.flush()
            lines.put((time.time(), line.decode(errors="replace").rstrip("\n")))
    lines.put(None)
    shipper.join()
    if options.task:
        _stop_task(options.task)


def _stop_task(arn: str) -> None:
    try:
        boto3.client("ecs", config=_NO_RETRIES).stop_task(cluster=arn.split("/")[1], task=arn)
    except (BotoCoreError, ClientError) as error:
        print(f"embedded.awslogs: the task is not stopped: {error}", file=sys.stderr)


def _ship(lines: "queue.Queue[Line | None]", group: str, stream: str) -> None:
    """Send the lines in batches, until None."""
    logs = boto3.client("logs", config=_NO_RETRIES)
    is_over = False
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        while not is_over:
            time.sleep(SECONDS)
            batch: list[Line] = []
            while not lines.empty() and len(batch) < _EVENTS and not is_over:
                line = lines.get()
                is_over = line is None
                if line is not None and line[1]:
                    batch.append(line)
            if batch:
                logs.put_log_events(
                    logGroupName=group,
                    logStreamName=stream,
                    logEvents=[{"timestamp": int(moment * 1000), "message": text} for moment, text in batch],
                )
    except (BotoCoreError, ClientError) as error:
        print(f"embedded.awslogs: nothing more is shipped: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
