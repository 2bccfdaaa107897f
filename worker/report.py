"""What a finished job says of itself: one line in the log, the metrics of the dashboard, and its span."""

import logging
import platform
from functools import cache
from pathlib import Path

from worker.job import ParsedMessage
from worker.pipeline import Made
from worker.task import Task
from worker.telemetry import emit_metrics

logger = logging.getLogger(__name__)


def report(parsed: ParsedMessage, made: Made, task: Task) -> None:
    """Say how a job went."""
    seconds = {name: round(value, 3) for name, value in task.clock.seconds.items()}
    duration = made.video.duration
    render = task.clock.seconds.get("render", 0.0)
    logger.info(
        "Job complete.",
        extra={
            "stages": seconds,
            "rendering": {name: round(value, 3) for name, value in made.video.seconds.items()},
            "duration": round(duration, 3),
            "total": round(task.clock.total, 3),
            "waited": round(task.message.waited_seconds, 3),
            "warnings": len(parsed.warnings),
        },
    )
    task.span.note(
        {
            "hospup.output.seconds": round(duration, 3),
            "hospup.output.bytes": made.bytes_published,
            "hospup.input.bytes": made.bytes_fetched,
            "hospup.cpu.seconds": round(made.cpu_seconds, 3),
            "hospup.job.warnings": len(parsed.warnings),
        }
    )
    task.span.end_as("complete")
    emit_metrics(
        {
            "JobsCompleted": 1,
            "QueueWait": round(task.message.waited_seconds, 3),
            "JobSeconds": round(task.clock.total, 3),
            "ProbeSeconds": round(made.video.seconds.get("probe", 0.0), 3),
            "RenderSpeed": round(duration / render, 3) if render else 0.0,
            "CpuPerOutputSecond": round(made.cpu_seconds / duration, 3) if duration else 0.0,
            "BytesFetched": made.bytes_fetched,
            "BytesPublished": made.bytes_published,
            **{f"{name.capitalize()}Seconds": value for name, value in seconds.items()},
        },
        cpu_model=cpu_model(),
    )


@cache
def cpu_model() -> str:
    """What the processor calls itself: Fargate gives different ones, and renders differ with them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
