"""The command line's last resort: every error ends as one sentence and an exit code, wherever it came from."""

from typing import Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from ops.errors import ExitCode, OperatorError
from ops.refusals import explain
from ops.show import clean, complain


class Commands(TyperGroup):
    """A group of commands in which no error of ours or of AWS's prints a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OperatorError as error:
            complain(clean(error))
            raise typer.Exit(error.exit_code) from error
        except (BotoCoreError, ClientError) as error:
            complain(clean(explain(error)))
            raise typer.Exit(ExitCode.AWS) from error
