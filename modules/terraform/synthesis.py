"""Synthesis of a stack, as JSON, or as HCL if cdktf requests it."""

from collections.abc import Callable
from pathlib import Path

from modules.terraform.bindings import App, TerraformStack
from modules.terraform.hcl import fix_hcl, hcl_requested


def synthesise_app(build: Callable[[App], TerraformStack], outdir: Path | None, *, validate: bool = True) -> None:
    """Build a stack in an app and write it below `outdir` (default: CDKTF_OUTDIR, or cdktf.out).

    With `--hcl` cdktf writes HCL, whose errors are then fixed.

    Params:
        build: adds the stack to the app.
        validate: run the stack's validations.
    """
    app = App(outdir=str(outdir) if outdir else None, skip_validation=not validate)
    stack = build(app)
    app.synth()
    if hcl_requested():
        written = Path(app.outdir) / "stacks" / stack.node.id / "cdk.tf"
        written.write_text(fix_hcl(written.read_text(encoding="utf-8"), stack.to_terraform()), encoding="utf-8")
