"""Splits a video into parts whose rendering fits into memory: one run of FFmpeg each, joined without encoding again.
Pure.

A job of 100 clips would open 100 decoders at once. Parts begin at key frames, wherever that is possible: they then cost
no bytes. Elsewhere a part's first picture is an extra key frame.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from worker.probe.model import MediaSource
from worker.video.plan import filter_graph, memory
from worker.video.plan.excerpt import excerpt
from worker.video.plan.filter_graph import Composition
from worker.video.plan.key_frames import key_frames
from worker.video.plan.output_files import OutputSpec
from worker.video.plan.render_plan import Input, Inputs, OutputFile, RenderPlan
from worker.video.plan.timeline import Timeline

_FRAMES_MIN = 4
"""Fewest frames of a part. Of fewer than it reorders, an encoder can't know the decoding times, and those of two parts
would overlap."""

_FRAGMENTED = ("-movflags", "+frag_keyframe+empty_moov", "-f", "mp4")
"""A part's container: without an edit list, whose times are rounded to milliseconds, parts are joined exactly."""


@dataclass(frozen=True)
class Part:
    """The frames `first` to `end - 1` of a video, in all compositions, or in the one with the number `composition`.

    `tail` frames more are encoded behind its end, and dropped: an encoder looks ahead, and would decide about the last
    frames otherwise than in the whole. What follows in the whole would have to be decoded; so these are the last frames
    once more, backwards.
    """

    number: int
    first: int
    end: int
    composition: int | None = None
    tail: int = 0

    def file(self, spec: OutputSpec) -> str:
        """Name of the file that holds this part of an output file."""
        return f"part-{self.number}-{spec.file}"

    def of(self, compositions: Sequence[Composition]) -> list[Composition]:
        """The compositions that are rendered, with the texts that are visible in this part."""
        chosen = compositions if self.composition is None else compositions[self.composition : self.composition + 1]
        return [
            replace(
                composition,
                overlays=tuple(
                    placed.moved(self.first)
                    for placed in composition.overlays
                    if placed.first < self.end and placed.last >= self.first
                ),
            )
            for composition in chosen
        ]


def lists(parts: Sequence[Part], compositions: Sequence[Composition]) -> dict[str, str]:
    """The list of parts of each output file, as FFmpeg's concat demuxer reads it, by its file name."""
    return {
        _list_file(spec): "".join(
            [
                "ffconcat version 1.0\n",
                *(f"file {part.file(spec)}\n" for part in parts if part.composition in {None, index}),
            ]
        )
        for index, composition in enumerate(compositions)
        for spec in composition.files
    }


def _list_file(spec: OutputSpec) -> str:
    return f"parts-of-{spec.file}.txt"


def split(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    budget: int = memory.BUDGET_BYTES,
) -> list[Part]:
    """The parts of a video, each as long as it can be rendered within `budget` bytes; a single one if all of it can.

    If the shortest part (4 frames) needs more with all compositions, each composition has parts of its own. If it needs
    more with one composition, it exceeds the budget.
    """
    whole = Part(0, 0, timeline.frames)

    def fits(part: Part) -> bool:
        return fits_memory(part, timeline, media, compositions, budget)

    if fits(whole):
        return [whole]
    parts = list(_split(whole, timeline, fits))
    if len(compositions) > 1 and not all(fits(part) for part in parts):
        wholes = [replace(whole, composition=index) for index in range(len(compositions))]
        parts = [part for each in wholes for part in _split(each, timeline, fits)]
    return [replace(part, number=number) for number, part in enumerate(parts)]


def fits_memory(
    part: Part,
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    budget: int = memory.BUDGET_BYTES,
) -> bool:
    """Whether rendering a part takes at most `budget` bytes of memory."""
    return memory.estimate(excerpt_of(part, timeline, media), media, part.of(compositions)) <= budget


