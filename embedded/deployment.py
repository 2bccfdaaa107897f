"""A deployment of the real stack into the embedded AWS, by cdktf, Terraform and the AWS provider."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from embedded.aws import EmbeddedAws
from embedded.process import REPOSITORY

CDKTF = REPOSITORY / "node_modules" / ".bin" / "cdktf"
TERRAFORM_CONFIG = REPOSITORY / ".build" / "terraform.rc"
"""Terraform's command-line configuration, written by `make setup`: it says where the AWS provider is."""


def _ignore(_line: str) -> None:
    pass


class DeploymentError(RuntimeError):
    """A command of the deployment failed; the message ends with the last lines of its output."""


class Deployment:
    """One environment, deployed into one embedded AWS.

    - `environment`: `dev`, `staging` or `prod`; its Terraform workspace has the same name.
    - `folder`: folder for the synthesised stacks, the outputs and a log of all output.
    - `variables`: Terraform variables, passed by `--var`.
    """

    def __init__(
        self, aws: EmbeddedAws, folder: Path, environment: str = "dev", variables: Mapping[str, object] | None = None
    ) -> None:
        self._aws = aws
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._environment = environment
        self._variables = [f"--var={name}={value}" for name, value in (variables or {}).items()]
        self.log = self._folder / "deployment.log"

    @property
    def state_bucket(self) -> str:
        """The name of the bucket in backend.tf.json."""
        settings = json.loads((REPOSITORY / "backend.tf.json").read_text(encoding="utf-8"))
        return str(settings["terraform"]["backend"]["s3"]["bucket"])

    @property
    def stack_folder(self) -> Path:
        """The folder of the synthesised JSON. Raises DeploymentError before `deploy`."""
        for stack in sorted((self._folder / "cdktf.out" / "stacks").glob("*/cdk.tf.json")):
            return stack.parent
        raise DeploymentError("nothing is synthesised yet: deploy first")

    def create_state_bucket(self) -> None:
        """Runs what `make bootstrap` runs. Does nothing if the bucket exists. Raises DeploymentError."""
        self._python("tools.bootstrap")

    def deploy(self, on_line: Callable[[str], None] = _ignore) -> dict[str, Any]:
        """Runs what `make deploy` runs. Returns the outputs. Raises DeploymentError.

        - `on_line`: called with each line of output.
        """
        self._python("tools.workspace")
        self._cdktf("deploy", "--auto-approve", "--skip-provider-lock", *self._variables, on_line=on_line)
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Terraform's outputs by name."""
        printed = self.terraform("output", "-json").stdout
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def plan_exit_code(self, *arguments: str) -> int:
        """Runs `terraform plan -detailed-exitcode`. Returns 0 (no changes) or 2 (changes). Raises DeploymentError."""
        variables = [argument.removeprefix("-") for argument in self._variables]
        plan = self.terraform("plan", "-detailed-exitcode", "-no-color", *variables, *arguments, allowed=(0, 2))
        return plan.returncode

    def destroy(self, on_line: Callable[[str], None] = _ignore) -> None:
        """Runs `cdktf destroy`. Raises DeploymentError."""
        self._cdktf("destroy", "--auto-approve", "--skip-provider-lock", on_line=on_line)

    def terraform(self, *arguments: str, allowed: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        """Runs Terraform on the synthesised stack. Raises DeploymentError if the exit code isn't in `allowed`."""
        command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={self.stack_folder}", *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode not in allowed:
            raise DeploymentError(f"terraform {arguments[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def environment(self) -> dict[str, str]:
        """The environment variables of every command of this deployment."""
        environment = self._aws.environment(os.environ)
        environment |= {
            "ENV": self._environment,
            "TF_WORKSPACE": self._environment,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "CI": "1",
            "FORCE_COLOR": "0",
            "TERRAFORM_BINARY_NAME": os.environ.get("TERRAFORM", "terraform"),
        }
        if TERRAFORM_CONFIG.exists():
            environment["TF_CLI_CONFIG_FILE"] = str(TERRAFORM_CONFIG)
        return environment

    def _python(self, module: str) -> None:
        command = [sys.executable, "-m", module]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment(), capture_output=True, text=True, check=False
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode != 0:
            raise DeploymentError(f"{module} failed:\n{done.stdout}{done.stderr}")

    def _cdktf(self, *arguments: str, on_line: Callable[[str], None]) -> None:
        command = [str(CDKTF), *arguments, f"--output={self._folder / 'cdktf.out'}"]
        last: list[str] = []
        with (
            self.log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            log.write(f"$ {' '.join(command)}\n")
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                last = [*last[-40:], line]
                on_line(line.rstrip())
        if process.returncode != 0:
            raise DeploymentError(f"cdktf {arguments[0]} failed:\n{''.join(last)}")
