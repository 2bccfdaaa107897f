"""Renders 15 s of phone footage, two clips of it HLG: by our renderer, and by the bare FFmpeg graph of an expert."""

import json
import tempfile
from pathlib import Path

from benchmarks import renderers
from benchmarks.phone_clips import phone_clip
from worker.job import MessageBody, parse_message
from worker.video.context import RenderContext
from worker.video.render import render

CLIP_SECONDS = 3.0
CLIPS = ((10, False), (14, False), (20, True), (24, False), (30, True))
"""Seconds of each source, and whether it is HLG."""

_TONE_MAPPING = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


def sources(footage: Path) -> list[Path]:
    """The phone clips, made below `footage` where they aren't there."""
    return [phone_clip(footage, seconds, is_hlg=is_hlg) for seconds, is_hlg in CLIPS]


def ours(footage: Path, folder: Path) -> Path:
    """Render as a worker does that runs already."""
    paths = {f"s3://media/{path.name}": path for path in sources(footage)}
    clips = [
        {"source": source, "in": _in_point(seconds), "duration": CLIP_SECONDS}
        for source, (seconds, _) in zip(paths, CLIPS, strict=True)
    ]
    job = parse_message(MessageBody(json.dumps(renderers.job(clips=clips)))).job
    workdir = Path(tempfile.mkdtemp(dir=folder))
    return render(job, paths, RenderContext(workdir)).path


def bare(footage: Path, folder: Path) -> Path:
    """One graph, written by hand: scaled before it is tone-mapped, since that is cheaper."""
    inputs, chains = [], []
    for index, (path, (seconds, is_hlg)) in enumerate(zip(sources(footage), CLIPS, strict=True)):
        inputs += ["-ss", str(_in_point(seconds)), "-t", str(CLIP_SECONDS), "-i", str(path)]
        tones = f"{_TONE_MAPPING}," if is_hlg else ""
        size = "scale=1080:1920:force_original_aspect_ratio=decrease:force_divisible_by=2"
        fitted = f"{size},{tones}format=yuv420p,pad=1080:1920:(ow-iw)/2:(oh-ih)/2,setsar=1"
        sound = f"aresample=48000,apad,atrim=0:{CLIP_SECONDS}"
        chains += [f"[{index}:v:0]fps=30,{fitted}[v{index}]", f"[{index}:a:0]{sound}[a{index}]"]
    pads = "".join(f"[v{index}][a{index}]" for index in range(len(CLIPS)))
    chains += [f"{pads}concat=n={len(CLIPS)}:v=1:a=1[j][a]", f"[j]{renderers.drawtext_filter()}[v]"]
    maps = ("-map", "[v]", "-map", "[a]", *renderers.STANDARD, *renderers.AAC, "-movflags", "+faststart")
    return renderers.run_ffmpeg([*inputs, "-filter_complex", ";".join(chains), *maps], folder / "phone-bare.mp4")


def _in_point(seconds: int) -> float:
    return seconds * 0.4
