"""The probe of a job's sources while they are fetched: two processes beside each other, within the memory of one."""

import resource
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

SIZES = ((320, 180), (180, 320), (256, 256), (640, 360))


def job_of(names: Sequence[str]) -> Job:
    return Job(job_id="j", video_id="v", clips=tuple(Clip(source=name, duration=1.0) for name in names))


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


def test_a_file_at_which_one_dies_is_named(media: dict[str, Path], tmp_path: Path) -> None:
    """Not the others, whose process is another or would have answered next."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(media["a"].read_bytes()[:600])
    for bad in "abcd":
        with probe_processes([*media.values(), broken]) as processes:
            with pytest.raises(PermanentError) as refused:
                probed({**media, bad: broken}, processes)
            assert refused.value.pointer == job_of("abcd").clips["abcd".index(bad)].pointer


def test_one_goes_on_when_all_have_answered(media: dict[str, Path]) -> None:
    """It measures the video; the other gives its memory back."""
    with probe_processes(media.values()) as (first, second):
        probed(media, [first, second])
        assert second._process.wait(timeout=30) == 0
        assert first._process.poll() is None
        assert len(probed({"a": media["a"]}, [first]).probes) == 1


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
