"""Synthesises a stack: JSON, or HCL where cdktf wants it."""

from collections.abc import Callable
from pathlib import Path

from modules.bindings import App, TerraformStack
from modules.hcl import is_wanted, mend


def synthesise_app(make: Callable[[App], TerraformStack], outdir: Path | None, *, validate: bool = True) -> None:
    """Make a stack in an app, and write it below `outdir`; none: where CDKTF_OUTDIR says, or cdktf.out.

    With `--hcl` cdktf writes HCL, which is then put right.
    """
    app = App(outdir=str(outdir) if outdir else None, skip_validation=not validate)
    stack = make(app)
    app.synth()
    if is_wanted():
        written = Path(app.outdir) / "stacks" / stack.node.id / "cdk.tf"
        written.write_text(mend(written.read_text(encoding="utf-8"), stack.to_terraform()), encoding="utf-8")
