"""The renderers that the benchmark compares: ours, the bare graph, the old worker's three passes, MoviePy.

All render the same 15 s of 1080x1920 from the same five clips of real footage, with two texts.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from worker.job import Job, MessageBody, Output, parse_message
from worker.probe.client import probe_process
from worker.probe.pending_probe import probe_files
from worker.text.fonts.catalog import FONTS
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan.encoders import CONTAINER, Encoding
from worker.video.plan.render_plan import OutputFile, RenderPlan
from worker.video.prepare import prepare, probe_job
from worker.video.render import render
from worker.video.text_overlays import painter_of

REPOSITORY = Path(__file__).parents[1]

CLIPS = (
    ("portrait.MOV", 3.0),
    ("landscape.mp4", 3.0),
    ("rotated.mp4", 3.0),
    ("base.mp4", 3.0),
    ("landscape.mp4", 3.0),
)
SECONDS = sum(seconds for _, seconds in CLIPS)
TEXTS = (("Bienvenue a l hotel", 400, 0.5, 6.0), ("Reservez maintenant", 1500, 8.0, 14.0))
LOSSLESS = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-c:a", "aac")
NO_THUMBNAIL = OutputFile("none", ("-map", "[thumbnail]", "-f", "null"))
STANDARD = Encoding.of(Output()).video_options()
"""Our encoder settings at quality `standard`."""
AAC = ("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2")


def fit_filter(index: int) -> str:
    size = "scale=1080:1920:force_original_aspect_ratio=decrease:force_divisible_by=2"
    return f"fps=30,{size},pad=1080:1920:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p[v{index}]"


def drawtext_filter() -> str:
    font = next(FONTS.rglob("Roboto_700Bold.ttf"))
    return ",".join(
        f"drawtext=fontfile={font}:text='{content}':fontsize=80:fontcolor=white:x=(w-tw)/2:y={y}-th/2:"
        f"shadowx=2:shadowy=2:enable='between(t,{start},{end})'"
        for content, y, start, end in TEXTS
    )


def job(**changes: Any) -> dict[str, Any]:
    """The job's message, with changed fields."""
    return {
        "version": 1,
        "job_id": "benchmark",
        "video_id": "benchmark",
        "clips": [{"source": f"s3://media/{name}", "duration": seconds} for name, seconds in CLIPS],
        "texts": [
            {"content": content, "start": start, "end": end, "position": {"x": 540, "y": y},
             "style": {"fontSize": 80, "fontWeight": 700, "textShadow": "2px 2px 0 #000"}}
            for content, y, start, end in TEXTS
        ],
        **changes,
    }  # fmt: skip


def ours(footage: Path, folder: Path) -> Path:
    """Render with our command line, the whole process."""
    media = folder / "root" / "media"
    media.parent.mkdir(exist_ok=True)
    if not media.exists():
        shutil.copytree(footage, media)
    (folder / "job.json").write_text(json.dumps(job()))
    target = folder / "ours.mp4"
    command = [sys.executable, "-m", "worker", "render", str(folder / "job.json"), "-o", str(target)]
    subprocess.run([*command, "--media-root", str(folder / "root")], check=True, stdout=subprocess.DEVNULL)
    return target


def ours_in_worker(footage: Path, folder: Path) -> Path:
    """Render as a worker does that runs already: our code is loaded, the probe and the painter start anew."""
    parsed: Job = parse_message(MessageBody(json.dumps(job()))).job
    media = {source: footage / source.rpartition("/")[2] for source, _ in parsed.sources}
    workdir = Path(tempfile.mkdtemp(dir=folder))
    return render(parsed, media, RenderContext(workdir)).path


def plan_job(footage: Path, folder: Path, **changes: Any) -> RenderPlan:
    """Our renderer's plan for the job, with changed fields."""
    parsed: Job = parse_message(MessageBody(json.dumps(job(**changes)))).job
    media = {source: footage / source.rpartition("/")[2] for source, _ in parsed.sources}
    folder.mkdir(exist_ok=True)
    with probe_process([footage]) as process, painter_of(parsed, folder) as painter:
        pending = probe_files(parsed, media, process)
        ready = prepare(probe_job(parsed, media, pending, painter, RenderContext(folder)))
        (plan,) = ready.plans(ready.split(), folder)
        return plan


