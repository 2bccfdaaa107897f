"""Makes the orders of a job's parts: what of its sources and pictures each of them needs."""

from collections.abc import Sequence
from pathlib import Path

from worker.helpers.order import FOLDER, PartOrder, Picture, SourceFile, digest
from worker.helpers.release import release
from worker.media.fetch import FetchedMedia
from worker.media.intermediates import intermediate_key
from worker.media.part_of_source import PARTIAL_BYTES_MIN, FetchedFile, part_of
from worker.probe.client import ProbeProcess
from worker.probe.inspection import ProbeRequest, played_bytes
from worker.video.crew import SharedPart

_PICTURE_BYTES_MAX = 64 << 20
"""Most bytes of painted pictures of a part: to move more takes longer than is saved."""


class OrderMaker:
    """Makes the orders of one attempt at a job. `process` is the job's probe, `media` its sources."""

    def __init__(self, job_id: str, attempt: int, process: ProbeProcess, media: FetchedMedia) -> None:
        self._job_id = job_id
        self._attempt = attempt
        self._process = process
        self._media = media
        self._paths = set(media.paths.values())

    def orders(self, parts: Sequence[SharedPart], folder: Path) -> list[PartOrder]:
        """The orders of the parts that can be offered, whose files are below `folder`: all their sources are in S3.

        Raises what `played_bytes` raises."""
        orders = [self._order(part, folder) for part in parts if self._can_be_offered(part)]
        plan = digest("".join(order.model_dump_json() for order in orders))
        return [order.model_copy(update={"plan": plan}) for order in orders]

    def _can_be_offered(self, part: SharedPart) -> bool:
        paths = {item.path for item in part.plan.inputs}
        pictures = sum(path.stat().st_size for path in paths - self._paths)
        return paths & self._paths <= self._media.versions.keys() and pictures <= _PICTURE_BYTES_MAX

    def _order(self, part: SharedPart, folder: Path) -> PartOrder:
        paths = sorted({item.path for item in part.plan.inputs})
        names = {path: str(path.relative_to(folder)) for path in paths}
        return PartOrder(
            release=release(),
            job_id=self._job_id,
            attempt=self._attempt,
            plan="",
            part=part.number,
            arguments=tuple(word.replace(str(folder), FOLDER) for word in part.plan.arguments(folder)),
            frames=part.plan.frames,
            wall_seconds=part.limits.wall_seconds,
            cpu_seconds=part.limits.cpu_seconds or 0,
            sources=tuple(self._source(path, names[path], part) for path in paths if path in self._paths),
            pictures=tuple(
                Picture(name=names[path], key=self._key(names[path])) for path in paths if path not in self._paths
            ),
            files=tuple(part.files),
        )

    def _key(self, name: str) -> str:
        return intermediate_key(self._job_id, self._attempt, f"picture-{name.replace('/', '-')}")

    def _source(self, path: Path, name: str, part: SharedPart) -> SourceFile:
        version = self._media.versions[path]
        ranges = self._ranges(path, tuple(part.played.get(path, ())))
        location = version.location
        return SourceFile(
            name=name, bucket=location.bucket, key=location.key, etag=version.etag, size=version.size, ranges=ranges
        )

    def _ranges(self, path: Path, seconds: tuple[tuple[float, float], ...]) -> tuple[tuple[int, int], ...]:
        """The bytes that a part needs of a source; none where it needs all."""
        source = FetchedFile(path)
        if source.size < PARTIAL_BYTES_MIN or not seconds:
            return ()
        request = ProbeRequest("ranges", path, seconds=seconds)
        ranges = part_of(source, lambda: played_bytes(request, self._process))
        return tuple((each.begin, each.end) for each in ranges or ())
