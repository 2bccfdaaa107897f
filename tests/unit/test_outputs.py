"""Keys and payloads: what leaves the system."""

import pytest

from worker.job import BaseVideo, Clip, ErrorCode, Job, JobIdentity, JobWarning, Output, PermanentError, WarningCode
from worker.job.webhook_events import complete_payload, failed_payload, progressing_payload
from worker.media.publish import OutputKeys, output_keys

IDENTITY = JobIdentity("j", "v", "7", user_id="21")


def job(*sources: str) -> Job:
    return Job(job_id="j", video_id="v", property_id="7", clips=tuple(Clip(source=source) for source in sources))


@pytest.mark.parametrize(
    ("sources", "stem"),
    [
        (["s3://files/a.mp4"], "v"),
        (["s3://files/generated-videos/7/v.mp4"], "v-final"),
        (["https://s3.eu-west-1.amazonaws.com/files/generated-videos/7/v.mp4"], "v-final"),
        (["s3://files/generated-videos/7/v.jpg"], "v-final"),
        (["s3://files/generated-videos/7/v.mp4", "s3://files/generated-videos/7/v-final.mp4"], "v-final-final"),
        (["s3://other/generated-videos/7/v.mp4"], "v"),
        (["s3://files/generated-videos/8/v.mp4"], "v"),
    ],
)
def test_an_output_never_overwrites_an_input(sources: list[str], stem: str) -> None:
    expected = OutputKeys(f"generated-videos/7/{stem}.mp4", f"generated-videos/7/{stem}.jpg")
    assert output_keys(job(*sources), "files") == expected


def test_a_job_may_name_its_key() -> None:
    order = job("s3://files/generated-videos/spring/été.mp4")
    named = order.model_copy(update={"output": Output(key="generated-videos/spring/été.mp4")})
    assert output_keys(named, "other") == OutputKeys(
        "generated-videos/spring/été.mp4", "generated-videos/spring/été.jpg"
    )
    assert output_keys(named, "files").video == "generated-videos/spring/été-final.mp4"


def test_complete_has_every_field_of_the_contract() -> None:
    payload = complete_payload(
        job("s3://files/a.mp4"),
        IDENTITY,
        file_url="https://x/v.mp4",
        thumbnail_url="https://x/v.jpg",
        duration=5.0333333,
        clips=2,
        seconds=12.34,
        warnings=[JobWarning(WarningCode.STYLE_VALUE, "/texts/0/style/color", "Adjusted.")],
    )
    assert payload == {
        "job_id": "j",
        "video_id": "v",
        "property_id": "7",
        "user_id": "21",
        "sequence": 0,
        "status": "COMPLETE",
        "progress": 100,
        "file_url": "https://x/v.mp4",
        "output_url": "https://x/v.mp4",
        "thumbnail_url": "https://x/v.jpg",
        "duration": 5.033,
        "total_duration": 5.033,
        "processing_time": "12.3s",
        "segments_processed": 2,
        "warnings": [{"code": "STYLE_VALUE", "pointer": "/texts/0/style/color", "message": "Adjusted."}],
    }


def test_metadata_is_echoed() -> None:
    order = Job(job_id="j", video_id="v", base=BaseVideo(source="s3://files/a"), metadata={"a": [1]})
    payload = complete_payload(
        order, IDENTITY, file_url="", thumbnail_url="", duration=1, clips=1, seconds=1, warnings=[]
    )
    assert payload["metadata"] == {"a": [1]}


def test_error_and_progress() -> None:
    error = failed_payload(
        IDENTITY, PermanentError(ErrorCode.MEDIA_MISSING, "Gone.", "/segments/0/video_url"), seconds=0.04
    )
    assert {name: error[name] for name in ("status", "error", "error_code", "error_pointer", "retryable")} == {
        "status": "ERROR",
        "error": "Gone.",
        "error_code": "MEDIA_MISSING",
        "error_pointer": "/segments/0/video_url",
        "retryable": False,
    }
    assert (error["progress"], error["processing_time"]) == (0, "0.0s")
    assert progressing_payload(IDENTITY, 30)["progress"] == 30
