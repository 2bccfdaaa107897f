"""`open`: a page of the environment in a browser."""

import sys
import webbrowser
from enum import StrEnum
from typing import Annotated

import typer

from ops.console import output
from ops.console.options import AsJson, Environment, Outputs
from ops.stack.context import Context


class Page(StrEnum):
    """What can be opened."""

    DASHBOARD = "dashboard"


def open_command(
    page: Annotated[Page, typer.Argument(help="What to open.")] = Page.DASHBOARD,
    browser: Annotated[bool, typer.Option(help="Open it; else its address is printed alone.")] = True,
    environment: Environment = None,
    outputs: Outputs = None,
    as_json: AsJson = False,
) -> None:
    """Print the dashboard's address, and open it in the browser where a person is at the terminal."""
    address = Context(environment, outputs).name(f"{page}_url")
    if as_json:
        output.as_json({f"{page}_url": address})
        return
    output.url(address)
    if browser and sys.stdout.isatty() and not webbrowser.open(address):
        output.warn("No browser could be opened here: open the address elsewhere.", "yellow")
