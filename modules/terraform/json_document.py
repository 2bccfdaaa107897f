"""JSON documents inside Terraform strings."""

import json
from typing import Any


def json_document(value: Any) -> str:
    """A value as JSON text of several lines.

    `cdktf synth --hcl` needs the line breaks: it writes text of several lines as a valid heredoc, and text of one line
    between quotes that it doesn't escape, which is invalid HCL.
    """
    return json.dumps(value, indent=1)
