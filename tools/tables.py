"""Variables and outputs of a synthesised stack, as Markdown tables."""

import json
from collections.abc import Mapping
from typing import Any


def variables_table(variables: Mapping[str, Mapping[str, Any]]) -> str:
    """Name, type, default and description of each variable; required variables come first."""
    rows = ["| variable | type | default | what |", "|---|---|---|---|"]
    for name, body in sorted(variables.items(), key=lambda item: ("default" in item[1], item[0])):
        default = f"`{json.dumps(body['default'])}`" if "default" in body else "required"
        rows.append(f"| `{name}` | {body['type']} | {default} | {_cell(body['description'])} |")
    return "\n".join(rows) + "\n"


def outputs_table(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """Name and description of each output."""
    rows = ["| output | what |", "|---|---|"]
    rows += [f"| `{name}` | {_cell(body['description'])} |" for name, body in sorted(outputs.items())]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
