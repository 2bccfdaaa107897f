"""`image`: builds the worker's image, pushes it, releases it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.aws.container_engines import find_engine, log_in
from ops.aws.registry import Repository, checked_tag
from ops.aws.rollout import apply, is_written_down, watch
from ops.aws.service import EcsService, Rollout, ServiceState
from ops.aws_errors import AWS_ERRORS, explain
from ops.console import output
from ops.console.group import Commands
from ops.console.options import AsJson, Cluster, Environment, Outputs, Yes, parse_duration
from ops.console.options import Repository as RepositoryUri
from ops.console.options import Service as ServiceName
from ops.console.prompt import confirm
from ops.errors import AwsError, ExitCode, FindingError, UsageError
from ops.stack.context import Context
from ops.stack.outputs import ROOT

image_app = typer.Typer(cls=Commands, no_args_is_help=True, help="Build, push and release the worker's image.")

Tag = Annotated[str, typer.Argument(help="The image's tag: a version that is never given twice.")]


@image_app.command("build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def build_command(
    typed: typer.Context,
    tag: Annotated[str | None, typer.Option(help="The image's tag.", show_default="the commit's date and id")] = None,
    environment: Environment = None,
) -> None:
    """Build the worker's image here, from `worker/Dockerfile`, for the processor of the environment's workers.

    Further options go to `python -m tools.image build`, which does it.
    """
    chosen = checked_tag(tag or tag_of_commit())
    command = [sys.executable, "-m", "tools.image", "build", "--tag", chosen, *typed.args]
    variables = os.environ | {"ENV": Context(environment).environment_name}
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
    output.line(f"built {done.stdout.strip()}; next: hospup-video image push {chosen}")


@image_app.command("push")
def push_command(
    tag: Tag,
    local: Annotated[
        str | None, typer.Option(help="The image in Docker, or its archive.", show_default="what build made of TAG")
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    ecr_repository_uri: RepositoryUri = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    as_json: AsJson = False,
) -> None:
    """Log in to the registry and push an image, by buildah, or Docker where there is no buildah.

    buildah packs it with zstd, a sixth smaller than Docker's gzip: a new worker has less to pull. A tag means one image
    for ever: one that is there already is refused. The image that runs is marked with a further tag, `released-TAG`, so
    that the registry keeps it however many are pushed.
    """
    names = {"cluster_name": cluster_name, "service_name": service_name}
    context = Context(environment, outputs, {"ecr_repository_uri": ecr_repository_uri, **names})
    repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
    if repository.find(checked_tag(tag)) is not None:
        raise FindingError(
            f"There is an image {tag} in {repository.name} already, and tags are immutable: build and push under "
            f"another, or release it: hospup-video image release {tag}."
        )
    engine = find_engine()
    source = local or engine.source(tag)
    _keep_running(context, repository)
    log_in(engine, repository.login())
    engine.push(source, f"{repository.uri}:{tag}")
    pushed = repository.find(tag)
    if pushed is None:
        raise FindingError(f"{engine.command} pushed, and the registry has no {tag}: look at {repository.uri}.")
    if as_json:
        result = {"image": f"{repository.uri}:{tag}", "tag": tag, "digest": pushed.digest, "bytes": pushed.bytes}
        output.as_json(result)
    else:
        output.line(
            f"pushed {repository.uri}:{tag}, {pushed.bytes / 1e6:.0f} MB; next: hospup-video image release {tag}"
        )


def _keep_running(context: Context, repository: Repository) -> None:
    """Mark the images that run, or are being rolled out, as released; warn where that is impossible."""
    cluster, service = context.optional("cluster_name"), context.optional("service_name")
    if cluster is None or service is None:
        return  # nothing is deployed yet, or these names are unknown here
    try:
        for version in EcsService(context.session, cluster, service).describe().versions:
            if repository.mark_released(version):
                output.warn(f"marked {output.clean(version)}, which runs, so that the registry keeps it", "")
    except (AwsError, *AWS_ERRORS) as error:
        reason = str(error) if isinstance(error, AwsError) else explain(error)
        text = f"The image that runs could not be marked: {output.clean(reason)} Enough newer ones replace it."
        output.warn(text, "yellow")


@image_app.command("release")
def release_command(
    tag: Annotated[str | None, typer.Argument(help="The tag to roll out.")] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Replace all workers by new ones on the deployed image.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Watch the rollout to its end.")] = False,
    timeout: Annotated[str, typer.Option(help="With --wait: how long to watch, such as 30m.")] = "30m",
    var: Annotated[list[str] | None, typer.Option(help="Another Terraform variable, NAME=VALUE.")] = None,
    terraform_dir: Annotated[
        Path | None,
        typer.Option(help="Apply this synthesised stack with plain Terraform.", file_okay=False, exists=True),
    ] = None,
    yes: Yes = False,
    environment: Environment = None,
    outputs: Outputs = None,
    cluster_name: Cluster = None,
    service_name: ServiceName = None,
    ecr_repository_uri: RepositoryUri = None,
    as_json: AsJson = False,
) -> None:
    """Roll an image out to all workers, through Terraform: `cdktf deploy --var worker_image_tag=TAG`.

    Terraform shows its plan and asks. `warm_pool_size` and `max_workers` stay as they are deployed. With `--restart`
    and no tag, ECS replaces all workers on the same image, as a new webhook key needs. ECS's circuit breaker rolls back
    a release that doesn't come up; with `--wait` that ends with exit code 1, and 4 if --timeout is over.
    """
    if (tag is None) == (not restart):
        raise UsageError("Give either a tag to release, or --restart.")
    seconds = parse_duration(timeout, "--timeout")
    context = Context(
        environment,
        outputs,
        {"cluster_name": cluster_name, "service_name": service_name, "ecr_repository_uri": ecr_repository_uri},
    )
    service = EcsService(context.session, context.name("cluster_name"), context.name("service_name"))
    if tag is None:
        workers = output.count(service.describe().running, "worker")
        confirm(f"Replace {workers} of {context.name('service_name')} by new ones?", yes=yes)
        service.restart()
    else:
        repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
        if repository.find(checked_tag(tag)) is None:
            raise FindingError(f"There is no image {tag} in {repository.name}: hospup-video image push {tag} first.")
        apply(context, tag, variables=var or [], folder=terraform_dir, yes=yes, quiet=as_json)
    state = service.describe()
    if state.primary is None or (tag is not None and state.primary.version != tag):
        raise FindingError(f"The service works towards {state.version}: {tag} was not applied.")
    if tag is not None and not is_written_down(context.environment_name, tag):
        file = f"environments/{context.environment_name}.json"
        output.warn(f"Write {tag} into {file} as fleet.worker_image_tag: later deployments keep it then.", "yellow")
    _report(service, state, wait=wait, seconds=seconds, as_json=as_json)


def _report(service: EcsService, state: ServiceState, *, wait: bool, seconds: float, as_json: bool) -> None:
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


def tag_of_commit() -> str:
    """A tag such as `2026-11-22_a1b2c3d4e5f6`: date and id of the commit that is checked out.

    Raises `UsageError` if there are uncommitted changes, which the tag would not name.
    """
    if _git("status", "--porcelain"):
        raise UsageError("There are changes that aren't committed: commit them, or name the image with --tag.")
    seconds, _, commit = _git("log", "-1", "--format=%ct %h", "--abbrev=12").partition(" ")
    return f"{time.strftime('%Y-%m-%d', time.gmtime(int(seconds)))}_{commit}"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError("git is not installed: name the image with --tag.") from error
    if done.returncode:
        raise UsageError("This is no git repository: name the image with --tag.")
    return done.stdout.strip()
