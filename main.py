"""The CDKTF app: reads an environment's configuration, builds its stack, synthesises Terraform JSON.

ENV=prod python main.py    writes cdktf.out/stacks/hospup-video-prod/cdk.tf.json
ENV=prod cdktf deploy      synthesises the same, and applies it

ENV is the name of a file of environments/; default: `dev`. A run has one environment and one stack, so that
`cdktf deploy` needs no stack name.
"""

import os
import sys
from pathlib import Path

from modules.config import PROJECT, ConfigurationError, Environment
from modules.config.backend import read_backend
from modules.config.loader import load

ROOT = Path(__file__).resolve().parent


def stack_name(environment: Environment) -> str:
    """The stack's folder in cdktf.out/stacks, and its name for cdktf."""
    return f"{PROJECT}-{environment.name}"


def synthesise(environment: Environment, outdir: Path | None = None) -> None:
    """Write an environment's stack below `outdir` (default: CDKTF_OUTDIR, or cdktf.out)."""
    from modules.deployment import Deployment  # noqa: PLC0415
    from modules.stack import VideoStack  # noqa: PLC0415
    from modules.terraform.bindings import App, TerraformStack  # noqa: PLC0415 - jsii takes seconds to load, too long for an error in the configuration
    from modules.terraform.synthesis import synthesise_app  # noqa: PLC0415

    backend = read_backend(ROOT / "backend.tf.json")

    def build(app: App) -> TerraformStack:
        stack = VideoStack(app, stack_name(environment), environment)
        Deployment(stack, backend)
        return stack

    synthesise_app(build, outdir)


def main() -> int:
    """Synthesise the environment that ENV names; return the exit code."""
    try:
        synthesise(load(ROOT / "environments", os.environ.get("ENV") or "dev"))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
