"""Identifies this release of the worker: parts of a video by different releases may not look the same."""

import hashlib
from functools import cache
from pathlib import Path

from worker.video import ffmpeg


@cache
def release() -> str:
    """A digest of the worker's program files and of its FFmpeg."""
    found = hashlib.sha256()
    package = Path(__file__).parents[1]
    programs = sorted(path for path in package.rglob("*.py*") if "__pycache__" not in path.parts)
    for path in programs:
        found.update(str(path.relative_to(package)).encode())
        found.update(path.read_bytes())
    found.update(str(Path(ffmpeg.executable()).stat().st_size).encode())
    return found.hexdigest()[:16]