def bare(footage: Path, folder: Path, encoder: Sequence[str] = STANDARD, name: str = "bare.mp4") -> Path:
    """One graph, written by hand."""
    inputs = [argument for clip, seconds in CLIPS for argument in ("-t", str(seconds), "-i", str(footage / clip))]
    chains = [f"[{index}:v:0]{fit_filter(index)}" for index in range(len(CLIPS))]
    chains += [
        f"[{index}:a:0]aresample=48000,apad,atrim=0:{seconds}[a{index}]" for index, (_, seconds) in enumerate(CLIPS)
    ]
    pads = "".join(f"[v{index}][a{index}]" for index in range(len(CLIPS)))
    chains += [f"{pads}concat=n={len(CLIPS)}:v=1:a=1[j][a]", f"[j]{drawtext_filter()}[v]"]
    maps = ("-map", "[v]", "-map", "[a]", *encoder, *AAC, "-movflags", "+faststart")
    return run_ffmpeg([*inputs, "-filter_complex", ";".join(chains), *maps], folder / name)


def ours_lossless(footage: Path, folder: Path) -> Path:
    """Our renderer's plan with a lossless encoder."""
    plan = plan_job(footage, folder / "lossless")
    target = plan.outputs[0]
    maps = target.options[: target.options.index("-c:v")]
    lossless = replace(plan, outputs=(OutputFile("ours-lossless.mp4", (*maps, *LOSSLESS, *CONTAINER)), NO_THUMBNAIL))
    return run_ffmpeg(lossless.arguments(folder), folder / "ours-lossless.mp4", is_named=True)


def three_passes(
    footage: Path,
    folder: Path,
    first: Sequence[str] = ("-preset", "fast", "-crf", "23"),
    last: Sequence[str] = ("-preset", "medium", "-crf", "23"),
    name: str = "three.mp4",
) -> Path:
    """The old worker's method: normalise each clip, concatenate, draw the texts."""
    parts = []
    for index, (clip, seconds) in enumerate(CLIPS):
        command = ["-t", str(seconds), "-i", str(footage / clip), "-filter_complex", f"[0:v:0]{fit_filter(index)}"]
        maps = ("-map", f"[v{index}]", "-map", "0:a:0", "-c:v", "libx264", *first, *AAC)
        parts.append(run_ffmpeg([*command, *maps], folder / f"part-{index}.mp4"))
    listed = folder / "parts.txt"
    listed.write_text("".join(f"file '{part}'\n" for part in parts))
    joined = run_ffmpeg(["-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy"], folder / "joined.mp4")
    texts = ("-vf", drawtext_filter(), "-c:v", "libx264", *last, "-c:a", "copy", "-movflags", "+faststart")
    return run_ffmpeg(["-i", str(joined), *texts], folder / name)


def moviepy(python: Path, footage: Path, folder: Path) -> Path:
    """MoviePy 2, in a separate environment, at the same preset and rate factor."""
    target = folder / "moviepy.mp4"
    font = next(FONTS.rglob("Roboto_700Bold.ttf"))
    parameters = {"footage": str(footage), "target": str(target), "font": str(font), "clips": CLIPS, "texts": TEXTS}
    script = REPOSITORY / "benchmarks" / "moviepy_job.py"
    subprocess.run(
        [python.absolute(), script, json.dumps(parameters)], check=True, stdout=subprocess.DEVNULL, cwd=folder
    )
    return target


def run_ffmpeg(arguments: Sequence[str], target: Path, *, is_named: bool = False) -> Path:
    """Run FFmpeg, which writes `target`; the arguments name it already if `is_named`."""
    last = () if is_named else ("-y", str(target))
    subprocess.run([ffmpeg.executable(), "-v", "error", "-nostdin", *arguments, *last], check=True)
    return target
