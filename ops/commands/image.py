"""`image`: build the worker's image, push it, release it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ops import show
from ops.context import Context
from ops.durations import seconds_of
from ops.engines import find_engine, log_in
from ops.errors import ExitCode, FindingError, UsageError
from ops.fleet import Fleet, Rollout, Service
from ops.group import Commands
from ops.options import AsJson, Cluster, Environment, Outputs, Yes
from ops.options import Repository as RepositoryUri
from ops.options import Service as ServiceName
from ops.registry import Repository, checked_tag
from ops.release import apply, is_written_down, watch
from ops.terraform import ROOT

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
    show.say(f"built {done.stdout.strip()}; next: hospup-video image push {chosen}")


@image_app.command("push")
def push_command(
    tag: Tag,
    local: Annotated[
        str | None, typer.Option(help="The image in Docker, or its archive.", show_default="what build made of TAG")
    ] = None,
    environment: Environment = None,
    outputs: Outputs = None,
    ecr_repository_uri: RepositoryUri = None,
    as_json: AsJson = False,
) -> None:
    """Log in to the registry and push an image, by buildah, or Docker where there is no buildah.

    buildah packs it with zstd, a sixth smaller than Docker's gzip: a new worker has less to pull. A tag means one image
    for ever: one that is there already is refused.
    """
    context = Context(environment, outputs, {"ecr_repository_uri": ecr_repository_uri})
    repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
    if repository.find(checked_tag(tag)) is not None:
        raise FindingError(
            f"There is an image {tag} in {repository.name} already, and tags are immutable: build and push under "
            f"another, or release it: hospup-video image release {tag}."
        )
    engine = find_engine()
    source = local or engine.source(tag)
    log_in(engine, repository.login())
    engine.push(source, f"{repository.uri}:{tag}")
    pushed = repository.find(tag)
    if pushed is None:
        raise FindingError(f"{engine.command} pushed, and the registry has no {tag}: look at {repository.uri}.")
    if as_json:
        told = {"image": f"{repository.uri}:{tag}", "tag": tag, "digest": pushed.digest, "bytes": pushed.bytes}
        show.as_json(told)
    else:
        show.say(f"pushed {repository.uri}:{tag}, {pushed.bytes / 1e6:.0f} MB; next: hospup-video image release {tag}")


@image_app.command("release")
def release_command(
    tag: Annotated[str | None, typer.Argument(help="The tag to roll out.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Start all workers anew on the deployed image.")] = False,
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
    and no tag, ECS starts all workers anew on the same image, as a new webhook key needs. ECS's circuit breaker takes a
    release back that doesn't come up; with `--wait` that ends with exit code 1.
    """
    if (tag is None) == (not restart):
        raise UsageError("Give either a tag to release, or --restart.")
    context = Context(
        environment,
        outputs,
        {"cluster_name": cluster_name, "service_name": service_name, "ecr_repository_uri": ecr_repository_uri},
    )
    service = Service(context.session, context.name("cluster_name"), context.name("service_name"))
    seconds = seconds_of(timeout, "--timeout")
    if tag is None:
        service.restart()
    else:
        repository = Repository(context.session.client("ecr"), context.name("ecr_repository_uri"))
        if repository.find(checked_tag(tag)) is None:
            raise FindingError(f"There is no image {tag} in {repository.name}: hospup-video image push {tag} first.")
        apply(context, tag, variables=var or [], folder=terraform_dir, yes=yes, quiet=as_json)
    fleet = service.look()
    if fleet.primary is None or (tag is not None and fleet.primary.version != tag):
        raise FindingError(f"The service works towards {fleet.version}: {tag} was not applied.")
    if tag is not None and not is_written_down(context.environment_name, tag):
        file = f"environments/{context.environment_name}.json"
        show.complain(f"Write {tag} into {file} as fleet.worker_image_tag: later deployments keep it then.", "yellow")
    _conclude(service, fleet, wait=wait, seconds=seconds, as_json=as_json)


def _conclude(service: Service, fleet: Fleet, *, wait: bool, seconds: float, as_json: bool) -> None:
    """Tell that it begins, or with `wait` how it ends."""
    version = fleet.version
    result: dict[str, Any] = {"version": version, "state": "IN_PROGRESS", "reason": ""}
    if not wait:
        if as_json:
            show.as_json(result)
        else:
            show.say(f"{version} is being rolled out; hospup-video workers shows how far it is")
        return
    verdict = watch(service, fleet, _Progress(version), seconds=seconds)
    if as_json:
        show.as_json(result | {"state": verdict.state, "reason": verdict.reason, "running": verdict.fleet.running})
    elif verdict.is_good:
        show.say(f"released {version}: {verdict.fleet.running} workers run it", "green")
    elif verdict.state == "TIMEOUT":
        show.complain(f"{version} is still being rolled out: {verdict.reason}. See hospup-video workers.")
    else:
        show.complain(f"The release of {show.clean(version)} failed: {show.clean(verdict.reason).rstrip('.')}.")
        for event in verdict.fleet.events[:3]:
            show.complain(f"  ECS: {show.clean(event)}", "")
        now = show.clean(verdict.fleet.version)
        show.complain(f"The service works towards {now} now. Why: hospup-video logs --errors.", "")
    if not verdict.is_good:
        raise typer.Exit(ExitCode.FINDING)


class _Progress:
    """A line on standard error whenever something has changed."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._said = ""

    def __call__(self, _fleet: Fleet, rollout: Rollout | None) -> None:
        if rollout is None:
            return
        failed = f", {rollout.failed_tasks} failed to start" if rollout.failed_tasks else ""
        line = f"{show.clean(self._version)}: {rollout.running} of {rollout.desired} workers run it{failed}"
        if line != self._said:
            self._said = line
            show.complain(line, "")


def tag_of_commit() -> str:
    """`2026-11-22_a1b2c3d4e5f6`: date and id of the commit that is checked out.

    Raises `UsageError` where the tree holds more than that: the tag would lie.
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
