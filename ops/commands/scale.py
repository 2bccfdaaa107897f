"""`scale`: changes the number of workers, and leaves everything else as it is deployed."""

from typing import Annotated

import typer

from ops.aws.rollout import apply
from ops.aws.service import EcsService, ServiceState
from ops.commands._rollout import TerraformDir, warn_of_unwritten
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, Outputs, Yes
from ops.console.options import Service as ServiceName
from ops.errors import FindingError, UsageError
from ops.stack.context import Context
from ops.stack.variables import IMAGE_TAG, deployed_variables

POOL, MAXIMUM, ON_DEMAND = "warm_pool_size", "max_workers", "on_demand_workers"


def scale_command(
    pool: Annotated[int | None, typer.Option(min=0, help="Workers always on.")] = None,
    maximum: Annotated[int | None, typer.Option("--max", min=1, help="Workers at most.")] = None,
    on_demand: Annotated[
        int | None, typer.Option(min=0, help="Workers of the pool that Spot can't take away. Replaces the workers.")
    ] = None,
    terraform_dir: TerraformDir = None,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Change the number of workers, through Terraform, which shows its plan and asks.

    What isn't given stays as it is deployed: other sizes, the image, and every other variable. If ECS took the last
    release back, the image that runs stays. The sizes hold until the next `make deploy`, which returns to those of the
    environment's file.
    """
    asked = {POOL: pool, MAXIMUM: maximum, ON_DEMAND: on_demand}
    changed = {name: str(number) for name, number in asked.items() if number is not None}
    if not changed:
        raise UsageError("Say what to change: --pool, --max or --on-demand.")
    context = Context(environment, outputs, {"cluster_name": cluster_name, "service_name": service_name})
    service = EcsService(context.session, context.name("cluster_name"), context.name("service_name"))
    before = service.describe()
    variables = deployed_variables(context.outputs, before.version) | changed
    _check(variables)
    apply(context, variables, folder=terraform_dir, yes=yes, quiet=as_json)
    after = service.describe()
    if variables[IMAGE_TAG]:
        _check_applied(after, changed)
    warn_of_unwritten(context, changed)
    if as_json:
        output.as_json({name: int(variables[name]) for name in asked})
    else:
        output.line(
            f"{after.service}: {variables[POOL]} always on, {variables[MAXIMUM]} at most, "
            f"{variables[ON_DEMAND]} on demand"
        )


def _check(variables: dict[str, str]) -> None:
    """Raise `UsageError` where sizes contradict each other, before Terraform needs a minute to say so."""
    pool, maximum, on_demand = (int(variables[name]) for name in (POOL, MAXIMUM, ON_DEMAND))
    if maximum < pool:
        raise UsageError(f"{maximum} workers at most are fewer than the {pool} always on: give --max or --pool too.")
    if on_demand > pool:
        raise UsageError(f"{on_demand} on demand are more than the {pool} always on: give --pool or --on-demand too.")


def _check_applied(after: ServiceState, changed: dict[str, str]) -> None:
    """Raise `FindingError` where the service doesn't have the sizes: cdktf ends with 0 also after a no."""
    found = {POOL: after.pool, MAXIMUM: after.maximum, ON_DEMAND: after.on_demand}
    for name, number in changed.items():
        if found[name] not in {None, int(number)}:
            raise FindingError(f"{name} is {found[name]}: {number} was not applied.")