def part_plan(
    part: Part,
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    thumbnail: int,
) -> RenderPlan:
    """Plan to render the pictures of a part, and the JPEG if the video's frame `thumbnail` is one of them."""
    short, composed = excerpt_of(part, timeline, media), part.of(compositions)
    inputs = Inputs()
    filter_graph.add_sources(short, media, inputs)
    has_thumbnail = part.first <= thumbnail < part.end and not part.composition
    frame = thumbnail - part.first if has_thumbnail else None
    chains, pictures = filter_graph.pictures_of(short, media, composed, inputs, frame)
    if part.tail:
        chains += [chain for picture in pictures for chain in _mirrored(picture, short.frames, part.tail)]
        pictures = [f"{picture}t" for picture in pictures]
    outputs = [
        OutputFile(part.file(spec), ("-map", f"[{picture}]", *_video_options(part, spec, timeline), *_FRAGMENTED))
        for spec, picture in zip(_files(composed), pictures, strict=True)
    ]
    jpeg = [filter_graph.JPEG_FILE] if has_thumbnail else []
    return RenderPlan(tuple(inputs.items), tuple(chains), (*outputs, *jpeg), short.frames + part.tail)


def _mirrored(picture: str, frames: int, tail: int) -> list[str]:
    """Chains from a pad to one with a `t` more in its name, on which the last of its frames follow once more,
    backwards: they resemble each other as much as those that follow in the whole."""
    last = f"trim=start_frame={frames - 1 - tail}:end_frame={frames - 1}"
    return [
        f"[{picture}]split[{picture}a][{picture}b]",
        f"[{picture}b]{last},reverse,setpts=PTS-STARTPTS[{picture}r]",
        f"[{picture}a][{picture}r]concat[{picture}t]",
    ]


def _video_options(part: Part, spec: OutputSpec, timeline: Timeline) -> tuple[str, ...]:
    options = filter_graph.video_options(spec, timeline, range(part.first, part.end + part.tail))
    return (*options, *spec.encoding.cut_options(part.end - part.first)) if part.tail else options


def join_plan(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    compositions: Sequence[Composition],
    folder: Path,
    *,
    music: Path | None,
    gain: float,
) -> RenderPlan:
    """Plan to join the parts in `folder`, where `lists` are files, and to encode the sound of all."""
    inputs, files = Inputs(), _files(compositions)
    filter_graph.add_sources(timeline, media, inputs)
    numbers = [inputs.add(Input(folder / _list_file(spec), ("-f", "concat"))) for spec in files]
    sounds, chains = filter_graph.mixed_sounds(timeline, media, inputs, len(files), music=music, gain=gain)
    outputs = tuple(
        filter_graph.output_file(spec.file, f"{number}:v", spec.encoding.copy_options(), sound, timeline)
        for spec, number, sound in zip(files, numbers, sounds, strict=True)
    )
    return RenderPlan(tuple(inputs.items), tuple(chains), outputs, 0)


def _files(compositions: Sequence[Composition]) -> list[OutputSpec]:
    return [file for composition in compositions for file in composition.files]


def excerpt_of(part: Part, timeline: Timeline, media: Mapping[str, MediaSource]) -> Timeline:
    """The timeline of a part."""
    return excerpt(timeline, part.first, part.end, {url: source.probe for url, source in media.items()})


def _split(whole: Part, timeline: Timeline, fits: Callable[[Part], bool]) -> Iterator[Part]:
    first = whole.first
    while first < whole.end:
        end = _end(first, timeline, lambda first, end: fits(replace(whole, first=first, end=end)))
        yield replace(whole, first=first, end=end)
        first = end


def _end(first: int, timeline: Timeline, fits: Callable[[int, int], bool]) -> int:
    """Where a part that begins at `first` ends: at a key frame if it fits so far, else at the last frame that fits."""
    shortest = first + _FRAMES_MIN
    grid = [*(frame for frame in key_frames(timeline) if frame >= shortest), timeline.frames]

    def fitting(ends: Sequence[int]) -> int:
        return bisect_left(ends, True, key=lambda end: not fits(first, end))

    at_key = fitting(grid)
    end = grid[at_key - 1] if at_key else shortest + max(fitting(range(shortest, grid[0])) - 1, 0)
    rest = timeline.frames - end
    if rest >= _FRAMES_MIN or rest == 0:
        return end
    return timeline.frames if end - first < 2 * _FRAMES_MIN else end - _FRAMES_MIN
