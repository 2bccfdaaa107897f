"""Renders 15 s of phone footage, two clips of it HLG: by our renderer, and by the bare FFmpeg graph of an expert.

The clips are those of job b of the time to video (time_to_video.py).
"""

import json
import tempfile
from pathlib import Path

from benchmarks import renderers
from benchmarks.phone_clips import phone_clip
from benchmarks.time_to_video import HLG, JOBS, PHONE_SECONDS
from worker.job import MessageBody, parse_message
from worker.video.context import RenderContext
from worker.video.render import render

CLIPS = JOBS["b"][1]["clips"]

_TONE_MAPPING = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


def sources(footage: Path) -> dict[str, Path]:
    """The phone clips by their URL in the job, made below `footage` where they aren't there."""
    paths = [phone_clip(footage, seconds, is_hlg=seconds in HLG) for seconds in PHONE_SECONDS]
    return {clip["source"]: path for clip, path in zip(CLIPS, paths, strict=True)}


def ours(footage: Path, folder: Path) -> Path:
    """Render as a worker does that runs already."""
    job = parse_message(MessageBody(json.dumps(renderers.job(clips=CLIPS)))).job
    return render(job, sources(footage), RenderContext(Path(tempfile.mkdtemp(dir=folder)))).path


def bare(footage: Path, folder: Path) -> Path:
    """One graph, written by hand: scaled before it is tone-mapped, since that is cheaper."""
    inputs, chains, paths = [], [], sources(footage)
    for index, clip in enumerate(CLIPS):
        path, seconds = paths[clip["source"]], str(clip["duration"])
        inputs += ["-ss", str(clip["in"]), "-t", seconds, "-i", str(path)]
        tones = f"{_TONE_MAPPING}," if path.name.startswith("hlg") else ""
        size = "scale=1080:1920:force_original_aspect_ratio=decrease:force_divisible_by=2"
        fitted = f"{size},{tones}format=yuv420p,pad=1080:1920:(ow-iw)/2:(oh-ih)/2,setsar=1"
        sound = f"aresample=48000,apad,atrim=0:{seconds}"
        chains += [f"[{index}:v:0]fps=30,{fitted}[v{index}]", f"[{index}:a:0]{sound}[a{index}]"]
    pads = "".join(f"[v{index}][a{index}]" for index in range(len(CLIPS)))
    chains += [f"{pads}concat=n={len(CLIPS)}:v=1:a=1[j][a]", f"[j]{renderers.drawtext_filter()}[v]"]
    maps = ("-map", "[v]", "-map", "[a]", *renderers.STANDARD, *renderers.AAC, "-movflags", "+faststart")
    return renderers.run_ffmpeg([*inputs, "-filter_complex", ";".join(chains), *maps], folder / "phone-bare.mp4")
