"""A fetched source: its file and what is in it."""

from dataclasses import dataclass
from pathlib import Path

from worker.video.probe import Probe


@dataclass(frozen=True)
class Medium:
    """A fetched source: its file and what is in it."""

    path: Path
    probe: Probe
