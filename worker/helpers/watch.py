"""Watches the parts of an attempt on a thread of its own, and downloads what helpers have rendered."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.outages import AWS_ERRORS
from worker.aws.parts_ledger import Attempt, PartsLedger, PartState
from worker.helpers.order import part_key
from worker.media.intermediates import Intermediates
from worker.video.crew import SharedPart

_POLL_SECONDS = 0.25

SILENT_SECONDS = 5.0
"""A helper that reports nothing for this time, in seconds, is silent: it reports every second."""

logger = logging.getLogger(__name__)


class PartsWatch:
    """What the ledger says of the parts, a quarter of a second old, and which of them have been received.

    Where AWS can't be reached, nothing changes: its helpers then become silent.
    """

    def __init__(
        self, ledger: PartsLedger, files: Intermediates, attempt: Attempt, parts: Sequence[SharedPart], folder: Path
    ) -> None:
        self.states: Mapping[int, PartState] = {}
        """The parts that have an owner, this worker included."""
        self.received: set[int] = set()
        self.keys: list[str] = []
        """Keys of the objects that helpers have recorded."""
        self._ledger, self._files, self._attempt, self._folder = ledger, files, attempt, folder
        self._parts = {part.number: part for part in parts}
        self._owned_since: dict[tuple[int, str], float] = {}
        self._heard: dict[int, tuple[PartState, float]] = {}
        self._lost: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parts", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; waits for a download under way."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def seconds_of(self, number: int) -> float:
        """How long the present owner of a part has had it, in seconds."""
        return time.monotonic() - self._owned_since[number, self.states[number].owner]

    def is_silent(self, number: int) -> bool:
        """Whether the owner of a part has reported nothing for `SILENT_SECONDS`."""
        state, at = self._heard[number]
        return not state.is_done and time.monotonic() - at > SILENT_SECONDS

    def is_lost(self, number: int) -> bool:
        """Whether the files of a part that is done can't be received."""
        return number in self._lost

    def _run(self) -> None:
        while not self._ended.wait(_POLL_SECONDS if self.states else _POLL_SECONDS / 5):
            try:
                self._look(self._ledger.read(self._attempt))
            except (BotoCoreError, ClientError) as error:
                logger.warning("The ledger does not say who renders what.", extra={"reason": str(error)})
            except Exception:  # without this thread the coordinator would render everything again
                logger.exception("The parts of the job can't be watched for now.")

    def _look(self, states: Mapping[int, PartState]) -> None:
        now = time.monotonic()
        for number, state in states.items():
            self._owned_since.setdefault((number, state.owner), now)
            if self._heard.get(number, (None, 0.0))[0] != state:
                self._heard[number] = state, now
        self.states = states
        for number, state in states.items():
            if state.is_done and number not in self.received | self._lost and not self._ended.is_set():
                self._receive(self._parts[number])

    def _receive(self, part: SharedPart) -> None:
        keys = {
            file: part_key(self._attempt.job_id, self._attempt.number, self._attempt.plan, file) for file in part.files
        }
        self.keys += keys.values()
        try:
            for file, key in keys.items():
                self._files.download(key, self._folder / file)
        except AWS_ERRORS as error:
            logger.warning("A helper's part was not received.", extra={"reason": str(error), "part": part.number})
            self._lost.add(part.number)
        else:
            self.received.add(part.number)
