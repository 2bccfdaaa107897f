"""Measures what the parts of a job take, and how well `hospup-video submit --dry-run` predicts other jobs by them.

`python -m benchmarks.prediction [--few] [--write]` lets a real worker, of an embedded AWS, make two sets of jobs. The
units of `ops/cost/speeds.json` are fitted to the first set, whose sources' kinds are told. The jobs of the second set
are then predicted as the command does it, which guesses the kinds, and compared with what they took. `--write` writes
the file, and the page docs/design/prediction.md. `--few` makes some of the jobs alone, to see that all works.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.phone_clips import phone_clip
from embedded.aws import EmbeddedAws
from embedded.footage import prepare
from embedded.process import REPOSITORY
from embedded.receiver import WebhookReceiver, ends
from embedded.workers import WorkerProcess, make_resources
from ops.cost.prediction import SPEEDS, Speeds, parts_of, predict
from ops.cost.source_kind import Kind, Source, played_seconds, source_of
from worker.job import Job, MessageBody, parse_message
from worker.video import ffmpeg

NAME = "prediction"
PAGE = REPOSITORY / "docs" / "design" / "prediction.md"
FOOTAGE = REPOSITORY / ".build" / "footage" / "benchmark"
PHONE = REPOSITORY / ".build" / "footage" / "phone"
WAIT_SECONDS = 600.0
PHONE_SECONDS = 10
_STEPS = 20_000
"""Steps of the fit, at which it stands still."""

Message = Mapping[str, Any]


def clip(name: str, seconds: float, **more: Any) -> dict[str, Any]:
    """A clip of one of the files."""
    return {"source": f"s3://{NAME}/{name}", "duration": seconds, **more}


def text(content: str, **more: Any) -> dict[str, Any]:
    """A text over the whole video."""
    style = {"fontSize": 80, "fontWeight": 700, "textShadow": "2px 2px 0 #000"}
    return {"content": content, "position": {"x": 540, "y": 400}, "style": style, **more}


def crossfade(seconds: float = 0.5) -> dict[str, Any]:
    """A transition to the next clip."""
    return {"type": "crossfade", "duration": seconds}


STUDIO, BASE, PORTRAIT = "landscape.mp4", "base.mp4", "portrait.MOV"
HLG, SDR, STILL = f"hlg-{PHONE_SECONDS}.mov", f"sdr-{PHONE_SECONDS}.mov", "still.jpg"
SMALL = {"width": 270, "height": 480, "quality": "draft"}
MOVES = {"animation": {"in": "slide", "out": "fade"}}
BRIGHT = {"adjustments": {"brightness": 10, "saturation": 20}}

MEASURED: dict[str, Message] = {
    "small": {"clips": [clip(STUDIO, 1)], "output": SMALL},
    "six clips": {"clips": [clip(STUDIO, 0.5)] * 6, "output": SMALL},
    **{
        f"{codec} {quality}": {"clips": [clip(BASE, 4)], "output": {"codec": codec, "quality": quality}}
        for codec in ("h264", "h265", "av1")
        for quality in ("draft", "standard", "high")
    },
    "720p": {"clips": [clip(BASE, 4)], "output": {"width": 720, "height": 1280}},
    "60 fps": {"clips": [clip(BASE, 4)], "output": {"fps": 60}},
    "three clips": {"clips": [clip(STUDIO, 4)] * 3},
    "HLG": {"clips": [clip(HLG, 4)], "output": {"quality": "draft"}},
    "HLG, two": {"clips": [clip(HLG, 3, **{"in": 1.0}), clip(HLG, 3, **{"in": 5.0})]},
    "4K": {"clips": [clip(SDR, 4)], "output": {"quality": "draft"}},
    "4K, two": {"clips": [clip(SDR, 3, **{"in": 1.0}), clip(SDR, 3, **{"in": 5.0})]},
    "still": {"clips": [clip(STILL, 4)]},
    "stills": {"clips": [clip(STILL, 1.5)] * 4},
    "blur": {"clips": [clip(STUDIO, 4, fit="blur"), clip(STUDIO, 4, fit="blur")]},
    "motion": {"clips": [clip(STILL, 4, motion="zoom-in")]},
    "adjusted": {"clips": [clip(STUDIO, 4, **BRIGHT), clip(STUDIO, 4, **BRIGHT)]},
    "transitions": {"clips": [clip(STUDIO, 3, transition=crossfade(1))] * 4},
    "texts": {"clips": [clip(BASE, 4)], "texts": [text(f"Bienvenue {number}") for number in range(6)]},
    "moving texts": {"clips": [clip(BASE, 4)], "texts": [text(f"Bienvenue {number}", **MOVES) for number in range(4)]},
}
"""The jobs to which the units are fitted."""

PREDICTED: dict[str, Message] = {
    "15 s of five studio clips, two texts": {
        "clips": [clip(PORTRAIT, 3), clip(STUDIO, 3), clip("rotated.mp4", 3), clip(BASE, 3), clip(STUDIO, 3)],
        "texts": [text("Bienvenue", end=6), text("Réservez", start=8)],
    },
    "9 s of three phone clips, HLG": {"clips": [clip(HLG, 3, **{"in": start}) for start in (0.0, 2.0, 6.0)]},
    "6 s of two phone clips, SDR": {"clips": [clip(SDR, 3, **{"in": start}) for start in (0.0, 5.0)]},
    "phone and studio mixed, crossfades": {
        "clips": [
            clip(HLG, 3, transition=crossfade()),
            clip(STUDIO, 3, transition=crossfade()),
            clip(PORTRAIT, 3, transition=crossfade()),
            clip(SDR, 2),
        ],
        "texts": [text("Été", **MOVES)],
    },
    "a base video with three texts": {
        "base": {"source": f"s3://{NAME}/{BASE}"},
        "texts": [text("Un", end=2), text("Deux", start=2, end=4), text("Trois", **MOVES)],
    },
    "a slide show": {"clips": [clip(STILL, 2.5, motion="pan-left", transition=crossfade()) for _ in range(4)]},
    "H.265, high": {"clips": [clip(STUDIO, 3), clip(BASE, 4)], "output": {"codec": "h265", "quality": "high"}},
    "AV1, draft": {"clips": [clip(STUDIO, 4), clip(PORTRAIT, 4)], "output": {"codec": "av1", "quality": "draft"}},
    "a rendition": {
        "clips": [clip(BASE, 5), clip(STUDIO, 3)],
        "output": {"renditions": [{"name": "square", "width": 1080, "height": 1080}]},
    },
    "adaptive streaming": {"clips": [clip(BASE, 5), clip(STUDIO, 3)], "output": {"hls": True}},
    "landscape at 50 fps": {
        "clips": [clip(STUDIO, 4), clip(STUDIO, 4)],
        "output": {"width": 1920, "height": 1080, "fps": 50},
    },
    "blurred and adjusted": {"clips": [clip(STUDIO, 4, fit="blur", **BRIGHT), clip(PORTRAIT, 4, **BRIGHT)]},
    "a draft": {"clips": [clip(STUDIO, 4)] * 3, "output": {"width": 540, "height": 960, "quality": "draft"}},
}
"""The jobs that are predicted; none of them is among the measured ones."""

FEW = ("small", "six clips", "h264 standard", "three clips", "texts")
"""What `--few` measures."""


@dataclass(frozen=True)
class Compared:
    """A job, as predicted and as measured, in seconds of a worker."""

    name: str
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """In per cent of what was measured; above 0 where too much was predicted."""
        return 100 * (self.predicted / self.measured - 1)


def main() -> None:
    """Measure, fit, predict, and print or write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", action="store_true", help="some jobs alone")
    parser.add_argument("--write", action="store_true", help="into ops/cost/speeds.json and docs/design/prediction.md")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    measured = {name: job for name, job in MEASURED.items() if not options.few or name in FEW}
    predicted = dict(list(PREDICTED.items())[: 1 if options.few else None])
    with Site(_names(measured | predicted)) as site:
        taken = {name: site.make(message) for name, message in (measured | predicted).items()}
        jobs = {name: job_of(name, message) for name, message in (measured | predicted).items()}
        rows = [(parts_of(jobs[name], site.sources(jobs[name], told=True)), taken[name]) for name in measured]
        speeds = Speeds(measured=_machine(load), cpus=os.cpu_count() or 1, seconds=fit(rows), error_percent=0)
        compared = [
            Compared(
                name, predict(jobs[name], site.sources(jobs[name]), speeds, speeds.cpus).worker_seconds, taken[name]
            )
            for name in predicted
        ]
        fitted = [
            Compared(name, sum(units * speeds.seconds[part] for part, units in parts.items()), seconds)
            for name, (parts, seconds) in zip(measured, rows, strict=True)
        ]
    error = round(statistics.median(abs(each.error) for each in compared), 1)
    speeds = speeds.model_copy(update={"error_percent": error})
    written = page(speeds, fitted, compared)
    if options.write:
        SPEEDS.write_text(json.dumps(speeds.model_dump(), indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(written, encoding="utf-8")
    print(written)


def job_of(name: str, message: Message) -> Job:
    """The job of a message."""
    ids = {"version": 1, "job_id": name.replace(" ", "-"), "video_id": "v"}
    return parse_message(MessageBody(json.dumps({**ids, **message}))).job


def fit(rows: Sequence[tuple[Mapping[str, float], float]]) -> dict[str, float]:
    """Seconds per unit of each part, none below 0, by which the sums come nearest to what was measured, relative to it.

    The least squares are found part by part, again and again (coordinate descent), which converges, since the error is
    convex.
    """
    weighted = [({part: units / seconds for part, units in parts.items()}, seconds) for parts, seconds in rows]
    found = dict.fromkeys(sorted({part for parts, _ in rows for part in parts}), 0.0)
    rests = [1.0] * len(weighted)
    for _ in range(_STEPS):
        for part in found:
            column = [parts.get(part, 0.0) for parts, _ in weighted]
            square = sum(value * value for value in column)
            change = max(sum(v * rest for v, rest in zip(column, rests, strict=True)) / square, -found[part])
            found[part] += change
            rests = [rest - value * change for rest, value in zip(rests, column, strict=True)]
    return {part: round(seconds, 4) for part, seconds in found.items()}


def page(speeds: Speeds, fitted: Sequence[Compared], compared: Sequence[Compared]) -> str:
    """The figures as Markdown."""
    within = sum(abs(each.error) <= 20 for each in compared)
    lines = [
        "# Prediction",
        "",
        f"Written by `make bench-prediction`, measured on {speeds.measured}.",
        "How long a worker has a job, from claim to end: predicted by `hospup-video submit --dry-run`, and measured.",
        "",
        f"The median error is {speeds.error_percent:g} %; {within} of {len(compared)} jobs are within 20 %.",
        "",
        "| predicted job | predicted s | measured s | error % |",
        "|---|---|---|---|",
        *(_row(each) for each in compared),
        "",
        "The kinds of sources are guessed from names and sizes: every phone's recording is taken for HLG.",
        "",
        "## What a unit of each part takes",
        "",
        "A unit is a second of a source or of 1080x1920 at 30 fps, a clip, a still, a text. Fitted to the jobs below.",
        "",
        "| part | seconds per unit |",
        "|---|---|",
        *(f"| {part} | {seconds:.3f} |" for part, seconds in speeds.seconds.items()),
        "",
        "| measured job | fitted s | measured s | error % |",
        "|---|---|---|---|",
        *(_row(each) for each in fitted),
        "",
    ]
    return "\n".join(lines)


def _row(each: Compared) -> str:
    return f"| {each.name} | {each.predicted:.1f} | {each.measured:.1f} | {each.error:+.0f} |"


def _machine(load: float) -> str:
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} CPUs ({platform.machine()}), "
        f"load {load:.1f} before the first job"
    )


