"""`outputs`: what Terraform tells of an environment."""

import json
from typing import Annotated

import typer

from ops import show
from ops.context import Context
from ops.errors import FindingError
from ops.options import AsJson, Environment, Outputs


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
        show.as_json(found if name is None else found[name])
    elif name is not None:
        show.url(_text(found[name]))
    else:
        show.fields({key: _text(value) for key, value in sorted(found.items())})


def _text(value: object) -> str:
    return show.clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
