"""The addresses of the runbook and of its sections."""

from typing import Any

import pytest

from modules.config import Environment
from modules.config.names import names_of
from modules.monitoring.runbook import Runbook, runbook_address


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
def test_the_runbooks_address_is_the_most_specific_one(settings: dict[str, Any], address: str) -> None:
    assert runbook_address(Environment.model_validate({"name": "dev", **settings})) == address


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_sections_have_productions_names(environment: str) -> None:
    names = names_of(environment)
    runbook = Runbook("docs/runbook.md", names)
    assert runbook.section(names.stalled_alarm) == "docs/runbook.md#hospup-video-no-progress"
    assert runbook.description("Jobs wait.", names.wait_alarm) == "Jobs wait. docs/runbook.md#hospup-video-jobs-wait"
