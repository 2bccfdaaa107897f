"""The sound of a whole job, in one pass: clips, transitions, soundtrack, loudness. Pure.

    clip ─ 48 kHz stereo ─ pace ─ exact length ┐
    clip ─ …                                   ├ join ─┬─────────── mix ─ gain ─ limiter ─ AAC
                                               ┘       └ ducks ┐     │
    soundtrack ─ 48 kHz stereo ─ loop ─ fades ─────────────────┴─────┘

Lengths are samples, never seconds: a frame of video has a whole number of them at every frame rate of the contract.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from worker.video import transitions
from worker.video.medium import Medium
from worker.video.probe import Probe
from worker.video.timeline import SAMPLE_RATE, Soundtrack, Span, Timeline

_ALIKE = f"aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"

_DECLICK_SAMPLES = 128
"""2.7 ms: where two sounds meet in a cut, each fades as long. A jump between two waves is heard as a click."""

_SLOWEST_TEMPO = 0.5
"""The least that one `atempo` does."""

_DUCKING = "sidechaincompress=threshold=0.02:ratio=8:attack=30:release=500"
"""Makes the soundtrack about 12 dB quieter while clips speak at usual loudness: fast enough for the first word, slow
enough not to pump between two."""

_LIMITER = (
    "aresample=192000,alimiter=limit=0.841:attack=5:release=50:level=false:latency=true,"
    f"aresample={SAMPLE_RATE},{_ALIKE}"
)
"""No peak above -1.5 dBFS, nor between two samples, which four times as many samples show (ITU-R BS.1770-5, annex 2);
AAC adds up to half a decibel of its own. Without it, two loud sounds added to each other crackle."""


def chains(
    timeline: Timeline, media: Mapping[str, Medium], numbers: Sequence[int], soundtrack: int | None, gain: float = 0.0
) -> list[str]:
    """Filter chains from the inputs to the pad `sound`.

    `numbers` are the inputs' of the spans, `soundtrack` is the input of the soundtrack; `gain` is in decibels.
    """
    made: list[str] = []
    for index, (span, number) in enumerate(zip(timeline.spans, numbers, strict=True)):
        made.append(_span(timeline, index, media[span.source].probe, f"{number}", f"a{index}"))
    last = "sound" if soundtrack is None and not gain else "clips"
    made += _joined(timeline, last)
    if timeline.soundtrack is not None and soundtrack is not None:
        made += _with_soundtrack(timeline, timeline.soundtrack, soundtrack, gain)
    elif gain:
        samples = timeline.frames * timeline.samples_per_frame
        made.append(f"[clips]volume={gain:.3f}dB,{_limited(samples)}[sound]")
    return made


def _limited(samples: int) -> str:
    """The limiter, and the exact length again: resampling may cost a few samples."""
    return f"{_LIMITER},apad,atrim=end_sample={samples}"


def loudness_chain(path: str) -> str:
    """Measures `sound` by EBU R128 and writes what it finds to the file `path`, ten times a second."""
    return f"[sound]ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file={path}[measured]"


def loudness_of(printed: str) -> float | None:
    """The last integrated loudness in what `loudness_chain` wrote, in LUFS; None for silence."""
    values = [float(line.partition("=")[2]) for line in printed.splitlines() if line.startswith("lavfi.r128.I=")]
    return values[-1] if values and values[-1] > _SILENCE_LUFS else None


_SILENCE_LUFS = -69.9
"""EBU R128's absolute gate."""


def _span(timeline: Timeline, index: int, probe: Probe, number: str, label: str) -> str:
    span = timeline.spans[index]
    samples = span.frames * timeline.samples_per_frame
    if probe.audio is None or span.volume == 0:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,{_ALIKE},atrim=end_sample={samples}[{label}]"
    volume = [] if span.volume == 1 else [f"volume={span.volume:.6g}"]
    filters = [
        *skip(span, probe, "a"),
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",  # fills gaps, and silence before a late start
        *_stereo(mono=probe.sound is not None and probe.sound.channels == 1),
        *_tempo(span.speed),
        *volume,
        "apad",
        "asetpts=N/SR/TB",  # padding of a stream that gave nothing has no times of its own
        f"atrim=end_sample={samples}",
        *_declicked(timeline, index, samples),
    ]
    return f"[{number}:{probe.audio}]{','.join(filters)}[{label}]"


