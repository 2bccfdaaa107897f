"""Where a render's time goes: CPU seconds of decoding, filtering, encoding, of texts and adjustments.

Each is a difference between two runs of the renderer's own plan: with nothing behind the decoders, with nothing behind
the filters, and whole. FFmpeg's processes alone are measured; the rest is what a whole render takes beyond them.
"""

import functools
import os
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import ways
from worker.video import ffmpeg
from worker.video.plan import RenderPlan, Target

FRAMES = round(ways.SECONDS * 30)

CHEAP = {"brightness": 10, "contrast": 10, "saturation": 20}
HUE = {"hue": 30}
CLIPPING = {"brightness": 60, "contrast": 80}


def stages(footage: Path, folder: Path, rounds: int) -> dict[str, float]:
    """CPU seconds of FFmpeg's part in the benchmark's job, by stage."""
    plan = ways.planned(footage, folder / "stages")
    decode = _median(lambda: _decoded(plan), rounds)
    filtered = _median(lambda: _filtered(plan), rounds)
    whole = _median(lambda: ran(plan.arguments(folder)), rounds)
    return {"decode": decode, "filter": filtered - decode, "encode and mux": whole - filtered, "FFmpeg": whole}


def surcharges(footage: Path, folder: Path, rounds: int) -> dict[str, float]:
    """CPU seconds for 240 frames that a look adds to the same job without it, encoding apart."""
    clips = ways.job()["clips"]
    bare = ways.planned(footage, folder / "plain", texts=[])
    plain = _median(lambda: _filtered(bare), rounds)

    def adjusted(adjustments: dict[str, int]) -> dict[str, Any]:
        return {"texts": [], "clips": [{**clip, "adjustments": adjustments} for clip in clips]}

    moving = [{**text, "animation": {"in": "slide", "out": "fade"}} for text in ways.job()["texts"]]
    looks: dict[str, dict[str, Any]] = {
        "two texts": {},
        "two texts that move": {"texts": moving},
        "brightness, contrast, saturation": adjusted(CHEAP),
        "hue": adjusted(HUE),
        "adjustments that clip (in RGB)": adjusted(CLIPPING),
    }
    found: dict[str, float] = {}
    for number, (name, look) in enumerate(looks.items()):
        plan = ways.planned(footage, folder / f"look-{number}", **look)
        found[name] = (_median(functools.partial(_filtered, plan), rounds) - plain) * 240 / FRAMES
    return found


def _decoded(plan: RenderPlan) -> float:
    total = 0.0
    for source in plan.inputs:
        if "rawvideo" not in source.options:
            total += ran([*source.arguments(), "-map", "0:v:0", "-f", "null", "-"])
    return total


def _filtered(plan: RenderPlan) -> float:
    target = plan.targets[0]
    maps = target.options[: target.options.index("-c:v")]
    return ran(replace(plan, targets=(Target("-", (*maps, "-f", "null")), ways.NO_THUMBNAIL)).arguments(Path()))


def ran(arguments: list[str]) -> float:
    """CPU seconds of FFmpeg with these arguments, run as a worker runs it."""
    before = os.times()
    ffmpeg.run(arguments, workdir=Path())
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _median(measure: Callable[[], float], rounds: int) -> float:
    return statistics.median(measure() for _ in range(rounds))
