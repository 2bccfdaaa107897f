"""Profiles a render: CPU seconds of decoding, filtering, encoding, of texts and adjustments.

Each is the difference between two runs of the renderer's own plan: decoders alone, decoders and filters, all three.
Only FFmpeg's processes are measured.
"""

import functools
import os
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import renderers
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan.render_plan import OutputFile, RenderPlan

FRAMES = round(renderers.SECONDS * 30)

CHEAP = {"brightness": 10, "contrast": 10, "saturation": 20}
HUE = {"hue": 30}
CLIPPING = {"brightness": 60, "contrast": 80}


def stages(footage: Path, folder: Path, rounds: int) -> dict[str, float]:
    """CPU seconds of FFmpeg's part in the benchmark's job, by stage."""
    plan = renderers.plan_job(footage, folder / "stages")
    decode = _median(lambda: _decoded(plan, folder), rounds)
    filtered = _median(lambda: _filtered(plan, folder), rounds)
    whole = _median(lambda: cpu_seconds(plan.arguments(folder), folder), rounds)
    return {"decode": decode, "filter": filtered - decode, "encode and mux": whole - filtered, "FFmpeg": whole}


def surcharges(footage: Path, folder: Path, rounds: int) -> dict[str, float]:
    """CPU seconds per 240 frames that texts or adjustments add to the same job without them, without encoding."""
    clips = renderers.job()["clips"]
    bare = renderers.plan_job(footage, folder / "plain", texts=[])
    plain = _median(lambda: _filtered(bare, folder), rounds)

    def adjusted(adjustments: dict[str, int]) -> dict[str, Any]:
        return {"texts": [], "clips": [{**clip, "adjustments": adjustments} for clip in clips]}

    moving = [{**text, "animation": {"in": "slide", "out": "fade"}} for text in renderers.job()["texts"]]
    looks: dict[str, dict[str, Any]] = {
        "two texts": {},
        "two texts that move": {"texts": moving},
        "brightness, contrast, saturation": adjusted(CHEAP),
        "hue": adjusted(HUE),
        "adjustments that clip (in RGB)": adjusted(CLIPPING),
    }
    found: dict[str, float] = {}
    for number, (name, look) in enumerate(looks.items()):
        plan = renderers.plan_job(footage, folder / f"look-{number}", **look)
        found[name] = (_median(functools.partial(_filtered, plan, folder), rounds) - plain) * 240 / FRAMES
    return found


def _decoded(plan: RenderPlan, folder: Path) -> float:
    total = 0.0
    for source in plan.inputs:
        if "rawvideo" not in source.options:
            total += cpu_seconds([*source.arguments(), "-map", "0:v:0", "-f", "null", "-"], folder)
    return total


def _filtered(plan: RenderPlan, folder: Path) -> float:
    target = plan.outputs[0]
    maps = target.options[: target.options.index("-c:v")]
    discarded = replace(plan, outputs=(OutputFile("-", (*maps, "-f", "null")), renderers.NO_THUMBNAIL))
    return cpu_seconds(discarded.arguments(Path()), folder)


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """CPU seconds of FFmpeg with these arguments, run as a worker runs it: it writes below `folder` alone."""
    before = os.times()
    ffmpeg.run(arguments, RenderContext(folder))
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _median(measure: Callable[[], float], rounds: int) -> float:
    return statistics.median(measure() for _ in range(rounds))
