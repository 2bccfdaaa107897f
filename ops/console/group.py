"""Turns every error of a command into one sentence on standard error and an exit code."""

import os
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ops.aws_errors import AWS_ERRORS, explain
from ops.console.output import clean, problems, warn
from ops.errors import ExitCode, OperatorError


class Commands(TyperGroup):
    """A group of commands in which no error prints a traceback, unless HOSPUP_TRACEBACK is set."""

    def main(self, *arguments: Any, **named: Any) -> Any:
        """Run the command line; where errors don't go to a terminal, no box is drawn around them."""
        if not problems.is_terminal:
            self.rich_markup_mode = None
        return super().main(*arguments, **named)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name. Its help has JOB_ID for an argument, and no type behind a flag."""
        command: Any = super().get_command(ctx, cmd_name)
        if command is not None:
            for parameter in filter(None, (*command.params, command.get_help_option(ctx))):
                if parameter.param_type_name == "argument":
                    parameter.metavar = parameter.name.upper()
                elif parameter.is_flag:
                    parameter.metavar = ""
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        try:
            return super().invoke(ctx)
        except OperatorError as error:
            warn(clean(error))
            raise typer.Exit(error.exit_code) from error
        except AWS_ERRORS as error:
            warn(clean(explain(error)))
            raise typer.Exit(ExitCode.AWS) from error
        except TyperException as error:
            error.message = error.message.replace("Value error, ", "")  # pydantic's, which says nothing
            raise
        except (typer.Exit, typer.Abort, BrokenPipeError):  # the last: who reads the output, such as head, has enough
            raise
        except Exception as error:
            if os.environ.get("HOSPUP_TRACEBACK"):
                raise
            warn(clean(flaw(error)))
            raise typer.Exit(ExitCode.FLAW) from error


def flaw(error: Exception) -> str:
    """An error that no code expects, in one sentence with the place where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    text = f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")
    return (
        f"hospup-video met something that it doesn't know: {text} (at {place}). An answer of AWS was incomplete, or "
        "this is a flaw of hospup-video: report it with what HOSPUP_TRACEBACK=1 prints."
    )
