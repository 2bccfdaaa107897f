"""Fixes for the HCL that `cdktf synth --hcl` writes.

cdktf 0.21 writes `0 = "required_version"`, omits empty defaults and `nullable`, writes preconditions as arguments, and
quotes references. Terraform rejects the first and the third, and warns about the last.
"""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

_LIFECYCLE_BLOCK = re.compile(r"precondition = \[\s*\{\s*\n(.*?)\n\s*\},\s*\]", re.DOTALL)
_IGNORED = re.compile(r'(ignore_changes = \[\s*)"(\w+)"')
_REFERENCE = re.compile(r'^(\s*)"((?:data\.)?aws_\w+\.[\w-]+)",$', re.MULTILINE)
_LOCAL_BACKEND = re.compile(r'^\s*backend "local" \{\n.*?^\s*\}\n', re.MULTILINE | re.DOTALL)


def hcl_requested() -> bool:
    """Whether cdktf was called with `--hcl`; cdktf sets an environment variable then."""
    return os.environ.get("SYNTH_HCL_OUTPUT") == "true"


def fix_hcl(text: str, stack: Mapping[str, Any]) -> str:
    """cdktf's HCL of a stack with its errors fixed; `stack` is the same stack's Terraform JSON."""
    terraform = stack["terraform"]
    version = f'terraform {{\nrequired_version = "{terraform["required_version"]}"\n'
    text = text.replace("terraform {\n", version, 1)
    text = re.sub(r'^\s*0 = "required_version"\n', "", text, flags=re.MULTILINE)
    if "local" in terraform["backend"]:
        text = _LOCAL_BACKEND.sub("", text, count=1)
    for name, body in stack["variable"].items():
        lines = [f"nullable = {json.dumps(body['nullable'])}"]
        if "default" in body and not body["default"]:
            lines.append(f"default = {json.dumps(body['default'])}")
        opening = f'variable "{name}" {{\n'
        text = text.replace(opening, opening + "\n".join(lines) + "\n")
    text = _LIFECYCLE_BLOCK.sub(r"precondition {\n\1\n}", text)
    text = _IGNORED.sub(r"\1\2", text)
    return _REFERENCE.sub(r"\1\2,", text)
