"""Which failures of FFmpeg are a source's: never the machine's own lack of disk, memory or time."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from worker.job import Clip, ErrorCode, Job, PermanentError
from worker.probe.model import MediaSource, Probe
from worker.video import diagnose, ffmpeg
from worker.video.context import RenderContext
from worker.video.diagnose import attribute_errors, may_be_caused_by_source
from worker.video.ffmpeg import FFmpegError
from worker.video.plan import build_timeline

STALL = FFmpegError("made no progress for 60 s", None, ())
CRASH = FFmpegError("was killed by SIGSEGV", -11, ())
KILL = FFmpegError("was killed by SIGKILL", -9, ())
CONTROL = "testsrc"


@pytest.mark.parametrize(
    "message",
    [
        "[out#0/mp4 @ 0x1] Error writing trailer: No space left on device",
        "[vost#0:0/libx264 @ 0x1] Error submitting a packet to the muxer: No space left on device",
        "[dec:hevc @ 0x1] Error while opening decoder: Cannot allocate memory",
        "av_interleaved_write_frame(): Disk quota exceeded",
    ],
)
def test_a_lack_of_the_machine_is_no_fault_of_a_source(message: str) -> None:
    said = ("[in#0 @ 0x1] Invalid data found when processing input", message)
    assert not may_be_caused_by_source(FFmpegError("failed with code 228", 228, said))


@pytest.mark.parametrize("kind", [ffmpeg.MemoryExceededError, ffmpeg.ProcessorTimeExceededError])
def test_what_takes_too_much_is_not_broken(kind: type[FFmpegError]) -> None:
    assert not may_be_caused_by_source(kind("used more than 3072 MiB of memory", None, ()))


@pytest.mark.parametrize(("code", "is_possible"), [(183, True), (-11, True), (-9, False), (-15, False), (None, True)])
def test_a_failure_of_its_own_may_be_the_sources(code: int | None, is_possible: bool) -> None:
    error = FFmpegError("failed", code, ("Invalid data found when processing input",))
    assert may_be_caused_by_source(error) is is_possible


@pytest.mark.parametrize(
    ("first", "fails", "pointer"),
    [
        (STALL, {"bad": STALL}, "/clips/1/source"),
        (STALL, {"bad": CRASH}, "/clips/1/source"),
        (CRASH, {"bad": CRASH}, "/clips/1/source"),
        (CRASH, {"bad": STALL}, "/clips/1/source"),
        (STALL, {}, None),
        (CRASH, {}, None),
        (KILL, {"bad": KILL}, None),
        (STALL, {"good": STALL, "bad": STALL, CONTROL: STALL}, None),
    ],
)
def test_a_source_at_which_ffmpeg_dies_or_stalls_again_alone_is_refused(
    first: FFmpegError,
    fails: dict[str, FFmpegError],
    pointer: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = []

    def run(arguments: Sequence[str], _context: RenderContext, **_options: object) -> None:
        (subject,) = [name for name in ("good", "bad", CONTROL) if any(name in word for word in arguments)]
        alone.append(subject)
        if subject in fails:
            raise fails[subject]

    monkeypatch.setattr(ffmpeg, "run", run)
    monkeypatch.setattr(diagnose, "_span_without_frame", lambda *_: "")
    job = Job(
        job_id="j",
        video_id="v",
        clips=tuple(
            Clip(source=name, duration=1, pointer=f"/clips/{index}/source")
            for index, name in enumerate(("good", "bad"))
        ),
    )
    probes = {name: Probe(width=64, height=114, duration=1.0, fps=25.0) for name in ("good", "bad")}
    timeline = build_timeline.place(job, probes, None)
    media = {name: MediaSource(tmp_path / name, probe) for name, probe in probes.items()}
    expected: type[Exception] = FFmpegError if pointer is None else PermanentError
    with pytest.raises(expected) as raised, attribute_errors(timeline, media, None, RenderContext(tmp_path)):
        raise first
    if isinstance(raised.value, PermanentError):
        assert (raised.value.code, raised.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, pointer)
    assert len(alone) == len(set(alone))  # each once


@pytest.mark.slow
def test_the_render_without_a_source_succeeds(tmp_path: Path) -> None:
    assert not diagnose._fails(diagnose._SOURCELESS, RenderContext(tmp_path))
