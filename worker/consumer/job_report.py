"""Reports a job: the log line and the metrics of a finished one, and the attributes of its span."""

import logging
import platform
from functools import cache
from pathlib import Path

from worker.aws.queue import Message
from worker.consumer.pipeline import PublishedVideo
from worker.consumer.task import Task
from worker.job import ParsedMessage
from worker.telemetry.metrics import emit_metrics
from worker.telemetry.spans import Attributes

logger = logging.getLogger(__name__)


def message_attributes(message: Message) -> Attributes:
    """Span attributes of a received message.
    https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/"""
    return {
        "messaging.message.id": message.message_id,
        "messaging.message.body.size": len(message.body.encode(errors="surrogatepass")),
        "hospup.message.receives": message.receives,
        "hospup.message.waited_seconds": round(message.waited_seconds, 3),
    }


def report(parsed: ParsedMessage, published: PublishedVideo, task: Task) -> None:
    """Report a finished job: one line in the log, its metrics, and its span."""
    seconds = {name: round(value, 3) for name, value in task.clock.seconds.items()}
    duration = published.video.measured.duration
    render = task.clock.seconds.get("render", 0.0)
    logger.info(
        "Job complete.",
        extra={
            "stages": seconds,
            "rendering": {name: round(value, 3) for name, value in published.video.seconds.items()},
            "duration": round(duration, 3),
            "total": round(task.clock.total, 3),
            "waited": round(task.message.waited_seconds, 3),
            "warnings": len(parsed.warnings),
        },
    )
    task.span.set_attributes(
        {
            "hospup.output.seconds": round(duration, 3),
            "hospup.output.bytes": published.bytes_published,
            "hospup.input.bytes": published.bytes_fetched,
            "hospup.cpu.seconds": round(published.cpu_seconds, 3),
            "hospup.job.warnings": len(parsed.warnings),
        }
    )
    task.span.set_outcome("complete")
    emit_metrics(
        {
            "JobsCompleted": 1,
            "JobsFailed": 0,
            "QueueWait": round(task.message.waited_seconds, 3),
            "JobSeconds": round(task.clock.total, 3),
            "ProbeSeconds": round(published.video.seconds.get("probe", 0.0), 3),
            "RenderSpeed": round(duration / render, 3) if render else 0.0,
            "CpuPerOutputSecond": round(published.cpu_seconds / duration, 3) if duration else 0.0,
            "BytesFetched": published.bytes_fetched,
            "BytesPublished": published.bytes_published,
            **{f"{name.capitalize()}Seconds": value for name, value in seconds.items()},
        },
        cpu_model=cpu_model(),
    )


@cache
def cpu_model() -> str:
    """The processor's model name: Fargate assigns different ones, and render times differ with them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
