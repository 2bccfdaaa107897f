"""`outputs`: Terraform's outputs of an environment."""

import json
from typing import Annotated

import typer

from ops.console import output
from ops.console.options import AsJson, Environment, Outputs
from ops.errors import FindingError
from ops.stack.context import Context


def outputs_command(
    name: Annotated[str | None, typer.Argument(help="Print this one's value alone, such as queue_url.")] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Print Terraform's outputs of the environment, or one of them for a script to take."""
    context = Context(environment, outputs)
    found = context.outputs
    if name is not None:
        if name not in found:
            raise FindingError(f"There is no output {name}; there are {', '.join(sorted(found))}.")
        found = {name: found[name]}
    if as_json:
        value = found if name is None else found[name]
        output.verbatim(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n")
    elif name is not None:
        output.url(_text(found[name]))
    else:
        output.fields({key: _text(value) for key, value in sorted(found.items())})


def _text(value: object) -> str:
    return output.clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
