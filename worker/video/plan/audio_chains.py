"""The audio filter chains of a whole job, in one pass: clips, transitions, soundtrack, loudness. Pure.

    clip ─ 48 kHz stereo ─ pace ─ exact length ┐
    clip ─ …                                   ├ join ─┬─────────── mix ─ gain ─ limiter ─ AAC
                                               ┘       └ ducks ┐     │
    soundtrack ─ 48 kHz stereo ─ loop ─ fades ─────────────────┴─────┘

Lengths are samples, never seconds: a frame of video has a whole number of them at every frame rate of the contract.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from worker.probe.model import MediaSource, Probe
from worker.video.plan import seeking, transitions
from worker.video.plan.timeline import SAMPLE_RATE, Soundtrack, Span, Timeline

_FORMAT = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"

_DECLICK_SAMPLES = 128
"""Length of the fades on both sides of a cut, 2.7 ms. A jump between two waves is audible as a click."""

_STRETCH = SAMPLE_RATE // 100
"""Most samples per second by which a sound is stretched towards its timestamps, once it is off by 20 ms: the clocks of
recorders differ by some tenths of a percent. FFmpeg fills or cuts what is off by more than 100 ms."""

_TAIL_SECONDS = 0.2
"""Seconds of sound kept beyond the needed ones, for filters that delay."""

_SLOWEST_TEMPO = 0.5
"""Lowest tempo of one `atempo` filter."""

_DUCKING = "sidechaincompress=threshold=0.02:ratio=8:attack=30:release=500"
"""Makes the soundtrack about 12 dB quieter while clips speak at usual loudness: fast enough for the first word, slow
enough not to pump between two words. Both its inputs must be endless: when one ends, the filter drops what it holds of
that one and the other still owes, up to a quarter of a second, depending on which FFmpeg happens to decode first."""

_LIMITER = (
    "aresample=192000,alimiter=limit=0.841:attack=5:release=50:level=false:latency=true,"
    f"aresample={SAMPLE_RATE},{_FORMAT},asetpts=N/SR/TB"
)
"""Keeps peaks, also those between two samples, below -1.5 dBFS; oversampling by four shows them (ITU-R BS.1770-5,
annex 2), and AAC adds up to half a decibel. Without it, the sum of two loud sounds crackles, and so does a source in
floating point, or with five channels. It changes nothing below. Its timestamps begin 5 ms early."""


def chains(
    timeline: Timeline,
    media: Mapping[str, MediaSource],
    numbers: Sequence[int],
    soundtrack: int | None,
    gain: float = 0.0,
) -> list[str]:
    """Filter chains from the inputs to the pad `sound`.

    `numbers` are the input numbers of the spans, `soundtrack` that of the soundtrack; `gain` is in decibels.
    """
    chains: list[str] = []
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        chains.append(_span(timeline, index, media[span.source].probe, f"{number}", f"a{index}"))
    is_silent = all(_is_silent(span, media[span.source].probe) for span in timeline.spans)
    chains += _joined(timeline, "sound" if soundtrack is None and is_silent else "clips")
    if timeline.soundtrack is not None and soundtrack is not None:
        chains += _with_soundtrack(timeline, timeline.soundtrack, soundtrack, gain)
    elif not is_silent:
        louder = f"volume={gain:.3f}dB," if gain else ""
        chains.append(f"[clips]{louder}{_limited(timeline.frames * timeline.samples_per_frame)}[sound]")
    return chains


def _limited(samples: int) -> str:
    """The limiter, then the exact length again: resampling may lose a few samples."""
    return f"{_LIMITER},apad,atrim=end_sample={samples}"


def loudness_chain(path: str) -> str:
    """A chain that measures `sound` by EBU R128 and writes the loudness to the file `path`, ten times per second."""
    return f"[sound]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file={path}[measured]"


def parse_loudness(printed: str) -> float | None:
    """The last integrated loudness in what `loudness_chain` wrote, in LUFS; None for silence."""
    values = [float(line.partition("=")[2]) for line in printed.splitlines() if line.startswith("lavfi.r128.I=")]
    return values[-1] if values and values[-1] > _SILENCE_LUFS else None


_SILENCE_LUFS = -69.9
"""EBU R128's absolute gate."""


def _span(timeline: Timeline, index: int, probe: Probe, number: str, label: str) -> str:
    span = timeline.spans[index]
    samples = span.frames * timeline.samples_per_frame
    if _is_silent(span, probe):
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,{_FORMAT},atrim=end_sample={samples}[{label}]"
    volume = [] if span.volume == 1 else [f"volume={span.volume:.6g}"]
    filters = [
        *seeking.shift(span.in_point - seeking.start(span.in_point, probe), "a"),
        *_continuous(span.frames / timeline.fps * span.speed, is_cut=span.in_point > 0),
        *_stereo(mono=probe.sound is not None and probe.sound.channels == 1),
        *_tempo(span.speed),
        *volume,
        "apad",
        "asetpts=N/SR/TB",  # the padding of an empty stream has no timestamps
        f"atrim=end_sample={samples}",
        *_declicked(timeline, index, samples),
    ]
    return f"[{number}:{probe.audio}]{','.join(filters)}[{label}]"


