"""How fast the renderer is: against the bare FFmpeg graph that an expert would write by hand, and against three passes.

`python -m benchmarks.render [--rounds N] [--no-vmaf]` prints a table (Markdown). All ways make the same 15 s of
1080x1920 from the same five clips of real footage, with two texts; they take turns, and medians count. Wall time is of
the whole process, as a worker would pay for it: Python's start, painting and the thumbnail are in ours. VMAF compares
each with the same way encoded without loss, so that it judges the encoder and not the drawing of the letters.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded.footage import prepare
from worker.job import parse_message
from worker.text.typefaces import FONTS
from worker.video import ffmpeg, render

REPOSITORY = Path(__file__).parents[1]
FOOTAGE = REPOSITORY / ".build" / "footage" / "benchmark"

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
STANDARD = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-profile:v", "high", "-g", "60")
AAC = ("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2")


@dataclass(frozen=True)
class Run:
    """One measurement: seconds of wall time and of CPU, and what came out."""

    wall: float
    cpu: float
    output: Path


def fitted(index: int) -> str:
    size = "scale=1080:1920:force_original_aspect_ratio=decrease:force_divisible_by=2"
    return f"fps=30,{size},pad=1080:1920:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p[v{index}]"


def drawn() -> str:
    font = next(FONTS.rglob("Roboto_700Bold.ttf"))
    return ",".join(
        f"drawtext=fontfile={font}:text='{content}':fontsize=80:fontcolor=white:x=(w-tw)/2:y={y}-th/2:"
        f"shadowx=2:shadowy=2:enable='between(t,{start},{end})'"
        for content, y, start, end in TEXTS
    )


def ours(footage: Path, folder: Path) -> Path:
    """The whole command line."""
    media = folder / "root" / "media"
    media.parent.mkdir(exist_ok=True)
    if not media.exists():
        shutil.copytree(footage, media)
    job = {
        "version": 1,
        "job_id": "benchmark",
        "video_id": "benchmark",
        "clips": [{"source": f"s3://media/{name}", "duration": seconds} for name, seconds in CLIPS],
        "texts": [
            {"content": content, "start": start, "end": end, "position": {"x": 540, "y": y},
             "style": {"fontSize": 80, "fontWeight": 700, "textShadow": "2px 2px 0 #000"}}
            for content, y, start, end in TEXTS
        ],
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(job))
    target = folder / "ours.mp4"
    command = [sys.executable, "-m", "worker", "render", str(folder / "job.json"), "-o", str(target)]
    subprocess.run([*command, "--media-root", str(folder / "root")], check=True, stdout=subprocess.DEVNULL)
    return target


def bare(footage: Path, folder: Path, encoder: Sequence[str] = STANDARD, name: str = "bare.mp4") -> Path:
    """One graph, written by hand."""
    inputs = [argument for clip, seconds in CLIPS for argument in ("-t", str(seconds), "-i", str(footage / clip))]
    chains = [f"[{index}:v:0]{fitted(index)}" for index in range(len(CLIPS))]
    chains += [
        f"[{index}:a:0]aresample=48000,apad,atrim=0:{seconds}[a{index}]" for index, (_, seconds) in enumerate(CLIPS)
    ]
    pads = "".join(f"[v{index}][a{index}]" for index in range(len(CLIPS)))
    chains += [f"{pads}concat=n={len(CLIPS)}:v=1:a=1[j][a]", f"[j]{drawn()}[v]"]
    maps = ("-map", "[v]", "-map", "[a]", *encoder, *AAC, "-movflags", "+faststart")
    return _ffmpeg([*inputs, "-filter_complex", ";".join(chains), *maps], folder / name)


def ours_lossless(footage: Path, folder: Path) -> Path:
    """The renderer's own plan with another encoder."""
    ours(footage, folder)
    job = parse_message((folder / "job.json").read_text()).job
    media = {source: footage / source.rpartition("/")[2] for source, _ in job.sources}
    plan = render.prepare(job, media, folder).plan
    start = plan.output.index("-c:v")
    return _ffmpeg(
        [*plan.arguments(folder)[: -2 - len(plan.output)], *plan.output[:start], *LOSSLESS],
        folder / "ours-lossless.mp4",
    )


