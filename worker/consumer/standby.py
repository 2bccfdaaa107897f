"""The sandboxed processes of the next job: they load their libraries while the worker waits for it, which takes 0.2 s.

Each job has its own, which have read nothing before.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from worker.painter.client import painter_process
from worker.probe.client import probe_processes


class JobProcesses:
    """A painter and the probes of a job, which may use `folder`, and read nothing else; a context manager that ends
    them. Raises `OSError` where they can't be started."""

    def __init__(self, folder: Path) -> None:
        with ExitStack() as stack:
            self.painter = stack.enter_context(painter_process(folder))
            self.probes = stack.enter_context(probe_processes([folder]))
            self._stack = stack.pop_all()

    @property
    def are_running(self) -> bool:
        """Whether none of them has ended."""
        return all(process.is_running for process in (self.painter, *self.probes))

    def __enter__(self) -> "JobProcesses":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()


class Standby:
    """The folder and the processes of the next job."""

    def __init__(self) -> None:
        self._next: tuple[TemporaryDirectory[str], JobProcesses] | None = None

    def prepare(self) -> None:
        """Start the processes, unless they run. Doesn't wait for them. To be called on a thread that lives as long as
        the worker, since Linux ends them with it. Raises `OSError`."""
        self._next = self._running()

    def take(self) -> tuple[TemporaryDirectory[str], JobProcesses]:
        """A job's folder and processes, which the caller ends. Raises `OSError`."""
        taken, self._next = self._running(), None
        return taken

    def close(self) -> None:
        """End the processes that no job has taken."""
        if self._next is not None:
            (folder, processes), self._next = self._next, None
            with folder, processes:
                pass

    def _running(self) -> tuple[TemporaryDirectory[str], JobProcesses]:
        if self._next is not None and not self._next[1].are_running:
            self.close()
        return self._next or _start()


def _start() -> tuple[TemporaryDirectory[str], JobProcesses]:
    folder = TemporaryDirectory(prefix="job-")
    return folder, JobProcesses(Path(folder.name))
