"""What a finished job says of itself: one line in the log, and the metrics of the dashboard."""

import logging

from worker.job import ParsedMessage
from worker.task import Task
from worker.telemetry import emit_metrics
from worker.video.video import Video

logger = logging.getLogger(__name__)


def report(parsed: ParsedMessage, video: Video, task: Task) -> None:
    """Say how a job went."""
    seconds = {name: round(value, 3) for name, value in task.clock.seconds.items()}
    render = task.clock.seconds.get("render", 0.0)
    logger.info(
        "Job complete.",
        extra={
            "stages": seconds,
            "rendering": {name: round(value, 3) for name, value in video.seconds.items()},
            "duration": round(video.duration, 3),
            "total": round(task.clock.total, 3),
            "waited": round(task.message.waited_seconds, 3),
            "warnings": len(parsed.warnings),
        },
    )
    emit_metrics(
        {
            "JobsCompleted": 1,
            "QueueWait": round(task.message.waited_seconds, 3),
            "JobSeconds": round(task.clock.total, 3),
            "RenderSpeed": round(video.duration / render, 3) if render else 0.0,
            **{f"{name.capitalize()}Seconds": value for name, value in seconds.items()},
        }
    )
