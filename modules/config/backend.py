"""The S3 backend of Terraform's state, from `backend.tf.json`."""

import json
from pathlib import Path
from typing import Any

from modules.config import ConfigurationError


def read_backend(path: Path) -> dict[str, Any]:
    """The S3 backend's settings in `backend.tf.json`; raise ConfigurationError if there are none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path.name} does not exist: it says where the state lives; restore it.") from error
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{path.name} is not valid JSON: {error}.") from error
    try:
        settings = content["terraform"]["backend"]["s3"]
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path.name} has no terraform.backend.s3: the state lives in S3, name its bucket."
        ) from error
    for required in ("bucket", "key", "region"):
        if not isinstance(settings.get(required), str):
            raise ConfigurationError(f"{path.name}: terraform.backend.s3.{required} is missing: add it.")
    return dict(settings)
