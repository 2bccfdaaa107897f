"""What others need to know: the backend, the operators' command line, the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules.bindings import TerraformOutput


@dataclass(frozen=True)
class Output:
    """One output: its value, and what it is for."""

    value: Any
    description: str


class Outputs(Construct):
    """The stack's Terraform outputs. Their names are an interface: the backend and scripts read them.

    Params:
        outputs: by name, in snake_case.
    """

    def __init__(self, scope: Construct, outputs: Mapping[str, Output]) -> None:
        super().__init__(scope, "outputs")
        for name, output in outputs.items():
            TerraformOutput(self, name, value=output.value, description=output.description)