def _is_silent(span: Span, probe: Probe) -> bool:
    return probe.audio is None or span.volume == 0


def _continuous(seconds: float, *, is_cut: bool = False) -> list[str]:
    """Filters that play a sound by its timestamps: silence before a late start and in holes; where they run faster or
    slower than the samples, it is stretched. `is_cut`: something before 0 is dropped.

    What comes after the needed seconds is dropped first, so that a hole of hours isn't filled in memory.
    """
    begin = "start=0:" if is_cut else ""
    return [
        f"atrim={begin}end={seconds + _TAIL_SECONDS:.6f}",
        f"aresample={SAMPLE_RATE}:first_pts=0:async={_STRETCH}:min_comp=0.02",
    ]


def _stereo(*, mono: bool) -> list[str]:
    """Play one channel on both sides at full level, as browsers do; FFmpeg's own conversion is 3 dB quieter."""
    return ["pan=stereo|c0=c0|c1=c0", _FORMAT] if mono else [_FORMAT]


def _tempo(speed: float) -> list[str]:
    """Filters that change the speed at the same pitch."""
    filters: list[str] = []
    while speed < _SLOWEST_TEMPO:
        filters.append(f"atempo={_SLOWEST_TEMPO}")
        speed /= _SLOWEST_TEMPO
    return filters if speed == 1 else [*filters, f"atempo={speed:.6g}"]


def _declicked(timeline: Timeline, index: int, samples: int) -> list[str]:
    spans = timeline.spans
    length = min(_DECLICK_SAMPLES, samples // 2)
    fades: list[str] = []
    if index and _is_cut(spans[index - 1], spans[index], timeline.fps):
        fades.append(f"afade=t=in:ns={length}")
    if index + 1 < len(spans) and _is_cut(spans[index], spans[index + 1], timeline.fps):
        fades.append(f"afade=t=out:ss={samples - length}:ns={length}")
    return fades


def _is_cut(before: Span, after: Span, fps: int) -> bool:
    """Whether two spans meet without a transition, and the second doesn't continue the first."""
    if after.first < before.end:
        return False
    out_point = before.in_point + before.frames / fps * before.speed
    continues = abs(out_point - after.in_point) <= 1 / fps
    return not (continues and before.source == after.source and before.speed == after.speed)


def _joined(timeline: Timeline, label: str) -> list[str]:
    """Chains that join the spans: cuts are concatenated, transitions cross-faded."""
    spans, chains = timeline.spans, list[str]()
    groups = [["a0"]]
    overlaps: list[int] = []
    for index, (before, after) in enumerate(pairwise(spans), start=1):
        if after.first < before.end:
            overlaps.append((before.end - after.first) * timeline.samples_per_frame)
            groups.append([])
        groups[-1].append(f"a{index}")
    names: list[str] = []
    for index, group in enumerate(groups):
        is_only = len(groups) == 1
        if len(group) == 1 and not is_only:
            names.append(group[0])
            continue
        name = label if is_only else f"ag{index}"
        chains.append(f"{''.join(f'[{pad}]' for pad in group)}concat=n={len(group)}:v=0:a=1[{name}]")
        names.append(name)
    last = names[0]
    for index, (name, samples) in enumerate(zip(names[1:], overlaps, strict=True), start=1):
        target = label if index == len(overlaps) else f"ax{index}"
        chains.append(f"[{last}][{name}]{transitions.acrossfade(samples)}[{target}]")
        last = target
    return chains


def _with_soundtrack(timeline: Timeline, track: Soundtrack, number: int, gain: float) -> list[str]:
    samples = timeline.frames * timeline.samples_per_frame
    audible = samples if track.loops else min(samples, round(track.seconds * SAMPLE_RATE))
    fade_in, fade_out = (min(round(s * SAMPLE_RATE), audible) for s in (track.fade_in, track.fade_out))
    loop = [f"atrim=end_sample={round(track.seconds * SAMPLE_RATE)}", f"aloop=loop=-1:size={samples}"]
    filters = [
        *seeking.shift(track.in_point - seeking.soundtrack_start(track), "a"),
        *_continuous(min(track.seconds, timeline.duration), is_cut=track.in_point > 0),
        *_stereo(mono=track.mono),
        *(loop if track.loops else []),
        "apad",
        "asetpts=N/SR/TB",
        f"atrim=end_sample={samples}",
        *([] if track.volume == 1 else [f"volume={track.volume:.6g}"]),
        *([f"afade=t=in:ns={fade_in}"] if fade_in else []),
        *([f"afade=t=out:ss={audible - fade_out}:ns={fade_out}"] if fade_out else []),
    ]
    chains = [f"[{number}:{track.audio}]{','.join(filters)}[track]"]
    mixed, clips = "track", "clips"
    if track.ducks:
        chains += [
            "[clips]asplit[foreground][key]",
            "[track]apad[track_on]",
            "[key]apad[key_on]",
            f"[track_on][key_on]{_DUCKING},atrim=end_sample={samples}[ducked]",
        ]
        mixed, clips = "ducked", "foreground"
    volume = f"volume={gain:.3f}dB," if gain else ""
    chains.append(f"[{clips}][{mixed}]amix=inputs=2:duration=first:normalize=0,{volume}{_limited(samples)}[sound]")
    return chains
