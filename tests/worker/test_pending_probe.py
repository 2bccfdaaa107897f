"""The probe of a job's sources while they are fetched: two processes beside each other, within the memory of one."""

import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.worker.rendering import make_source
from worker.job import Clip, Job, PermanentError
from worker.probe.client import ProbeProcess, probe_process, probe_processes
from worker.probe.model import ProbeResults
from worker.probe.pending_probe import PendingProbe
from worker.sandbox.child import RefusedError
from worker.video import ffmpeg

SIZES = ((320, 180), (180, 320), (256, 256), (640, 360))


def job_of(names: Sequence[str]) -> Job:
    clips = tuple(Clip(source=name, duration=1.0, pointer=f"/clips/{name}") for name in names)
    return Job(job_id="j", video_id="v", clips=clips)


def probed(media: Mapping[str, Path], processes: Sequence[ProbeProcess]) -> ProbeResults:
    pending = PendingProbe(job_of(list(media)), processes)
    for name, path in media.items():
        pending.begin(name, path)
    return pending.wait()


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("probed")
    return {name: make_source(folder / f"{name}.mp4", size=size) for name, size in zip("abcd", SIZES, strict=True)}


def test_each_source_has_its_own_answer(media: dict[str, Path]) -> None:
    with probe_processes(media.values()) as processes:
        results = probed(media, processes)
    assert [(probe.width, probe.height) for probe in results.probes.values()] == list(SIZES)


def test_together_they_have_the_memory_of_one(media: dict[str, Path]) -> None:
    def memory(*processes: ProbeProcess) -> int:
        for each in processes:
            probed(media, [each])  # the limit is set by then
        return sum(resource.prlimit(each._process.pid, resource.RLIMIT_DATA)[0] for each in processes)

    with probe_process(media.values()) as one, probe_processes(media.values()) as several:
        assert memory(one) == memory(*several)


def test_the_file_that_is_refused_is_named(media: dict[str, Path], tmp_path: Path) -> None:
    """Whichever process reads it."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(media["a"].read_bytes()[:600])
    for bad in "abcd":
        with probe_processes([*media.values(), broken]) as processes:
            with pytest.raises(PermanentError) as refused:
                probed({**media, bad: broken}, processes)
            assert refused.value.pointer == f"/clips/{bad}"


def test_one_goes_on_when_all_have_answered(media: dict[str, Path]) -> None:
    """It measures the video; the other gives its memory back."""
    with probe_processes(media.values()) as (first, second):
        probed(media, [first, second])
        assert second._process.wait(timeout=30) == 0
        assert first._process.poll() is None
        assert len(probed({"a": media["a"]}, [first]).probes) == 1


def test_one_of_them_can_read_the_largest_picture(tmp_path: Path) -> None:
    """33 megapixels of 16 bits and alpha, uncompressed, of which the decoder needs the file and the picture."""
    path = tmp_path / "large.tiff"
    picture = ("-f", "lavfi", "-i", "color=red:s=5700x5700,format=rgba64le", "-frames:v", "1")
    command = [ffmpeg.executable(), "-v", "error", *picture, "-compression_algo", "raw", str(path)]
    subprocess.run(command, check=True)
    with probe_processes([path]) as processes:
        assert probed({"a": path}, processes[:1]).probes["a"].width == 5700


class Together:
    """A process that answers once another is asked, too."""

    def __init__(self, both: threading.Barrier) -> None:
        self._both = both

    def send(self, limits: Mapping[str, object], files: Sequence[Mapping[str, object]]) -> None:
        """Do nothing."""

    def receive(self, *_: object) -> list[Any]:
        self._both.wait(timeout=30)
        raise RefusedError("it was asked")

    def finish(self) -> None:
        """Do nothing."""


def test_two_sources_are_probed_at_the_same_time(media: dict[str, Path]) -> None:
    both = threading.Barrier(2)
    with pytest.raises(PermanentError, match="it was asked"):
        probed(media, [cast(ProbeProcess, Together(both)) for _ in range(2)])
