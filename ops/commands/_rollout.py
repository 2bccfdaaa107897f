"""Deploying an image tag and following its rollout: what `image release` and `image rollback` have in common."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ops.aws.rollout import apply, unwritten, watch
from ops.aws.service import EcsService, Rollout, ServiceState
from ops.console import output
from ops.errors import ExitCode, FindingError
from ops.stack.context import Context
from ops.stack.variables import IMAGE_TAG, deployed_variables

Wait = Annotated[bool, typer.Option("--wait", "-w", help="Watch the rollout to its end.")]
Timeout = Annotated[str, typer.Option(help="With --wait: how long to watch, such as 30m.")]
TerraformDir = Annotated[
    Path | None,
    typer.Option(help="Apply this synthesised stack with plain Terraform.", file_okay=False, exists=True),
]


def context_of_service(
    environment: str | None, outputs: Path | None, cluster: str | None, service: str | None, repository: str | None
) -> tuple[Context, EcsService]:
    """The context of a command that rolls an image out, and the service, by the values of the command's options."""
    names = {"cluster_name": cluster, "service_name": service, "ecr_repository_uri": repository}
    context = Context(environment, outputs, names)
    return context, EcsService(context.session, context.name("cluster_name"), context.name("service_name"))


def deploy_tag(
    context: Context,
    service: EcsService,
    tag: str,
    *,
    variables: dict[str, str],
    folder: Path | None,
    yes: bool,
    quiet: bool,
) -> ServiceState:
    """Deploy an image tag, and leave every other variable as it is deployed. Returns the service afterwards.

    `variables` are others to change at the same time. Raises `FindingError` if the service doesn't move to the tag.
    """
    deployed = deployed_variables(context.outputs, service.describe().version)
    apply(context, deployed | variables | {IMAGE_TAG: tag}, folder=folder, yes=yes, quiet=quiet)
    state = service.describe()
    if state.primary is None or state.primary.version != tag:
        raise FindingError(f"The service works towards {state.version}: {tag} was not applied.")
    warn_of_unwritten(context, {IMAGE_TAG: tag})
    return state


def warn_of_unwritten(context: Context, variables: dict[str, str]) -> None:
    """Print which of the changed variables the environment's file doesn't hold."""
    for name in unwritten(context.environment_name, variables):
        file = f"environments/{context.environment_name}.json"
        output.warn(f"Write {variables[name]} into {file} as fleet.{name}: later deployments keep it then.", "yellow")


def report(service: EcsService, state: ServiceState, *, wait: bool, seconds: float, as_json: bool) -> None:
    """Print that the rollout has started, or with `wait` how it ended."""
    version = state.version
    result: dict[str, Any] = {"version": version, "state": "IN_PROGRESS", "reason": ""}
    if not wait:
        if as_json:
            output.as_json(result)
        else:
            output.line(f"{version} is being rolled out; hospup-video workers shows how far it is")
        return
    end = watch(service, state, _Progress(version), seconds=seconds)
    if as_json:
        output.as_json(result | {"state": end.state, "reason": end.reason, "running": end.service.running})
    elif end.is_good:
        _print_released(version, end.service)
    elif end.state == "TIMEOUT":
        output.warn(f"{version} is still being rolled out: {end.reason}. See hospup-video workers.")
    else:
        output.warn(f"The release of {output.clean(version)} failed: {output.clean(end.reason).rstrip('.')}.")
        for event in end.service.events[:3]:
            output.warn(f"  ECS: {output.clean(event)}", "")
        now = output.clean(end.service.version)
        output.warn(f"The service works towards {now} now. Why: hospup-video logs --errors.", "")
    if not end.is_good:
        raise typer.Exit(ExitCode.UNFINISHED if end.state == "TIMEOUT" else ExitCode.FINDING)


def _print_released(version: str, service: ServiceState) -> None:
    """Print that a rollout has ended. With no worker wanted, that says nothing about the image."""
    running = service.primary.running if service.primary else 0
    if running:
        output.line(
            f"released {version}: {output.count(running, 'worker')} {'runs' if running == 1 else 'run'} it", "green"
        )
        return
    pool = f"the pool is {service.pool}" if service.pool is not None else "the service wants none"
    output.warn(
        f"{version} is released, and no worker runs it yet, so nothing is known of it: {service.desired} are wanted, "
        f"{pool}. `hospup-video doctor --after-deploy` renders a video with it.",
        "yellow",
    )


class _Progress:
    """Prints a line on standard error whenever the rollout has changed."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._last = ""

    def __call__(self, rollout: Rollout | None) -> None:
        if rollout is None:
            return
        failed = f", {rollout.failed_tasks} failed to start" if rollout.failed_tasks else ""
        line = f"{output.clean(self._version)}: {rollout.running} of {rollout.desired} workers run it{failed}"
        if line != self._last:
            self._last = line
            output.warn(line, "")
