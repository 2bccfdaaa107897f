"""What a job will take and cost, for `submit --dry-run`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws_errors import MISSING_CODES, code_of
from ops.commands._worker_price import price_of_worker
from ops.console import output
from ops.cost.prediction import Prediction, Speeds, load, predict
from ops.cost.source_kind import Kind, Source, played_seconds, source_of
from ops.cost.worker_price import WorkerPrice
from ops.stack.context import Context

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from worker.job import Job

_USUAL_VCPU = 2.0
"""Of a worker, where the service can't be asked: what every environment has."""


@dataclass(frozen=True)
class PredictedJob:
    """A job's prediction, what it rests on, and the sources that are not in their bucket."""

    prediction: Prediction
    price: WorkerPrice | None
    speeds: Speeds
    sources: dict[str, Source]
    missing: Sequence[str]

    @property
    def cents(self) -> float | None:
        """US cents for the worker's time; None where its price is unknown."""
        return None if self.price is None else 100 * self.price.usd(self.prediction.worker_seconds)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "worker_seconds": round(self.prediction.worker_seconds, 1),
            "cents": None if self.cents is None else round(self.cents, 4),
            "median_error_percent": self.speeds.error_percent,
            "measured": self.speeds.measured,
            "video_seconds": round(self.prediction.video_seconds, 2),
            "sources": [
                {"source": url, "kind": source.kind, "bytes": source.bytes, "why": source.why}
                for url, source in self.sources.items()
            ],
            "missing": self.missing,
        }

    def show(self) -> None:
        """For people."""
        seconds, cents = self.prediction.worker_seconds, self.cents
        cost = "" if cents is None else f", {cents:.3f} cents"
        output.line(f"predicted: {seconds:.1f} s of a worker{cost}; video of {self.prediction.video_seconds:.1f} s")
        output.line(f"median error of {self.speeds.error_percent:g} %, measured on {self.speeds.measured}", "dim")
        for url, source in self.sources.items():
            output.line(f"  {source.kind:10}  {output.clean(url)}: {output.clean(source.why)}")
        for url in self.missing:
            output.warn(f"There is no {output.clean(url)}: the job would fail.")


def predict_job(context: Context, job: "Job", assumed: Kind | None) -> PredictedJob:
    """Predict a job. Asks S3 for the sizes of its sources, and ECS for its workers; what they refuse is assumed."""
    s3 = context.session.client("s3")
    sources: dict[str, Source] = {}
    missing: list[str] = []
    for url, _ in job.pictures:
        size = _size(s3, url, missing)
        sources[url] = source_of(url, size, played_seconds(job, url), assumed)
    price, speeds = price_of_worker(context), load()
    prediction = predict(job, sources, speeds, price.size.vcpu if price else _USUAL_VCPU)
    return PredictedJob(prediction, price, speeds, sources, missing)


def _size(s3: "S3Client", url: str, missing: list[str]) -> int | None:
    """Bytes of a source in S3; None where they are unknown. A source that doesn't exist is added to `missing`."""
    from worker.job import S3Location, parse_location  # noqa: PLC0415 - pydantic loads slowly

    location = parse_location(url)
    if not isinstance(location, S3Location):
        return None
    try:
        return s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"]
    except ClientError as error:
        if code_of(error) in MISSING_CODES | {"404"}:
            missing.append(url)
        return None
