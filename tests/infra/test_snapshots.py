"""The complete stack of each environment, compared with its reviewed snapshot.

A change of the infrastructure appears as a diff of one file per environment. Update the snapshots with
`UPDATE_SNAPSHOTS=1 pytest tests/infra/test_snapshots.py`, and review the diff.
"""

import json
import os
from typing import Any

from tests.infra.stack import ROOT, Stack

SNAPSHOTS = ROOT / "tests" / "infra" / "snapshots"


def test_the_stack_is_as_it_was_reviewed(stack: Stack) -> None:
    path = SNAPSHOTS / f"{stack.environment}.json"
    text = json.dumps(masked(stack.json), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    reviewed = path.read_text(encoding="utf-8")
    assert text == reviewed, (
        f"{path.relative_to(ROOT)} differs: if the change is meant, accept it with UPDATE_SNAPSHOTS=1"
    )


def masked(value: Any) -> Any:
    """Without cdktf's metadata, and with JSON documents as values, so that a diff shows one line per change."""
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items() if key != "//"}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str) and value.startswith(("{\n", "[\n")):
        return masked(json.loads(value))
    return value
