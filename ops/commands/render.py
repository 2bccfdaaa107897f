"""`render`: renders one job on this machine, without AWS."""

import os
import subprocess
import sys

import typer

from ops.stack.outputs import ROOT

SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}


def render_command(context: typer.Context) -> None:
    """Render a job file here, by the worker's own code. `render --help` lists the worker's options."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "worker", "render", *context.args]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False)
    raise typer.Exit(done.returncode)
