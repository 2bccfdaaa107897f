"""Free disk space: a worker without it receives no job, since every job would fail there that another could render."""

import shutil
import tempfile

FREE_BYTES_MIN = 1 << 30
"""Least free space below the temporary folder for a job, in bytes. A usual one needs less; one that needs more
and fails is retried by another worker."""


def has_room() -> bool:
    """Whether the disk has room for a job. True where that can't be told."""
    try:
        return shutil.disk_usage(tempfile.gettempdir()).free >= FREE_BYTES_MIN
    except OSError:
        return True
