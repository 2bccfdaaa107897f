"""The webhook's bodies against the schema that clients are given, and the codes' meanings."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from worker.job import (
    MEANINGS,
    WARNING_MEANINGS,
    Addressee,
    Clip,
    ErrorCode,
    Job,
    JobWarning,
    PermanentError,
    WarningCode,
)
from worker.result import complete, failed, progressing

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "webhook.schema.json").read_text())
WHOM = Addressee("j", "v", "7", user_id="21")


def finished(**fields: Any) -> dict[str, Any]:
    job = Job(job_id="j", video_id="v", clips=(Clip(source="s3://media/a.mp4"),), metadata={"a": [1, None]})
    measures = {"file_url": "https://a", "thumbnail_url": "https://b", "duration": 1.0, "clips": 1, "seconds": 2.0}
    return complete(job, WHOM, **{**measures, "warnings": [], **fields})


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_is_in_the_schema_and_has_a_meaning(code: ErrorCode) -> None:
    body = failed(WHOM, PermanentError(code, "It went wrong.", "/clips/0/source"), seconds=1.0)
    jsonschema.validate(body, SCHEMA)
    assert body["retryable"] is MEANINGS[code].retryable
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body | {"error_code": "SOMETHING_ELSE"}, SCHEMA)


def test_only_our_own_failure_may_pass_by_itself() -> None:
    assert {code for code, each in MEANINGS.items() if each.retryable} == {ErrorCode.RENDER_FAILED}


@pytest.mark.parametrize("code", WarningCode)
def test_every_warning_is_in_the_schema_and_has_a_meaning(code: WarningCode) -> None:
    jsonschema.validate(finished(warnings=[JobWarning(code, "/texts/0", "It was bent.")]), SCHEMA)
    assert WARNING_MEANINGS[code]


def test_progress_and_completion_are_in_the_schema() -> None:
    jsonschema.validate(progressing(WHOM, 30), SCHEMA)
    jsonschema.validate(finished(files={"hls": "https://c"}), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(progressing(WHOM, 130), SCHEMA)


def test_more_warnings_than_there_is_room_for_are_counted() -> None:
    told = finished(warnings=[JobWarning(WarningCode.VALUE, f"/{number}", "It was bent.") for number in range(250)])
    assert len(told["warnings"]) == 100
    assert told["warnings"][-1]["message"] == "151 more warnings are not told."
