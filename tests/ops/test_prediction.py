"""`submit --dry-run`: what is predicted, by what is known of the sources."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.prediction import fit
from ops.cost.prediction import Speeds, load, parts_of, predict
from ops.cost.source_kind import Kind, played_seconds, source_of
from tests.ops.conftest import Operator, Site
from tests.ops.deployed import Deployed
from worker.job import Job, MessageBody, parse_message

A, B = "s3://hospup-files/a.mp4", "s3://hospup-files/b.MOV"


def parsed(**message: Any) -> Job:
    ids = {"version": 1, "job_id": "j", "video_id": "v"}
    return parse_message(MessageBody(json.dumps(ids | message))).job


def parts(job: Job, **sizes: int) -> dict[str, float]:
    sources = {url: source_of(url, sizes.get(url[-5]), played_seconds(job, url)) for url, _ in job.pictures}
    return parts_of(job, sources)


@dataclass(frozen=True)
class Case:
    """A source, and what it is to be taken for."""

    name: str
    size: int | None
    played: Sequence[float | None]
    kind: Kind
    seconds: float
    assumed: Kind | None = None


@pytest.mark.parametrize(
    "case",
    [
        Case("photo.JPEG", 4_000_000, [3.0], Kind.STILL, 3, assumed=Kind.HEVC_4K),
        Case("clip.mp4", 90_000_000, [5.0, 2.0], Kind.H264_1080P, 5),
        Case("IMG_1.MOV", 56_000_000, [10.0], Kind.HLG_4K, 10),
        Case("IMG_1.MOV", 56_000_000, [10.0], Kind.HEVC_4K, 10, assumed=Kind.HEVC_4K),
        Case("IMG_1.MOV", 5_000_000, [10.0], Kind.H264_1080P, 10),
        Case("IMG_1.MOV", None, [2.0], Kind.H264_1080P, 2),
        Case("IMG_1.MOV", 56_000_000, [None], Kind.HLG_4K, 10),
        Case("clip.mp4", 30_000_000, [None, 2.0], Kind.H264_1080P, 30),
        Case("clip.mp4", None, [None], Kind.H264_1080P, 10),
    ],
)
def test_what_a_source_is_taken_for(case: Case) -> None:
    found = source_of(f"https://cdn.example.com/{case.name}?token=x.mp4", case.size, case.played, case.assumed)
    assert found.kind == case.kind
    assert found.seconds == pytest.approx(case.seconds)


def test_a_job_is_the_sum_of_its_parts() -> None:
    job = parsed(
        clips=[
            {"source": A, "duration": 4, "speed": 2, "transition": {"type": "crossfade", "duration": 1}},
            {"source": B, "in": 2, "duration": 3, "fit": "blur", "motion": "zoom-in"},
            {"source": "s3://hospup-files/c.png", "duration": 2, "adjustments": {"hue": 10}},
        ],
        texts=[{"content": "a"}, {"content": "b", "animation": {"out": "fade"}}],
        output={"fps": 60, "codec": "h265", "renditions": [{"name": "s", "width": 540, "height": 960, "codec": "av1"}]},
    )
    assert parts(job, B=0) == pytest.approx(
        {
            "job": 1,
            "clip": 3,
            "source h264-1080p": 8 + 3,
            "source still": 1,
            "blur": 6,
            "motion": 6,
            "adjusted": 4,
            "transition": 2,
            "text": 1,
            "moving text": 1,
            "encode h265 standard": 8 * 2,
            "encode av1 standard": 8 * 2 / 4,
        }
    )


def test_a_base_video_without_changes_is_not_encoded() -> None:
    plain, titled = parsed(base={"source": A}), parsed(base={"source": A}, texts=[{"content": "a"}])
    assert "encode h264 standard" not in parts(plain, a=20_000_000)
    assert parts(titled, a=20_000_000)["encode h264 standard"] == pytest.approx(20)


def test_a_ladder_is_encoded_too() -> None:
    clips = [{"source": A, "duration": 9}]
    plain, ladder = (parts(parsed(clips=clips, output={"hls": hls}))["encode h264 standard"] for hls in (False, True))
    assert ladder == pytest.approx(plain * (1 + (720 / 1080) ** 2 + (480 / 1080) ** 2))


def test_fewer_processors_take_longer() -> None:
    job = parsed(clips=[{"source": A, "duration": 4}])
    sources = {A: source_of(A, None, [4.0])}
    speeds = Speeds(measured="today", cpus=2, seconds={"job": 1, "encode h264 standard": 0.5}, error_percent=10)
    assert predict(job, sources, speeds, 2).worker_seconds == pytest.approx(3)
    assert predict(job, sources, speeds, 1).worker_seconds == pytest.approx(6)


def test_units_are_found_in_what_jobs_took() -> None:
    true = {"job": 0.8, "clip": 0.1, "encode": 0.5}
    rows = [({"job": 1.0, "clip": clips, "encode": seconds}, 0.0) for clips in (1, 3, 6) for seconds in (1, 4, 15)]
    rows = [(units, sum(true[part] * value for part, value in units.items())) for units, _ in rows]
    assert fit(rows) == pytest.approx(true, abs=0.001)
    assert fit([({"job": 1.0}, 2.0), ({"job": 1.0, "none": 1.0}, 1.0)])["none"] == 0


def test_every_part_that_a_job_can_have_was_measured() -> None:
    measured = set(load().seconds)
    kinds = {f"source {kind}" for kind in Kind}
    encodings = {
        f"encode {codec} {quality}" for codec in ("h264", "h265", "av1") for quality in ("draft", "standard", "high")
    }
    others = {"job", "clip", "blur", "motion", "adjusted", "transition", "text", "moving text"}
    assert measured == kinds | encodings | others


@pytest.fixture
def job(tmp_path: Path) -> Path:
    path = tmp_path / "job.json"
    clips = [{"source": A, "duration": 4}, {"source": B, "duration": 2}]
    path.write_text(json.dumps({"version": 1, "job_id": "j1", "video_id": "v", "clips": clips}))
    return path


def test_nothing_is_sent_and_cents_follow_from_the_price(deployed: Deployed, operator: Operator, job: Path) -> None:
    bucket = deployed.outputs["media_bucket"]
    text = job.read_text().replace("hospup-files", bucket)
    job.write_text(text)
    s3 = operator.aws.client("s3")
    s3.put_object(Bucket=bucket, Key="a.mp4", Body=bytes(1000))
    s3.put_object(Bucket=bucket, Key="b.MOV", Body=bytes(5_000_000))
    done = operator.run("submit", str(job), "--dry-run", "--json", "-e", "staging")
    assert done.code == 0, done.err
    found = done.json["prediction"]
    assert [(each["kind"], each["bytes"]) for each in found["sources"]] == [("h264-1080p", 1000), ("hlg-4k", 5_000_000)]
    hour = operator.run("usage", "--json", "-e", "staging").json["usd_per_worker_hour"]
    assert found["cents"] == pytest.approx(100 * hour * found["worker_seconds"] / 3600, rel=0.02)
    assert found["video_seconds"] == 6
    assert found["median_error_percent"] == load().error_percent
    attributes = operator.aws.client("sqs").get_queue_attributes(
        QueueUrl=deployed.outputs["queue_url"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "0"
    shown = operator.run("submit", str(job), "-n", "--assume", "hevc-4k", "-e", "staging").out
    assert "hevc-4k" in shown
    assert "cents; video of 6.0 s" in shown


def test_a_source_that_is_not_there(site: Site, job: Path) -> None:
    site.aws.client("s3").create_bucket(
        Bucket="empty-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    job.write_text(job.read_text().replace("hospup-files", "empty-bucket"))
    done = site.run("submit", str(job), "--dry-run", "--json")
    assert done.code == 1
    assert done.json["prediction"]["missing"] == ["s3://empty-bucket/a.mp4", "s3://empty-bucket/b.MOV"]
    assert done.json["prediction"]["cents"] is None
    assert site.bodies(site.queue_url) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--assume hlg-4k", "--assume is for a prediction: give --dry-run too, or leave it out."),
        ("--dry-run --wait", "--dry-run sends nothing to wait for: leave --wait out."),
    ],
)
def test_what_can_t_be_meant_is_refused(operator: Operator, job: Path, arguments: str, sentence: str) -> None:
    done = operator.run("submit", str(job), *arguments.split())
    assert done.code == 2
    assert sentence in " ".join(done.err.split())
