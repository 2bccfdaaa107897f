"""Runs render plans, also those with sound that changes its rate or its channels on the way.

FFmpeg's filter graphs can't bear such a change: it ends the run with an error. Then each sound of the plan is decoded
on its own, where nothing else is lost when the graph is built anew, and the plan runs with the result. Nobody knows
before: HE-AAC, for example, may begin as mono, and only decoding all of it would tell.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan.render_plan import Input, RenderPlan
from worker.video.plan.timeline import SAMPLE_RATE

_CHANGED = "Changing audio frame properties on the fly is not supported"
"""libavfilter's message."""

_SHIFT = 1000
"""Seconds by which timestamps are shifted in a file of decoded sound: those before the in-point are negative."""

_LIMITS = ffmpeg.Limits()

_DECODED = ("-seek_timestamp", "1", "-noaccurate_seek", "-ss", str(_SHIFT))
"""Options that read such a file and shift it back."""


def run(plan: RenderPlan, context: RenderContext, *, frames: int = 0, limits: ffmpeg.Limits = _LIMITS) -> None:
    """Run a plan. The parameters and the errors are those of `ffmpeg.run`."""
    try:
        ffmpeg.run(plan.arguments(context.workdir), context, frames=frames, limits=limits)
    except ffmpeg.FFmpegError as error:
        if not any(_CHANGED in line for line in error.messages):
            raise
        with _steadied(plan, context) as steady:
            ffmpeg.run(steady.arguments(context.workdir), context, frames=frames, limits=limits)


@contextmanager
def _steadied(plan: RenderPlan, context: RenderContext) -> Iterator[RenderPlan]:
    """The plan with each sound that its graph uses decoded into a file, which lives as long as the block."""
    inputs, graph = list(plan.inputs), "\n".join(plan.graph)
    with tempfile.TemporaryDirectory(dir=context.workdir, prefix="sound-") as folder:
        for number, item in enumerate(plan.inputs):
            pad = f"[{number}:{item.sound.stream}]"
            if item.sound.stream is not None and pad in graph:
                file = Path(folder, f"{number}.nut")
                _decode(item, file, context)
                graph = graph.replace(pad, f"[{len(inputs)}:0]")
                inputs.append(Input(file, _DECODED))
        yield replace(plan, inputs=tuple(inputs), graph=tuple(graph.split("\n")))


def _decode(item: Input, file: Path, context: RenderContext) -> None:
    options = [*item.options]
    at = next(index for index, word in enumerate(options) if word.startswith("-reinit_filter"))
    del options[at : at + 2]
    uniform = f"aresample={SAMPLE_RATE},aformat=sample_fmts=flt:channel_layouts=stereo,asetpts=PTS+{_SHIFT}/TB"
    end = ("-t", f"{_SHIFT + item.sound.seconds:.6f}")
    coding = ("-c:a", "pcm_f32le", "-f", "nut", *end, "-y", f"file:{file}")
    ffmpeg.run(
        [*options, "-i", f"file:{item.path}", "-map", f"0:{item.sound.stream}", "-af", uniform, *coding], context
    )
