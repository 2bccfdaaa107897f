"""Where alarms say that the runbook is."""

from typing import Any

import pytest

from modules.config import Environment
from modules.runbook import runbook_of


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "docs/runbook.md"),
        (
            {"access": {"github": {"repository": "hospup/video"}}},
            "https://github.com/hospup/video/blob/HEAD/docs/runbook.md",
        ),
        (
            {
                "access": {"github": {"repository": "hospup/video"}},
                "observability": {"runbook_url": "https://wiki.example.com/on-call"},
            },
            "https://wiki.example.com/on-call",
        ),
    ],
)
def test_the_runbook_is_where_its_readers_are(settings: dict[str, Any], address: str) -> None:
    runbook = runbook_of(Environment.model_validate({"name": "dev", **settings}))
    assert runbook.address == address
    # Sections bear production's names, whatever the environment.
    assert runbook.section("stalled_alarm") == f"{address}#hospup-video-jobs-stalled"
