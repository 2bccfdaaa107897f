"""The Terraform variables of `make plan`, `make deploy` and `make review`: those of VARS, and the tag that runs.

`make deploy ENV=prod VARS='on_demand_workers=10 max_workers=60'`. A variable that isn't given has its default, from the
environment's file. The exception is the image's tag, which `hospup-video image release` deploys before it is committed:
where neither VARS nor the file names one, the one that runs stays.
"""

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from modules.config.loader import load
from ops.aws.service import EcsService
from ops.errors import AwsError, NoBucketError, UsageError
from ops.stack.context import Context
from ops.stack.outputs import ENVIRONMENTS
from ops.stack.variables import IMAGE_TAG, NO_IMAGE, OUTPUT, parse_assignment

VARIABLE = "TERRAFORM_VARS"
"""Environment variable by which the Makefile passes VARS: no make and no shell expands it."""


def terraform_variables(environment: str, given: Iterable[str] = ()) -> dict[str, str]:
    """The variables to plan or deploy an environment with, by name.

    Params:
        given: more assignments, `NAME=VALUE`.

    Raises `UsageError` for what is no assignment, `NoBucketError`, and botocore's errors.
    """
    try:
        words = shlex.split(os.environ.get(VARIABLE, ""))
    except ValueError as error:
        raise UsageError("VARS has a quote without its partner: write VARS='NAME=VALUE NAME=VALUE'.") from error
    assigned = dict(parse_assignment(word, "VARS:") for word in words)
    assigned |= dict(parse_assignment(assignment, "--var") for assignment in given)
    context = Context(environment)
    _outputs(context)  # whatever is assigned: Terraform's own words for a missing bucket name no remedy
    if IMAGE_TAG not in assigned and f"TF_VAR_{IMAGE_TAG}" not in os.environ:
        fleet = load(ENVIRONMENTS, environment).fleet
        tag = None if fleet.worker_image_tag else running_tag(context)
        if tag:
            print(f"{IMAGE_TAG}={tag} runs, and environments/{environment}.json names none: it stays.", file=sys.stderr)
            assigned[IMAGE_TAG] = tag
    return assigned


def running_tag(context: Context) -> str | None:
    """The image tag that an environment's service runs, else the one deployed last; None before the first release.

    Raises `NoBucketError`, and botocore's errors.
    """
    outputs = _outputs(context)
    if outputs is None:
        return None
    recorded: str | None = outputs.get(OUTPUT, {}).get(IMAGE_TAG)
    try:
        service = EcsService(context.session, context.name("cluster_name"), context.name("service_name"))
        version = service.describe().version
    except (AwsError, UsageError):  # somebody deleted the service, which Terraform will make again
        return recorded
    return recorded if version == NO_IMAGE else version


def _outputs(context: Context) -> Mapping[str, Any] | None:
    """Terraform's outputs; None where nothing is deployed, or a first deployment stopped half-way.

    Raises `NoBucketError`, and botocore's errors.
    """
    try:
        return context.outputs
    except NoBucketError:
        raise
    except UsageError:
        return None