def _stereo(*, mono: bool) -> list[str]:
    """One channel is heard on both sides as loud as it is, as in a browser; FFmpeg's own way takes 3 dB off."""
    return ["pan=stereo|c0=c0|c1=c0", _ALIKE] if mono else [_ALIKE]


def skip(span: Span, probe: Probe, kind: str = "") -> list[str]:
    """Filters that drop what comes before the in-point, where the source can't seek; `kind` is "a" for sound."""
    if probe.can_seek or not span.in_point:
        return []
    return [f"{kind}trim=start={span.in_point:.6f}", f"{kind}setpts=PTS-{span.in_point:.6f}/TB"]


def _tempo(speed: float) -> list[str]:
    """Faster or slower at the same pitch."""
    filters: list[str] = []
    while speed < _SLOWEST_TEMPO:
        filters.append(f"atempo={_SLOWEST_TEMPO}")
        speed /= _SLOWEST_TEMPO
    return filters if speed == 1 else [*filters, f"atempo={speed:.6g}"]


def _declicked(timeline: Timeline, index: int, samples: int) -> list[str]:
    spans = timeline.spans
    length = min(_DECLICK_SAMPLES, samples // 2)
    faded: list[str] = []
    if index and _is_cut(spans[index - 1], spans[index], timeline.fps):
        faded.append(f"afade=t=in:ns={length}")
    if index + 1 < len(spans) and _is_cut(spans[index], spans[index + 1], timeline.fps):
        faded.append(f"afade=t=out:ss={samples - length}:ns={length}")
    return faded


def _is_cut(before: Span, after: Span, fps: int) -> bool:
    """Whether two spans meet without a transition, and the second isn't the first going on."""
    if after.first < before.end:
        return False
    reached = before.in_point + before.frames / fps * before.speed
    goes_on = abs(reached - after.in_point) <= 1 / fps
    return not (goes_on and before.source == after.source and before.speed == after.speed)


def _joined(timeline: Timeline, label: str) -> list[str]:
    """Cuts are concatenated, transitions faded into each other."""
    spans, made = timeline.spans, list[str]()
    groups = [["a0"]]
    shared: list[int] = []
    for index, (before, after) in enumerate(pairwise(spans), start=1):
        if after.first < before.end:
            shared.append((before.end - after.first) * timeline.samples_per_frame)
            groups.append([])
        groups[-1].append(f"a{index}")
    names: list[str] = []
    for index, group in enumerate(groups):
        is_all = len(groups) == 1
        if len(group) == 1 and not is_all:
            names.append(group[0])
            continue
        name = label if is_all else f"ag{index}"
        made.append(f"{''.join(f'[{pad}]' for pad in group)}concat=n={len(group)}:v=0:a=1[{name}]")
        names.append(name)
    last = names[0]
    for index, (name, samples) in enumerate(zip(names[1:], shared, strict=True), start=1):
        target = label if index == len(shared) else f"ax{index}"
        made.append(f"[{last}][{name}]{transitions.acrossfade(samples)}[{target}]")
        last = target
    return made


def _with_soundtrack(timeline: Timeline, track: Soundtrack, number: int, gain: float) -> list[str]:
    samples = timeline.frames * timeline.samples_per_frame
    heard = samples if track.loops else min(samples, round(track.seconds * SAMPLE_RATE))
    fade_in, fade_out = (min(round(s * SAMPLE_RATE), heard) for s in (track.fade_in, track.fade_out))
    loop = [f"atrim=end_sample={round(track.seconds * SAMPLE_RATE)}", f"aloop=loop=-1:size={samples}"]
    filters = [
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
        *_stereo(mono=track.mono),
        *(loop if track.loops else []),
        "apad",
        "asetpts=N/SR/TB",
        f"atrim=end_sample={samples}",
        *([] if track.volume == 1 else [f"volume={track.volume:.6g}"]),
        *([f"afade=t=in:ns={fade_in}"] if fade_in else []),
        *([f"afade=t=out:ss={heard - fade_out}:ns={fade_out}"] if fade_out else []),
    ]
    made = [f"[{number}:{track.audio}]{','.join(filters)}[track]"]
    mixed, clips = "track", "clips"
    if track.ducks:
        made += ["[clips]asplit[heard][key]", f"[track][key]{_DUCKING}[ducked]"]
        mixed, clips = "ducked", "heard"
    louder = f"volume={gain:.3f}dB," if gain else ""
    made.append(f"[{clips}][{mixed}]amix=inputs=2:duration=first:normalize=0,{louder}{_limited(samples)}[sound]")
    return made