def three_passes(
    footage: Path,
    folder: Path,
    first: Sequence[str] = ("-preset", "fast", "-crf", "23"),
    last: Sequence[str] = ("-preset", "medium", "-crf", "23"),
    name: str = "three.mp4",
) -> Path:
    """As the old worker did: normalise each clip, concatenate, draw the texts."""
    parts = []
    for index, (clip, seconds) in enumerate(CLIPS):
        command = ["-t", str(seconds), "-i", str(footage / clip), "-filter_complex", f"[0:v:0]{fitted(index)}"]
        maps = ("-map", f"[v{index}]", "-map", "0:a:0", "-c:v", "libx264", *first, *AAC)
        parts.append(_ffmpeg([*command, *maps], folder / f"part-{index}.mp4"))
    listed = folder / "parts.txt"
    listed.write_text("".join(f"file '{part}'\n" for part in parts))
    joined = _ffmpeg(["-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy"], folder / "joined.mp4")
    texts = ("-vf", drawn(), "-c:v", "libx264", *last, "-c:a", "copy", "-movflags", "+faststart")
    return _ffmpeg(["-i", str(joined), *texts], folder / name)


def vmaf(made: Path, reference: Path) -> float:
    """Mean VMAF against a lossless video."""
    log = made.with_suffix(".vmaf.json")
    graph = f"[0:v][1:v]libvmaf=log_fmt=json:log_path={log}:n_threads=2:n_subsample=3"
    command = [ffmpeg.executable(), "-v", "error", "-i", str(made), "-i", str(reference), "-lavfi", graph]
    subprocess.run([*command, "-f", "null", "-"], check=True)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def measured(way: Callable[[Path, Path], Path], footage: Path, folder: Path) -> Run:
    """Run it once."""
    before, begin = os.times(), time.monotonic()
    output = way(footage, folder)
    wall, after = time.monotonic() - begin, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, output)


def _ffmpeg(arguments: Sequence[str], target: Path) -> Path:
    subprocess.run([ffmpeg.executable(), "-v", "error", "-nostdin", *arguments, "-y", str(target)], check=True)
    return target


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-vmaf", action="store_true")
    options = parser.parse_args()
    prepare(FOOTAGE)
    ways = {"ours": ours, "bare graph": bare, "three passes": three_passes}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        runs: dict[str, list[Run]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, function in ways.items():
                runs[way].append(measured(function, FOOTAGE, folder))
        references = {} if options.no_vmaf else _references(folder)
        print("| way | wall s | CPU s | vCPU-s a video-minute | MB | VMAF | against ours |")
        print("|---|---|---|---|---|---|---|")
        base = statistics.median(run.wall for run in runs["ours"])
        for way, made in runs.items():
            wall, cpu = statistics.median(run.wall for run in made), statistics.median(run.cpu for run in made)
            size = made[-1].output.stat().st_size / 1e6
            quality = f"{vmaf(made[-1].output, references[way]):.2f}" if references else ""
            figures = f"{wall:.1f} | {cpu:.1f} | {cpu / SECONDS * 60:.0f} | {size:.2f} | {quality} | {wall / base:.2f}x"
            print(f"| {way} | {figures} |")


def _references(folder: Path) -> dict[str, Path]:
    exact = ("-preset", "ultrafast", "-qp", "0")
    return {
        "ours": ours_lossless(FOOTAGE, folder),
        "bare graph": bare(FOOTAGE, folder, LOSSLESS, "bare-lossless.mp4"),
        "three passes": three_passes(FOOTAGE, folder, exact, exact, "three-lossless.mp4"),
    }


if __name__ == "__main__":
    main()
