"""Webhook payloads against the schema that receivers are given, and the codes' meanings."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from worker.job import (
    MEANINGS,
    WARNING_MEANINGS,
    Clip,
    ErrorCode,
    Job,
    JobIdentity,
    JobWarning,
    PermanentError,
    WarningCode,
)
from worker.job.webhook_events import complete_payload, failed_payload, progressing_payload

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "webhook.schema.json").read_text())
IDENTITY = JobIdentity("j", "v", "7", user_id="21")


def completed(**fields: Any) -> dict[str, Any]:
    job = Job(job_id="j", video_id="v", clips=(Clip(source="s3://media/a.mp4"),), metadata={"a": [1, None]})
    measures = {"file_url": "https://a", "thumbnail_url": "https://b", "duration": 1.0, "clips": 1, "seconds": 2.0}
    return complete_payload(job, IDENTITY, **{**measures, "warnings": [], **fields})


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_is_in_the_schema_and_has_a_meaning(code: ErrorCode) -> None:
    body = failed_payload(IDENTITY, PermanentError(code, "It went wrong.", "/clips/0/source"), seconds=1.0)
    jsonschema.validate(body, SCHEMA)
    assert body["retryable"] is MEANINGS[code].retryable
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body | {"error_code": "SOMETHING_ELSE"}, SCHEMA)


def test_a_receiver_that_knows_the_status_cancelled_gets_it_for_that_code_alone() -> None:
    knowing = JobIdentity("j", "v", "7", knows_cancelled=True)
    statuses = {
        (identity.knows_cancelled, code): failed_payload(identity, PermanentError(code, "It ended."), seconds=1.0)
        for identity in (IDENTITY, knowing)
        for code in (ErrorCode.JOB_CANCELLED, ErrorCode.RENDER_FAILED)
    }
    for body in statuses.values():
        jsonschema.validate(body, SCHEMA)
    assert [key for key, body in statuses.items() if body["status"] == "CANCELLED"] == [(True, ErrorCode.JOB_CANCELLED)]


def test_only_our_own_failure_may_pass_by_itself() -> None:
    assert {code for code, each in MEANINGS.items() if each.retryable} == {ErrorCode.RENDER_FAILED}


@pytest.mark.parametrize("code", WarningCode)
def test_every_warning_is_in_the_schema_and_has_a_meaning(code: WarningCode) -> None:
    jsonschema.validate(completed(warnings=[JobWarning(code, "/texts/0", "It was adjusted.")]), SCHEMA)
    assert WARNING_MEANINGS[code]


def test_progress_and_completion_are_in_the_schema() -> None:
    jsonschema.validate(progressing_payload(IDENTITY, 30), SCHEMA)
    jsonschema.validate(completed(files={"hls": "https://c"}), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(progressing_payload(IDENTITY, 30) | {"progress": 130}, SCHEMA)


def test_more_warnings_than_there_is_room_for_are_counted() -> None:
    payload = completed(
        warnings=[JobWarning(WarningCode.VALUE, f"/{number}", "It was adjusted.") for number in range(250)]
    )
    assert len(payload["warnings"]) == 100
    assert payload["warnings"][-1]["message"] == "151 more warnings are not told."


def test_a_payload_has_the_order_of_the_contract_and_no_nulls() -> None:
    assert list(completed()) == [
        "job_id",
        "video_id",
        "property_id",
        "user_id",
        "sequence",
        "status",
        "progress",
        "file_url",
        "output_url",
        "thumbnail_url",
        "duration",
        "total_duration",
        "processing_time",
        "segments_processed",
        "warnings",
        "metadata",
    ]
    assert completed()["metadata"] == {"a": [1, None]}
    bare = JobIdentity("j", "", "1")
    assert progressing_payload(bare, 0) == {
        "job_id": "j",
        "video_id": "",
        "property_id": "1",
        "sequence": 0,
        "status": "PROGRESSING",
        "progress": 0,
    }
