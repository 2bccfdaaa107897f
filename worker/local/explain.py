"""Describes a render plan as text: the timeline as a table, and FFmpeg's command. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from worker.job import Output
from worker.probe.model import MediaSource
from worker.video.plan import output_files
from worker.video.plan.parts import Part
from worker.video.plan.render_plan import RenderPlan
from worker.video.plan.timeline import Span, Timeline


def describe_plan(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    plans: Sequence[RenderPlan],
    output: Output,
    copy: RenderPlan | None = None,
    *,
    shared: Sequence[tuple[Part, float]] = (),
) -> str:
    """The plan as text, with commands that can be pasted into a shell: one, or one per part and one that joins the
    parts. `copy` is the stream copy to try first; `shared` are the parts that idle workers may render, with their
    seconds."""
    fps = timeline.fps
    lines = [
        f"{output.width}x{output.height}, {fps} fps, {timeline.frames} frames = {timeline.duration:.3f} s, "
        f"{output.codec} {output.quality}",
        "",
        *_table(
            ("clip", "from", "to", "source", "in", "speed", "fit", "sound", "then"),
            [_clip(index, span, media[span.source], fps) for index, span in enumerate(timeline.spans)],
        ),
    ]
    if timeline.texts:
        rows = [
            (str(index), _time(item.first, fps), _time(item.last + 1, fps), repr(item.text.content)[:60])
            for index, item in enumerate(timeline.texts)
        ]
        lines += ["", *_table(("text", "from", "to", "content"), rows)]
    if timeline.soundtrack is not None:
        track = timeline.soundtrack
        lines += ["", f"soundtrack {track.source} from {track.in_point:g} s, volume {track.volume:g}"]
    lines += [f"warning {each.code} ({each.pointer}): {each.message}" for each in timeline.warnings]
    for rung in output_files.files(output)[1:]:
        lines += [f"besides {rung.file}: {rung.size[0]}x{rung.size[1]}, {rung.encoding.codec}"]
    if copy is not None:
        lines += ["", "Nothing changes: copied as it is. If its frames turn out not to stand on their beats, encoded:"]
        lines += ["", _command(copy)]
    if shared:
        rows = [
            (str(part.number), _time(part.first, fps), _time(part.end, fps), f"{seconds:.1f} s")
            for part, seconds in shared
        ]
        lines += [
            "",
            *_table(("part", "from", "to", "a worker needs"), rows),
            "Idle workers render some of them, if any:",
        ]
    if len(plans) > 1:
        lines += ["", f"One run would need too much memory: rendered in {len(plans) - 1} parts, which are then joined:"]
    return "\n".join([*lines, *(line for plan in plans for line in ("", _command(plan)))])


def _command(plan: RenderPlan) -> str:
    return shlex.join(["ffmpeg", *plan.arguments(Path())])


def _clip(index: int, span: Span, source: MediaSource, fps: int) -> tuple[str, ...]:
    probe = source.probe
    heard = "silence" if probe.sound is None else f"{probe.sound.codec} {probe.sound.channels} ch"
    return (
        str(index),
        _time(span.first, fps),
        _time(span.end, fps),
        f"{span.source} ({probe.width}x{probe.height} {probe.codec}{' HDR' if probe.transfer != 'sdr' else ''})",
        f"{span.in_point:g} s",
        f"{span.speed:g}x",
        span.fit,
        heard,
        span.transition.type,
    )


def _time(frame: int, fps: int) -> str:
    return f"{frame / fps:.3f} s"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
