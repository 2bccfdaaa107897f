"""Probes a job's sources while they are fetched, each as soon as its file can be opened."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from worker.job import Job, PermanentError
from worker.probe import formats, inspection
from worker.probe.client import ProbeProcess
from worker.probe.inspection import ProbeRequest
from worker.probe.model import PlayedBytes, Probe, ProbeResults, SoundProbe

T = TypeVar("T")


class PendingProbe:
    """The probe of a job's sources: `begin` it for each, then `wait`.

    Each of the probe's `processes` answers one request after the other. Those for the bytes that are played come first,
    since a download waits for each.
    """

    def __init__(
        self, job: Job, processes: Sequence[ProbeProcess], cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self.process, *self._others = processes
        self._job, self._cancelled = job, cancelled
        self._pictures: dict[str, Future[Probe]] = {}
        self._soundtrack: Future[SoundProbe] | None = None
        self._threads = ThreadPoolExecutor(len(processes), "probe")
        self._turn = threading.Condition()
        self._free, self._urgent = list(processes), 0

    def begin(self, source: str, path: Path, seconds: Sequence[tuple[float, float]] = ()) -> None:
        """Probe a source, of which the bytes that are read to open its file are in `path`; `seconds` are those of a
        Matroska of which only these were fetched. Doesn't wait. Called on several threads, and again for a source whose
        file was replaced.
        """
        audio, pictures = self._job.audio, dict(self._job.pictures)
        if source in pictures:
            picture = ProbeRequest(
                "picture", path, pictures[source], colors=self._job.is_adjusted, seconds=tuple(seconds)
            )
            self._pictures[source] = self._threads.submit(self._ask, inspection.picture, picture)
        if source == audio.soundtrack:
            sound = ProbeRequest("sound", path, audio.pointer, formats.SOUND_CONTAINERS)
            self._soundtrack = self._threads.submit(self._ask, inspection.sound, sound)

    def played_bytes(self, request: ProbeRequest) -> PlayedBytes | None:
        """See `inspection.played_bytes`. Called on several threads."""
        with self._free_process(is_urgent=True) as process:
            return inspection.played_bytes(request, process)

    def wait(self) -> ProbeResults:
        """Wait for the results of every source; after that, `process` alone goes on. Raises what `inspection.picture`
        raises, for the first source of the job that is refused."""
        answers = [self._pictures[source] for source, _ in self._job.pictures]
        asked: list[Future[Any]] = [*answers, *([self._soundtrack] if self._soundtrack else [])]
        errors = [error for each in asked if (error := each.exception())]
        self._threads.shutdown()
        for process in self._others:
            process.finish()
        if errors:  # a file at which the process died is why it didn't answer for the others
            raise next((error for error in errors if isinstance(error, PermanentError)), errors[0])
        probes = {source: answer.result() for (source, _), answer in zip(self._job.pictures, answers, strict=True)}
        return ProbeResults(probes, self._soundtrack.result() if self._soundtrack else None)

    def _ask(self, ask: Callable[[ProbeRequest, ProbeProcess, Callable[[], bool]], T], request: ProbeRequest) -> T:
        inspection.check_signature(request)
        with self._free_process(is_urgent=False) as process:
            return ask(request, process, self._cancelled)

    @contextmanager
    def _free_process(self, *, is_urgent: bool) -> Iterator[ProbeProcess]:
        """A process that the block alone uses."""
        with self._turn:
            self._urgent += is_urgent
            self._turn.wait_for(lambda: self._free and (is_urgent or not self._urgent))
            self._urgent -= is_urgent
            process = self._free.pop()
        try:
            yield process
        finally:
            with self._turn:
                self._free.append(process)
                self._turn.notify_all()


def probe_files(
    job: Job, media: Mapping[str, Path], process: ProbeProcess, cancelled: Callable[[], bool] = lambda: False
) -> PendingProbe:
    """The probe of sources whose files are there, by URL in `media`."""
    pending = PendingProbe(job, [process], cancelled)
    for source, path in media.items():
        pending.begin(source, path)
    return pending
