"""JSON documents within Terraform's strings."""

import json
from typing import Any


def document(value: Any) -> str:
    """A value as JSON, on several lines.

    The line breaks are for `cdktf synth --hcl`: cdktf writes such a text as a heredoc, which is right, and one of a
    single line between quotes that it doesn't escape, which is no HCL.
    """
    return json.dumps(value, indent=1)
