"""The order by which a coordinator offers a part: all that a helper needs to render it, as JSON.

It holds the arguments of FFmpeg, the ranges of bytes of each source with its version, and the keys of painted pictures.
So a helper neither probes nor paints nor plans: both render the same.
"""

import hashlib
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.media.intermediates import intermediate_key

FOLDER = "{folder}"
"""Stands for the working folder in the arguments."""


def _check_name(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        message = "a path below the working folder is expected"
        raise ValueError(message)
    return name


def _check_inputs(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """FFmpeg's sandbox may read what its arguments name as inputs: they are below the working folder."""
    inputs = [value for option, value in pairwise(arguments) if option == "-i"]
    if not all(value.startswith(f"file:{FOLDER}/") and ".." not in value for value in inputs):
        message = "inputs below the working folder are expected"
        raise ValueError(message)
    return arguments


_Name = Annotated[str, AfterValidator(_check_name)]
"""A file's path below the working folder."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceFile(_Model):
    """A source: ranges of bytes of one version of an S3 object; no ranges: all of it."""

    name: _Name
    bucket: str
    key: str
    etag: str
    size: int = Field(ge=0)
    ranges: tuple[tuple[int, int], ...] = ()


class Picture(_Model):
    """A file that the coordinator has made, and the key of its object."""

    name: _Name
    key: str


class PartOrder(_Model):
    """One part of one attempt at a job."""

    release: str
    """Digest of the program and of its FFmpeg: another release may draw other pictures."""
    job_id: str
    attempt: int
    plan: str
    """Digest of all parts of the attempt."""
    part: int
    arguments: Annotated[tuple[str, ...], AfterValidator(_check_inputs)]
    frames: int = Field(gt=0)
    wall_seconds: float
    cpu_seconds: int
    sources: tuple[SourceFile, ...]
    pictures: tuple[Picture, ...]
    files: tuple[_Name, ...]
    """The files that FFmpeg writes, which the helper uploads."""


def part_key(job_id: str, attempt: int, plan: str, file: str) -> str:
    """The key of a file of a part."""
    return intermediate_key(job_id, attempt, f"{plan}-{file}")


def digest(text: str) -> str:
    """A digest of 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
