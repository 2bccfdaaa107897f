"""The Terraform variables as they are deployed. A command that changes one passes all others again: else they fall back
to their defaults in the environment's file.
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.errors import UsageError

OUTPUT = "deployed_variables"
"""Terraform's output with the value of every variable (modules/stack.py)."""
IMAGE_TAG = "worker_image_tag"
"""The variable that a release changes."""
NO_IMAGE = "none-yet"
"""Image tag before the first release (modules/terraform/variables.py)."""


def deployed_variables(outputs: Mapping[str, Any], running: str) -> dict[str, str]:
    """The value of every deployed Terraform variable, by name.

    Params:
        outputs: Terraform's outputs.
        running: the image tag that the service runs. It counts where it differs from the deployed one: ECS took that
            release back, and the deployed tag would release it again.

    Raises `UsageError` where a version that didn't record them deployed last.
    """
    recorded = outputs.get(OUTPUT)
    if not isinstance(recorded, Mapping):
        raise UsageError(
            f"Terraform's output {OUTPUT} is missing, so variables that were set by hand are unknown. Deploy once with "
            f"all of them: make deploy ENV=... VARS='{IMAGE_TAG}={running} ...'."
        )
    found = {name: value if isinstance(value, str) else json.dumps(value) for name, value in recorded.items()}
    if found.get(IMAGE_TAG) and running != NO_IMAGE:
        found[IMAGE_TAG] = running
    return found


def parse_assignment(text: str, option: str) -> tuple[str, str]:
    """Name and value of `NAME=VALUE`. Raises `UsageError`, which names the `option`."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"{option} {text} sets no variable: write NAME=VALUE.")
    return name, value
