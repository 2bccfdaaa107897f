"""Turns every error of a command into one sentence on standard error and an exit code."""

import os
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ops.aws_errors import AWS_ERRORS, explain
from ops.console.output import clean, warn
from ops.errors import ExitCode, OperatorError


class Commands(TyperGroup):
    """A group of commands in which no error prints a traceback, unless HOSPUP_TRACEBACK is set."""

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
        except (TyperException, typer.Exit, typer.Abort):
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
