"""What every command needs: the names of one environment's resources, and sessions to reach them with.

A name is looked up where it is first found:

1. the flag of the command (`--queue-url`);
2. where `--environment` or `--outputs` was given: Terraform's outputs of it;
3. a variable: `SQS_QUEUE_URL`, `JOBS_TABLE`, `MEDIA_BUCKET` as the worker has them, `HOSPUP_` and the output's name in
   capitals for every other (`HOSPUP_LOG_GROUP_NAME`);
4. Terraform's outputs of the environment that `ENV` names, else of `dev`.

So a shell with variables of its own, such as `make demo KEEP=1` prints, needs no state, and `--environment prod` can't
be led astray by a variable that was left behind.
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
from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import UsageError
from ops.terraform import State, known_environments, outputs_in

DEFAULT_ENVIRONMENT = "dev"
"""Where neither a flag nor `ENV` says anything else: what goes astray there hurts least."""

WORKER_VARIABLES = MappingProxyType(
    {"queue_url": "SQS_QUEUE_URL", "jobs_table": "JOBS_TABLE", "media_bucket": "MEDIA_BUCKET"}
)
"""Outputs that the worker knows by a variable of its own (docs/job-contract.md, section 4)."""

CLIENT_CONFIG = Config(
    # An operator waits at a terminal: three tries of a few seconds, then a sentence.
    connect_timeout=4,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra="hospup-video",
)


def variable_of(output: str) -> str:
    """The variable that stands in for one of Terraform's outputs."""
    return WORKER_VARIABLES.get(output, f"HOSPUP_{output.upper()}")


@dataclass(frozen=True)
class Context:
    """One environment, as a command sees it.

    - `environment`: as given by `--environment`, else None.
    - `outputs_file`: as given by `--outputs`, else None.
    - `given`: the names that the command uses, by the output's name: as given by flags, None where one was left out.
    """

    environment: str | None = None
    outputs_file: Path | None = None
    given: Mapping[str, str | None] = field(default_factory=dict)

    def name(self, output: str) -> str:
        """The name of a resource, by the name of Terraform's output. Raises `UsageError`, and botocore's errors."""
        if found := self.known(output):
            return found
        flag = f"--{output.replace('_', '-')}, " if output in self.given else ""
        raise UsageError(
            f"{output} is not known: {self._where} has no such output. Deploy again, or give it: {flag}"
            f"{variable_of(output)}, or --outputs FILE."
        )

    def known(self, output: str) -> str | None:
        """The same, None where the environment has no such output."""
        explicit = self.environment is not None or self.outputs_file is not None
        found = self.given.get(output) or (None if explicit else os.environ.get(variable_of(output)))
        return found or (str(self.outputs[output]) if self.outputs.get(output) not in (None, "") else None)

    def known_quietly(self, output: str) -> str | None:
        """The same, None also where Terraform's outputs can't be read: for what a command can do without."""
        try:
            return self.known(output)
        except (UsageError, BotoCoreError, ClientError):
            return None

    @property
    def environment_name(self) -> str:
        """The environment that is asked about: given, or `ENV`, or `dev`."""
        return self.environment or os.environ.get("ENV") or DEFAULT_ENVIRONMENT

    @functools.cached_property
    def state(self) -> State:
        """Where the environment's state lies."""
        name = self.environment_name
        if not name.replace("-", "").isalnum():
            raise UsageError(f"{name!r} is no environment's name: choose one of {', '.join(known_environments())}.")
        return State(name)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Terraform's outputs. Raises `UsageError` where there are none, and botocore's errors."""
        if isinstance(self._read, Exception):
            raise self._read
        return self._read

    @functools.cached_property
    def _read(self) -> Mapping[str, Any] | Exception:
        """The outputs, or why there are none: asked for once, since an AWS that is down costs seconds each time."""
        try:
            if self.outputs_file is not None:
                return outputs_in(self.outputs_file)
            return self.state.outputs(self._session(self.state.region).client("s3"))
        except (UsageError, BotoCoreError, ClientError) as error:
            return error

    @functools.cached_property
    def session(self) -> boto3.Session:
        """A session in the environment's region, whose clients give up within seconds."""
        return self._session(self.region)

    @functools.cached_property
    def region(self) -> str:
        """The environment's region where a name came from its outputs, else the shell's, else the state's."""
        for output in self.given:
            self.known_quietly(output)
        read = vars(self).get("_read")
        if isinstance(read, Mapping) and read.get("region"):
            return str(read["region"])
        return os.environ.get("AWS_REGION") or boto3.Session().region_name or self.state.region

    @property
    def _where(self) -> str:
        return str(self.outputs_file or self.state.url)

    @staticmethod
    def _session(region: str) -> boto3.Session:
        core = botocore.session.get_session()
        core.set_default_client_config(CLIENT_CONFIG)
        return boto3.Session(botocore_session=core, region_name=region)
