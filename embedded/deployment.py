"""The real thing, deployed into the embedded AWS: by cdktf, Terraform and the AWS provider, as operators do it."""

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
"""Written by set-up: where Terraform finds the AWS provider."""


def _ignore(_line: str) -> None:
    pass


class DeploymentError(RuntimeError):
    """A command of the deployment failed; the message ends with what it printed last."""


class Deployment:
    """One environment in one embedded AWS.

    - `environment`: `dev`, `staging` or `prod`; its Terraform workspace bears the same name.
    - `folder`: takes the synthesised stacks, the outputs and a log of everything that was printed.
    - `variables`: what `--var` sets.
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
        """The bucket that backend.tf.json names."""
        settings = json.loads((REPOSITORY / "backend.tf.json").read_text(encoding="utf-8"))
        return str(settings["terraform"]["backend"]["s3"]["bucket"])

    @property
    def stack_folder(self) -> Path:
        """Where the synthesised JSON lies. DeploymentError before `deploy`."""
        for stack in sorted((self._folder / "cdktf.out" / "stacks").glob("*/cdk.tf.json")):
            return stack.parent
        raise DeploymentError("nothing is synthesised yet: deploy first")

    def create_state_bucket(self) -> None:
        """What `make bootstrap` runs, once an account. Harmless when the bucket is there. Raises DeploymentError."""
        self._python("tools.bootstrap")

    def deploy(self, on_line: Callable[[str], None] = _ignore) -> dict[str, Any]:
        """What `make deploy` runs; `on_line` hears what is printed. Returns the outputs. Raises DeploymentError."""
        self._python("tools.workspace")
        self._cdktf("deploy", "--auto-approve", "--skip-provider-lock", *self._variables, on_line=on_line)
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Terraform's outputs by name."""
        printed = self.terraform("output", "-json").stdout
        return {name: output["value"] for name, output in json.loads(printed).items()}

    def plan_exit_code(self, *arguments: str) -> int:
        """`terraform plan -detailed-exitcode`: 0 nothing to change, 2 changes. Raises DeploymentError on 1."""
        variables = [argument.removeprefix("-") for argument in self._variables]
        plan = self.terraform("plan", "-detailed-exitcode", "-no-color", *variables, *arguments, allowed=(0, 2))
        return plan.returncode

    def destroy(self, on_line: Callable[[str], None] = _ignore) -> None:
        """`cdktf destroy`. Raises DeploymentError."""
        self._cdktf("destroy", "--auto-approve", "--skip-provider-lock", on_line=on_line)

    def terraform(self, *arguments: str, allowed: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
        """Plain Terraform on the synthesised stack. Raises DeploymentError for an exit code that isn't `allowed`."""
        command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={self.stack_folder}", *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode not in allowed:
            raise DeploymentError(f"terraform {arguments[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def environment(self) -> dict[str, str]:
        """The variables that every command of this deployment runs with."""
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