class Site:
    """A context manager: an embedded AWS with the sources of these names, and a worker that makes one job after the
    other."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def __enter__(self) -> "Site":
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="prediction-")))
        self._files = {name: _footage(name, folder) for name in sorted({STUDIO, *self._names})}
        self._aws = self._stack.enter_context(EmbeddedAws(log=folder / "aws.log"))
        self._environment = make_resources(self._aws, NAME, self._files[STUDIO])
        for name, path in self._files.items():
            self._aws.client("s3").upload_file(str(path), NAME, name)
        self._receiver = self._stack.enter_context(
            WebhookReceiver(record=folder / "webhooks", log=folder / "receiver.log")
        )
        environment = {**self._environment, "WEBHOOK_URL": self._receiver.url}
        self._stack.enter_context(WorkerProcess(self._aws, environment, folder / "worker.log"))
        self._count = 0
        self.make(MEASURED["small"])  # the first job loads code, and is not measured
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def make(self, message: Message) -> float:
        """Have a job made. Returns the seconds for which the worker had it, as the ledger says."""
        self._count += 1
        job_id = f"job-{self._count}"
        body = json.dumps({"version": 1, **message, "job_id": job_id, "video_id": job_id})
        self._aws.client("sqs").send_message(QueueUrl=self._environment["SQS_QUEUE_URL"], MessageBody=body)
        end = self._receiver.wait_for(ends(job_id), WAIT_SECONDS).json()
        if end["status"] != "COMPLETE":
            raise SystemExit(f"{message}: {end}")
        item = self._aws.client("dynamodb").get_item(TableName=NAME, Key={"job_id": {"S": job_id}})["Item"]
        return float(item["ended_at"]["N"]) - float(item["claimed_at"]["N"])

    def sources(self, job: Job, *, told: bool = False) -> dict[str, Source]:
        """The sources of a job as the command guesses them, or with their kinds told."""
        return {
            url: source_of(
                url,
                self._files[url.rpartition("/")[2]].stat().st_size,
                played_seconds(job, url),
                _KINDS.get(url.rpartition("/")[2]) if told else None,
            )
            for url, _ in job.pictures
        }


_KINDS = {HLG: Kind.HLG_4K, SDR: Kind.HEVC_4K}


def _names(jobs: Mapping[str, Message]) -> set[str]:
    """The names of the sources of jobs."""
    return {url.rpartition("/")[2] for name, message in jobs.items() for url, _ in job_of(name, message).pictures}


def _footage(name: str, folder: Path) -> Path:
    """A source by its name."""
    if name in _KINDS:
        return phone_clip(PHONE, PHONE_SECONDS, is_hlg=name == HLG)
    if name != STILL:
        return prepare(FOOTAGE)[name]
    still = folder / STILL
    picture = ("-f", "lavfi", "-i", "testsrc2=size=3024x4032:rate=1:duration=1,noise=alls=20")
    command = [ffmpeg.executable(), "-nostdin", "-v", "error", *picture, "-frames:v", "1", "-q:v", "2", str(still)]
    subprocess.run(command, check=True)
    return still


if __name__ == "__main__":
    main()
