"""Predicts for how long a worker will have a job, before it is sent.

A job is a sum of parts: seconds of sources by kind, seconds of video by codec and quality, and what happens to them in
between. What a unit of each takes was measured by `make bench-prediction`, which fits the units to real jobs and writes
them to `speeds.json`, with the error of its predictions of other jobs.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from ops.cost.source_kind import STILL, Source

if TYPE_CHECKING:
    from worker.job import Job, Output

SPEEDS = Path(__file__).with_name("speeds.json")

_SECOND = 1080 * 1920 * 30
"""Pixels of a second of video of the usual size: other sizes and rates count by their pixels."""

_LADDER = (720, 480)
"""Shorter sides of the smaller files for adaptive streaming, in pixels."""


class Speeds(BaseModel):
    """What was measured.

    Params:
        measured: on which day, and on which machine.
        cpus: number of its processors.
        seconds: time of each part of a job, in seconds per unit.
        error_percent: median error of the predictions of other jobs, in per cent of what they took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured: str
    cpus: int = Field(gt=0)
    seconds: dict[str, float]
    error_percent: float = Field(ge=0)


def load(path: Path = SPEEDS) -> Speeds:
    """The measured speeds."""
    return Speeds.model_validate(json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Prediction:
    """What a job is predicted to take: seconds of a worker, and the seconds of its video."""

    worker_seconds: float
    video_seconds: float


def predict(job: "Job", sources: Mapping[str, Source], speeds: Speeds, vcpu: float) -> Prediction:
    """Predict a job on workers of `vcpu` virtual CPUs; `sources` by URL."""
    seconds = sum(units * speeds.seconds.get(part, 0.0) for part, units in parts_of(job, sources).items())
    return Prediction(seconds * speeds.cpus / vcpu, video_seconds(job, sources))


def video_seconds(job: "Job", sources: Mapping[str, Source]) -> float:
    """Length of the video, as far as the job and its sources say."""
    if job.base is not None:
        return sources[job.base.source].seconds
    overlaps = sum(clip.transition.duration for clip in job.clips[:-1] if clip.transition.type != "cut")
    shown = sum(_clip_seconds(clip.duration, clip.in_point, clip.speed, sources[clip.source]) for clip in job.clips)
    return max(shown - overlaps, 0.1)


def parts_of(job: "Job", sources: Mapping[str, Source]) -> dict[str, float]:
    """The parts of a job, and how many units of each it has."""
    output, length = job.output, video_seconds(job, sources)
    size = output.width * output.height * output.fps / _SECOND
    parts: dict[str, float] = defaultdict(float, {"job": 1.0})
    if job.base is not None:
        parts[f"source {sources[job.base.source].kind}"] += length
        parts["clip"] += 1
    for index, clip in enumerate(job.clips if job.base is None else ()):
        source = sources[clip.source]
        seconds = _clip_seconds(clip.duration, clip.in_point, clip.speed, source)
        parts["clip"] += 1
        parts[f"source {source.kind}"] += 1 if source.kind == STILL else seconds * clip.speed
        parts["blur"] += seconds * size * (clip.fit == "blur")
        parts["motion"] += seconds * size * (clip.motion != "none")
        parts["adjusted"] += seconds * size * (not clip.adjustments.is_neutral)
        if clip.transition.type != "cut" and index < len(job.clips) - 1:
            parts["transition"] += clip.transition.duration * size
    for interval in job.adjustments:
        parts["adjusted"] += max(min(interval.end, length) - interval.start, 0.0) * size
    for text in job.texts:
        is_moving = {text.animation.into, text.animation.out} != {"none"}
        parts["moving text" if is_moving else "text"] += 1
    if job.base is None or job.texts or job.is_adjusted:  # else the base video is copied
        _add_files(parts, output, length)
    return {part: units for part, units in parts.items() if units}


def _add_files(parts: dict[str, float], output: "Output", length: float) -> None:
    """Add the encoding of each file."""
    files: list[tuple[float, str, str]] = [(output.width * output.height, output.codec, output.quality)]
    files += [
        (each.width * each.height, each.codec or output.codec, each.quality or output.quality)
        for each in output.renditions
    ]
    shorter = min(output.width, output.height)
    if output.hls:
        files += [
            (output.width * output.height * (lines / shorter) ** 2, output.codec, output.quality)
            for lines in _LADDER
            if lines < shorter
        ]
    for pixels, codec, quality in files:
        parts[f"encode {codec} {quality}"] += length * pixels * output.fps / _SECOND


def _clip_seconds(duration: float | None, in_point: float, speed: float, source: Source) -> float:
    """How long a clip is in the video."""
    return duration if duration is not None else max(source.seconds - in_point, 0.1) / speed
