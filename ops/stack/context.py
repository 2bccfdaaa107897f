"""The context of a command: the names of one environment's resources, and AWS sessions in its region.

A name is taken from the first of these that has it:

1. the flag of the command (`--queue-url`);
2. Terraform's outputs, if `--environment` or `--outputs` was given;
3. a variable: the worker's `SQS_QUEUE_URL`, `PARTS_QUEUE_URL`, `JOBS_TABLE`, `MEDIA_BUCKET`; for every other output
   `HOSPUP_` and its name in capitals (`HOSPUP_LOG_GROUP_NAME`);
4. Terraform's outputs in the file that `HOSPUP_OUTPUTS` names, else of the environment that `ENV` names, else of `dev`.

So a shell with these variables, such as `make demo KEEP=1` prints, needs no state, and no variable left in a shell
overrides `--environment prod`. A shell that names two environments, one by `ENV` or `HOSPUP_OUTPUTS` and another by
variables of the third kind, is refused: else `queue` would look at the one and `workers` at the other.
"""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from ops.aws_errors import AWS_ERRORS
from ops.errors import UsageError
from ops.stack.foreign_answers import refuse_foreign_answers
from ops.stack.missing_names import name_what_is_missing
from ops.stack.outputs import State, known_environments, outputs_in
from ops.stack.patience import patience

OUTPUTS_VARIABLE = "HOSPUP_OUTPUTS"
"""Environment variable that names a file of outputs: users of the exported module have no state of ours."""
DEFAULT_ENVIRONMENT = "dev"
"""Environment without a flag and `ENV`: the one where a mistake does least harm."""

WORKER_VARIABLES = MappingProxyType(
    {
        "queue_url": "SQS_QUEUE_URL",
        "parts_queue_url": "PARTS_QUEUE_URL",
        "jobs_table": "JOBS_TABLE",
        "media_bucket": "MEDIA_BUCKET",
    }
)
"""Outputs for which the worker has a variable (docs/reference/job-contract.md, section 4)."""

CLIENT_CONFIG = Config(
    # An operator waits at a terminal: patience.py adds up the silences.
    connect_timeout=4,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra="hospup-video",
)


def variable_of(output: str) -> str:
    """The environment variable that replaces one of Terraform's outputs."""
    return WORKER_VARIABLES.get(output, f"HOSPUP_{output.upper()}")


@dataclass(frozen=True)
class Context:
    """One environment, as the command's options name it.

    - `environment`: value of `--environment`, or None.
    - `outputs_file`: value of `--outputs`, or None.
    - `given`: by output name, the value of each flag that the command has; None for a flag that was left out.
    """

    environment: str | None = None
    outputs_file: Path | None = None
    given: Mapping[str, str | None] = field(default_factory=dict)

    def name(self, output: str) -> str:
        """The name of a resource, by its Terraform output. Raises `UsageError` without one, and botocore's errors."""
        if found := self.known(output):
            return found
        flag = f"--{output.replace('_', '-')}, " if output in self.given else ""
        raise UsageError(
            f"{output} is not known: {self._where} has no such output. Deploy again, or give it: {flag}"
            f"{variable_of(output)}, or --outputs FILE."
        )

    def known(self, output: str) -> str | None:
        """Like `name`, but None if the environment has no such output."""
        if found := self.given.get(output):
            return found
        variable = None if self._is_explicit else os.environ.get(variable_of(output))
        if variable and not self._named_by_shell:
            return variable
        found = self.outputs.get(output)
        return variable or (None if found in (None, "") else str(found))

    def optional(self, output: str) -> str | None:
        """Like `known`, but None also if Terraform's outputs can't be read: for names that a command can do without."""
        try:
            return self.known(output)
        except (UsageError, *AWS_ERRORS):
            return None

    @property
    def environment_name(self) -> str:
        """The environment: `--environment`, else `ENV`, else `dev`."""
        return self.environment or os.environ.get("ENV") or DEFAULT_ENVIRONMENT

    @property
    def _is_explicit(self) -> bool:
        """Whether the command names its environment, so that no variable counts."""
        return self.environment is not None or self.outputs_file is not None

    @property
    def _named_by_shell(self) -> str:
        """How a variable of the shell names the environment as a whole; empty where none does."""
        for name in (OUTPUTS_VARIABLE, "ENV"):
            if os.environ.get(name):
                return f"{name}={os.environ[name]}"
        return ""

    @property
    def file(self) -> Path | None:
        """The file that Terraform's outputs are in; None where they are in its state."""
        given = None if self._is_explicit else os.environ.get(OUTPUTS_VARIABLE)
        return Path(given) if given else self.outputs_file

    @functools.cached_property
    def state(self) -> State:
        """The location of the environment's state. Raises `UsageError`."""
        name = self.environment_name
        if not name.replace("-", "").isalnum():
            raise UsageError(f"{name!r} is no environment's name: choose one of {', '.join(known_environments())}.")
        return State(name)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Terraform's outputs. Raises `UsageError` if there are none, and botocore's errors."""
        if isinstance(self._read, Exception):
            raise self._read
        return self._read

    @functools.cached_property
    def _read(self) -> Mapping[str, Any] | Exception:
        """The outputs, or the error. Both are kept, since each request to an AWS that is down takes seconds."""
        try:
            if self.file is not None:
                outputs = outputs_in(self.file)
            else:
                outputs = self.state.outputs(self._session(self.state.region).client("s3"))
            if not self._is_explicit:
                self._refuse_contradiction(outputs)
            return outputs
        except (UsageError, *AWS_ERRORS) as error:
            return error

    def _refuse_contradiction(self, outputs: Mapping[str, Any]) -> None:
        """Raise `UsageError` where a variable of the shell names a resource of another environment."""
        for output, value in outputs.items():
            variable = os.environ.get(variable_of(output))
            if variable and variable != str(value):
                by = self._named_by_shell or f"no ENV, so {self.environment_name}"
                raise UsageError(
                    f"The shell names two environments: {variable_of(output)}={variable}, but {by}, whose {output} is "
                    f"{value}. Say which with -e, or unset one of them."
                )

    @functools.cached_property
    def session(self) -> boto3.Session:
        """A session in the environment's region, with short timeouts."""
        return self._session(self.region)

    @functools.cached_property
    def region(self) -> str:
        """The region of the outputs if a name was taken from them, else the shell's, else the state's."""
        for output in self.given:
            self.optional(output)
        read = vars(self).get("_read")
        if isinstance(read, Mapping) and read.get("region"):
            return str(read["region"])
        return os.environ.get("AWS_REGION") or boto3.Session().region_name or self.state.region

    @property
    def _where(self) -> str:
        return str(self.file or self.state.url)

    @staticmethod
    def _session(region: str) -> boto3.Session:
        core = botocore.session.get_session()
        core.set_default_client_config(CLIENT_CONFIG)
        patience.watch(core)
        refuse_foreign_answers(core)
        name_what_is_missing(core)
        return boto3.Session(botocore_session=core, region_name=region)
