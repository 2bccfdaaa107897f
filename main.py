"""The CDKTF app: reads one environment, builds its stack, synthesises Terraform JSON.

ENV=prod python main.py    leaves cdktf.out/stacks/hospup-video-prod/cdk.tf.json
ENV=prod cdktf deploy      synthesises the same, then applies it

ENV names a file of environments/, `dev` where it isn't set. One environment, and so one stack, a run: `cdktf deploy`
then needs no stack's name, and what is on the screen is what was asked for.
"""

import os
import sys
from pathlib import Path

from modules.backend import read_backend
from modules.config import PROJECT, ConfigurationError, Environment
from modules.loader import load

ROOT = Path(__file__).resolve().parent


def stack_name(environment: Environment) -> str:
    """The stack's folder in cdktf.out/stacks, and its name to cdktf."""
    return f"{PROJECT}-{environment.name}"


def synthesise(environment: Environment, outdir: Path | None = None) -> None:
    """Write an environment's stack below `outdir`; none: what CDKTF_OUTDIR says, or cdktf.out."""
    from modules.bindings import App, TerraformStack  # noqa: PLC0415 - jsii takes seconds to load: not for a mistake
    from modules.deployment import Deployment  # noqa: PLC0415
    from modules.stack import VideoStack  # noqa: PLC0415
    from modules.synthesis import synthesise_app  # noqa: PLC0415

    backend = read_backend(ROOT / "backend.tf.json")

    def make(app: App) -> TerraformStack:
        stack = VideoStack(app, stack_name(environment), environment)
        Deployment(stack, environment, backend)
        return stack

    synthesise_app(make, outdir)


def main() -> int:
    """Synthesise the environment that ENV names; the exit code."""
    try:
        synthesise(load(ROOT / "environments", os.environ.get("ENV") or "dev"))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
